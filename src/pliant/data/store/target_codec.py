"""The target in a store: as few bytes as hold it exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.data.narrow import narrow
from pliant.data.target import Target, Task, known_target
from pliant.runtime.labels import Label
from pliant.runtime.raw import RawColumn


@dataclass(frozen=True)
class TargetCodec:
    """What is predicted and how it is kept.

    Class numbers of a classification, and a regression's numbers into `levels` (float64, sorted,
    where there are few of them), are the smallest unsigned integers; other targets are floats.
    """

    name: str
    task: Task
    classes: tuple[Label, ...]
    dtype: str
    levels: NDArray[np.float64] | None = None

    @classmethod
    def labels(cls, name: str, target: Target) -> TargetCodec:
        """Return how the class numbers of a target are kept."""
        return cls(name, target.task, target.classes, narrowest(len(target.classes)))

    @classmethod
    def numbers(cls, name: str, levels: NDArray[np.float64] | None, single: bool) -> TargetCodec:
        """Return how a regression's target is kept whose different values are `levels`.

        They are None where they are too many; `single` tells that float32 holds each exactly.
        """
        if levels is None:
            return cls(name, "regression", (), "float32" if single else "float64")
        return cls(name, "regression", (), narrowest(len(levels)), levels)

    def same(self, other: TargetCodec) -> bool:
        """Return whether both keep the same target in the same way."""
        alike = (self.task, self.classes, self.dtype) == (other.task, other.classes, other.dtype)
        if self.levels is None or other.levels is None:
            return alike and self.levels is other.levels
        return alike and np.array_equal(self.levels, other.levels)

    def read(self, column: RawColumn) -> Target:
        """Return the target of a raw column; a label or value that is none raises `DataError`."""
        return known_target(self.name, column, self.task, self.classes)

    def encode(self, target: Target) -> NDArray[np.generic]:
        """Return the target as it is kept, shape (n,)."""
        values: NDArray[np.generic] = target.values
        if self.levels is not None:
            values = np.searchsorted(self.levels, target.values)
        return values.astype(self.dtype)

    def decode(self, kept: NDArray[np.generic]) -> Target:
        """Return the target that was kept."""
        if self.task != "regression":
            return Target(self.task, narrow(kept.astype(np.intp)), self.classes)
        values = kept.astype(np.float64) if self.levels is None else self.levels[kept]
        return Target(self.task, values)


def narrowest(n_codes: int) -> str:
    """Return the smallest type that has so many codes."""
    if n_codes <= 1 << 8:
        return "uint8"
    return "uint16" if n_codes <= 1 << 16 else "int32"
