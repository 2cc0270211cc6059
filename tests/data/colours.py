"""A kind of columns from outside the package: colours, written as `#rrggbb`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

import pliant
from pliant.data.quantile import learn_parts
from pliant.runtime.columns import column_from_values
from pliant.runtime.conversions import spoken
from pliant.runtime.raw import RawColumn, Strings

WORD = re.compile(r"#[0-9a-fA-F]{6}")


def channels(column: RawColumn) -> dict[str, NDArray[np.float64]]:
    """Return red, green and blue float64 (n,), 0 to 255; NaN for what is no colour."""
    words = spoken(column)
    none = [np.nan] * 3
    rows = [[*bytes.fromhex(w[1:])] if WORD.fullmatch(w) else none for w in words.levels]
    table = np.array([*rows, none], dtype=np.float64)[words.indices]
    return dict(zip(("red", "green", "blue"), table.T, strict=True))


@dataclass(frozen=True)
class ColourCodebook(pliant.PartsCodebook):
    """The bins of those channels that vary."""

    kind: ClassVar[str] = "colour"

    def read(self, column: RawColumn) -> RawColumn:
        """Return the colours; what is none is missing."""
        words = spoken(column)
        return words.only([WORD.fullmatch(word) is not None for word in words.levels])

    def values(self, column: RawColumn) -> Sequence[NDArray[np.float64]]:
        """Return float64 (n,) a channel."""
        found = channels(column)
        return [found[part] for part in self.parts]

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return any colours."""
        return column_from_values([f"#{v:06x}" for v in rng.integers(0, 1 << 24, n_rows)])


class Colour(pliant.ColumnKind):
    """Text that is colours throughout."""

    codebook: ClassVar[type[pliant.Codebook]] = ColourCodebook

    def fits(self, column: RawColumn) -> bool:
        """Return whether every word is a colour."""
        return isinstance(column, Strings) and all(map(WORD.fullmatch, column.present))

    def learn(self, column: RawColumn) -> pliant.Codebook:
        """Return the bins of the channels."""
        return ColourCodebook(*learn_parts(channels(column)))
