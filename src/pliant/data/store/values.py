"""What must hold of targets, weights and times over all rows, and what is learned of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError
from pliant.data.labels import Labels
from pliant.data.store.source import Batch
from pliant.data.store.target_codec import TargetCodec
from pliant.runtime.raw import Numbers, missing


def refuse_missing(what: str, name: str, batch: Batch) -> None:
    """Raise DataError when a row of the column has no value, naming file and row."""
    bad = missing(batch.frame[name])
    if bad.any():
        row, column = batch.first + int(bad.argmax()), batch.frame[name]
        word = column.gap if isinstance(column, Labels) else ""
        read = f": the word {word!r} is read as missing in a text file" if word else ""
        raise DataError(
            f"expected a value of {what} in every row, but row {row} of {batch.file} has none{read}"
        )


class DistinctNumbers:
    """The different values of a target of numbers, as long as they are no more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.values: NDArray[np.float64] | None = np.empty(0)
        self._single = True

    @classmethod
    def of(cls, answers: TargetCodec, most: int) -> DistinctNumbers:
        """Return what is known of the targets that a store keeps."""
        known = cls(most)
        if answers.levels is None:
            known.values, known._single = None, answers.dtype == "float32"
        else:
            known.add(answers.levels)
        return known

    def add(self, values: NDArray[np.float64]) -> None:
        """Take the next values; what is no number is left out."""
        values = values[~np.isnan(values)]
        with np.errstate(over="ignore"):
            self._single &= bool((values.astype(np.float32) == values).all())
        self._widen(values)

    def join(self, other: DistinctNumbers) -> None:
        """Take the values of another."""
        self._single &= other._single
        self._widen(other.values)

    def answers(self, name: str) -> TargetCodec:
        """Return how a regression's target with these values is kept."""
        return TargetCodec.numbers(name, self.values, self._single)

    def _widen(self, values: NDArray[np.float64] | None) -> None:
        if self.values is None or values is None:
            self.values = None
            return
        found = np.union1d(self.values, values)
        self.values = found if len(found) <= self._most else None


class Weights:
    """The weights of rows: at least 0, some above."""

    def __init__(self) -> None:
        self.above = 0
        self._sum = 0.0

    def add(self, name: str, batch: Batch) -> None:
        """Take the next weights."""
        column = batch.frame[name]
        if not isinstance(column, Numbers):
            raise DataError(f"expected numbers as sample_weight, got text or times in {name!r}")
        bad = ~(np.isfinite(column.values) & (column.values >= 0))
        if bad.any():
            row = int(bad.argmax())
            raise DataError(
                f"expected a sample_weight of at least 0 in every row, got "
                f"{column.values[row]:g} in row {batch.first + row} of {batch.file}"
            )
        self.above += int(np.count_nonzero(column.values))
        self._sum += float(column.values.sum())

    @property
    def mean(self) -> float:
        """The mean of the weights above 0."""
        return self._sum / self.above if self.above else 1.0
