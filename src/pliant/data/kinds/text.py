"""Free text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pliant.data.kinds.base import ColumnKind, Spread
from pliant.runtime.kinds import Codebook, TextCodebook
from pliant.runtime.raw import RawColumn, Strings
from pliant.runtime.schema import Column
from pliant.runtime.tokens import mean_words

MAX_CATEGORIES, WORDS = 50, 3.0
"""Distinct values up to which they are categories, and words from which a value is text."""

SAMPLED = 1_000
"""Distinct values that are looked at, about."""


class TextKind(ColumnKind):
    """Many different values of several words."""

    codebook: ClassVar[type[Codebook]] = TextCodebook
    rank: ClassVar[float] = 30

    def learn(self, column: RawColumn) -> Codebook:
        """Return what there is to know of text: nothing."""
        return TextCodebook()

    def recognise(self, name: str, column: RawColumn, spread: Spread | None) -> Column | None:
        """Return a column of text, also of what the source calls a category."""
        if not isinstance(column, Strings):
            return None
        return self.stated(name, column) if is_text(column.present) else None

    def stated(self, name: str, column: RawColumn, mark: str = "") -> Column:
        """Return a column of text, whatever is in it."""
        return Column(name, self.name, TextCodebook())


def is_text(levels: Sequence[str]) -> bool:
    """Return whether the distinct values read as free text: many, and of several words.

    Scripts without spaces have words too: see `mean_words`.
    """
    if len(levels) <= MAX_CATEGORIES:
        return False
    return mean_words(levels[:: max(1, len(levels) // SAMPLED)]) >= WORDS
