"""The target in a store: as few bytes as hold it exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.raw import RawColumn
from pliant.table.target import Target, Task, known_target

MOST_LEVELS = 65_536
"""Distinct targets of a regression up to which a row holds the number of one, not the value."""


@dataclass(frozen=True)
class Answers:
    """What is predicted and how it is kept.

    Class numbers of a classification, and a regression's numbers into `levels` (float64, sorted,
    where there are few of them), are the smallest unsigned integers; other targets are floats.
    """

    name: str
    task: Task
    classes: tuple[str | int | float | bool, ...]
    dtype: str
    levels: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls, name: str, target: Target, levels: NDArray[np.float64] | None, single: bool
    ) -> Answers:
        """Return how a target is kept whose distinct numbers are `levels`, None of too many.

        `single` tells that float32 holds all of them exactly.
        """
        if target.task != "regression":
            return cls(name, target.task, target.classes, narrowest(len(target.classes)))
        if levels is None or len(levels) > MOST_LEVELS:
            return cls(name, target.task, (), "float32" if single else "float64")
        return cls(name, target.task, (), narrowest(len(levels)), levels)

    @property
    def labelled(self) -> bool:
        """Whether the labels are text; else the target is numbers."""
        return any(isinstance(label, str) for label in self.classes)

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
            return Target(self.task, kept.astype(np.int64), self.classes)
        values = kept.astype(np.float64) if self.levels is None else self.levels[kept]
        return Target(self.task, values)


def narrowest(n_codes: int) -> str:
    """Return the smallest type that has so many codes."""
    if n_codes <= 1 << 8:
        return "uint8"
    return "uint16" if n_codes <= 1 << 16 else "int32"
