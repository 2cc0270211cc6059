"""Free text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from pliant.data.kinds.base import ColumnKind, Spread
from pliant.runtime.kinds import Codebook, TextCodebook
from pliant.runtime.raw import RawColumn, Strings
from pliant.runtime.schema import Column


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
    """Return whether the distinct values read as free text: many, and of several words."""
    if len(levels) <= 50:
        return False
    sample = levels[:: max(1, len(levels) // 1000)]
    return float(np.mean([len(level.split()) for level in sample])) >= 3.0
