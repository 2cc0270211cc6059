"""Raw columns: what a table is before it is encoded, in three physical types.

This module needs NumPy alone: a model that is loaded to predict uses it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.grams import GramCounts, GramRecipe, recipe_for
from pliant.runtime.media.places import Folder
from pliant.runtime.ngrams import BUCKETS, Grams

NOT_A_TIME = np.iinfo(np.int64).min
"""The value of a missing entry in `Times.microseconds`."""


@dataclass(frozen=True)
class Numbers:
    """Numbers, booleans and integers: float64 of shape (n,), NaN where missing.

    Whole numbers that float64 does not hold exactly are `Strings` of their digits.
    """

    values: NDArray[np.float64]
    integral: bool = False
    boolean: bool = False

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.intp]) -> Numbers:
        """Return the given rows."""
        return Numbers(self.values[rows], self.integral, self.boolean)


@dataclass(frozen=True)
class Strings:
    """Text of any kind: int32 `indices` of shape (n,) into `levels`, -1 where missing.

    `categorical` says that the source itself holds categories, whatever they look like; `written`
    that it is a text file, which has no types: its numbers are text as it stands. `folder` is where
    paths among the levels begin. `counted` are the grams of the levels, where they were counted
    once for many uses; `grams` are those that models of earlier versions read.
    """

    indices: NDArray[np.int32]
    levels: list[str]
    categorical: bool = False
    written: bool = False
    folder: Folder | None = None
    grams: Grams | None = field(default=None, repr=False, compare=False)
    counted: GramCounts | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def characters(self) -> int:
        """The characters of all levels."""
        return sum(map(len, self.levels))

    @property
    def present(self) -> list[str]:
        """The levels that some row has."""
        counts = np.bincount(self.indices[self.indices >= 0], minlength=len(self.levels))
        return [level for level, count in zip(self.levels, counts, strict=True) if count]

    def only(self, kept: Sequence[bool]) -> Strings:
        """Return the same rows, missing where a level is not `kept`; one truth a level."""
        if all(kept):
            return self
        table = np.where([*kept, False], np.arange(len(kept) + 1), -1)
        return replace(self, indices=table[self.indices].astype(np.int32))

    def hashed(self, n_buckets: int = BUCKETS) -> Grams:
        """Return the grams of all texts that some row has, made now unless they are there."""
        if self.grams is not None and self.grams.n_buckets == n_buckets:
            return self.grams
        used = np.unique(self.indices[self.indices >= 0])
        return Grams.of(self.levels, used, n_buckets)

    def with_grams(self) -> Strings:
        """Return the same rows, hashed."""
        return replace(self, grams=self.hashed())

    def counts(self, recipe: GramRecipe | None = None) -> GramCounts:
        """Return the counted grams of all texts, made now unless they are there.

        Of texts that no row has nothing is counted. Which grams, the texts themselves say, unless
        there is a `recipe`.
        """
        if self.counted is not None and recipe in (None, self.counted.recipe):
            return self.counted
        used = set(np.unique(self.indices[self.indices >= 0]).tolist())
        texts = [level if i in used else "" for i, level in enumerate(self.levels)]
        return GramCounts.of(texts, recipe or recipe_for([text for text in texts if text]))

    def with_counts(self, recipe: GramRecipe | None = None) -> Strings:
        """Return the same rows, their grams counted."""
        return replace(self, counted=self.counts(recipe))

    def take(self, rows: NDArray[np.intp]) -> Strings:
        """Return the given rows; the levels stay as they are."""
        return replace(self, indices=self.indices[rows])


@dataclass(frozen=True)
class Times:
    """Points in time: int64 microseconds since 1970 (UTC), `NOT_A_TIME` where missing."""

    microseconds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.microseconds)

    def take(self, rows: NDArray[np.intp]) -> Times:
        """Return the given rows."""
        return Times(self.microseconds[rows])


RawColumn = Numbers | Strings | Times


def missing(column: RawColumn) -> NDArray[np.bool_]:
    """Return which rows of a column have no value, bool (n,)."""
    if isinstance(column, Numbers):
        return np.isnan(column.values)
    if isinstance(column, Strings):
        return column.indices < 0
    return np.asarray(column.microseconds == NOT_A_TIME)


class Frame(Mapping[str, RawColumn]):
    """Named raw columns of one length, in order."""

    def __init__(self, columns: Mapping[str, RawColumn], n_rows: int) -> None:
        self._columns = dict(columns)
        self.n_rows = n_rows

    def __getitem__(self, name: str) -> RawColumn:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def take(self, rows: NDArray[np.intp]) -> Frame:
        """Return the given rows of every column."""
        return Frame({name: column.take(rows) for name, column in self.items()}, len(rows))
