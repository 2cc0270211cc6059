"""Categories: whatever nothing else takes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pliant.data.kinds.base import ColumnKind, Spread, left_out
from pliant.runtime.conversions import spoken, strings_of
from pliant.runtime.kinds import CategoryCodebook, Codebook
from pliant.runtime.raw import RawColumn, Strings
from pliant.runtime.schema import Column

MAX_LEVELS = 65_534
"""Levels a dictionary keeps; rarer ones are read as "unseen"."""


class CategoryKind(ColumnKind):
    """Words; those that are almost all different name their rows, and are left out."""

    codebook: ClassVar[type[Codebook]] = CategoryCodebook
    rank: ClassVar[float] = 40

    def learn(self, column: RawColumn) -> Codebook:
        """Return the dictionary of a column."""
        return learn_categories(spoken(strings_of(column)))

    def recognise(self, name: str, column: RawColumn, spread: Spread | None) -> Column | None:
        """Return a column of words as categories, or as an identifier."""
        if not isinstance(column, Strings) or spread is None:
            return None
        if spread.names_rows:
            return Column(name, "identifier", note="almost every value is different")
        if spread.common is None:
            return Column(name, self.name, learn_categories(column))
        return Column(name, self.name, CategoryCodebook(tuple(spread.common(MAX_LEVELS))))

    def stated(self, name: str, column: RawColumn, mark: str = "") -> Column:
        """Return a column of categories, numbers and times among them."""
        words = spoken(strings_of(column))
        return left_out(name, words) or Column(name, self.name, learn_categories(words))


def learn_categories(column: Strings, max_levels: int = MAX_LEVELS) -> CategoryCodebook:
    """Return the dictionary of a column, most frequent level first, ties by name."""
    counts = np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))
    known = [(-int(count), level) for level, count in zip(column.levels, counts, strict=True)]
    known = sorted(pair for pair in known if pair[0] < 0)
    return CategoryCodebook(tuple(level for _, level in known[:max_levels]))
