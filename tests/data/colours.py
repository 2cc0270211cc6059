"""A kind of columns from outside the package: colours, written as `#rrggbb`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

import pliant
from pliant.data.quantile import learn_parts
from pliant.runtime.columns import column_from_values
from pliant.runtime.conversions import spoken
from pliant.runtime.kinds import ArraySource, ArrayStore
from pliant.runtime.raw import RawColumn, Strings

PARTS = ("red", "green", "blue")
WORD = re.compile(r"#[0-9a-fA-F]{6}")


def channels(column: RawColumn) -> dict[str, NDArray[np.float64]]:
    """Return red, green and blue float64 (n,), 0 to 255; NaN for what is no colour."""
    words = spoken(column)
    none = [np.nan] * 3
    rows = [[*bytes.fromhex(w[1:])] if WORD.fullmatch(w) else none for w in words.levels]
    table = np.array([*rows, none], dtype=np.float64)[words.indices]
    return dict(zip(PARTS, table.T, strict=True))


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

    def encode_one(self, value: object) -> bytes | None:
        """Return the codes of a colour; of anything else the ordinary way tells them."""
        if not isinstance(value, str) or not WORD.fullmatch(value):
            return None
        return self.codes_of(dict(zip(PARTS, bytes.fromhex(value[1:]), strict=True)))

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return any colours."""
        return column_from_values([f"#{v:06x}" for v in rng.integers(0, 1 << 24, n_rows)])


@dataclass(frozen=True)
class PixelCodebook(pliant.PlaneCodebook):
    """The channels of a colour as they are: a vector of three numbers."""

    kind: ClassVar[str] = "pixel"
    plane: ClassVar[str] = "values"

    @property
    def width(self) -> int:
        """Three channels."""
        return 3

    def encode(self, column: RawColumn) -> NDArray[np.float32]:
        """Return float32 (n, 3)."""
        return np.stack(list(channels(column).values()), axis=1).astype(np.float32)

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return any colours."""
        return column_from_values([f"#{v:06x}" for v in rng.integers(0, 1 << 24, n_rows)])

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return nothing: nothing is learned."""
        return {}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook."""
        return cls()


class Pixel(pliant.ColumnKind):
    """Colours, where a user states so."""

    codebook: ClassVar[type[pliant.Codebook]] = PixelCodebook

    def learn(self, column: RawColumn) -> pliant.Codebook:
        """Return the codebook."""
        return PixelCodebook()


class Colour(pliant.ColumnKind):
    """Text that is colours throughout."""

    codebook: ClassVar[type[pliant.Codebook]] = ColourCodebook

    def fits(self, column: RawColumn) -> bool:
        """Return whether every word is a colour."""
        return isinstance(column, Strings) and all(map(WORD.fullmatch, column.present))

    def learn(self, column: RawColumn) -> pliant.Codebook:
        """Return the bins of the channels."""
        return ColourCodebook(*learn_parts(channels(column)))
