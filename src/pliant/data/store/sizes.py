"""What a store saves: bytes before, as codes, and at rest; and their ratio k."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnSize:
    """Bytes of one column: as it was, and as it is kept.

    `raw` counts 8 bytes a value, as a float64 in memory, free text as Arrow holds it, and the bytes
    of decoded images and sounds; `arrow`
    what Arrow takes in memory; `codes` the codes in their narrowest type, as they travel and are
    trained on; `rest` the store's file.
    """

    name: str
    kind: str
    raw: int
    arrow: int
    codes: int
    rest: int


@dataclass(frozen=True)
class Sizes:
    """The bytes of every column of a store, and their sums."""

    columns: tuple[ColumnSize, ...]

    @property
    def raw(self) -> int:
        """Bytes as float64 in memory, text as Arrow holds it."""
        return sum(column.raw for column in self.columns)

    @property
    def arrow(self) -> int:
        """Bytes as Arrow in memory."""
        return sum(column.arrow for column in self.columns)

    @property
    def codes(self) -> int:
        """Bytes as codes."""
        return sum(column.codes for column in self.columns)

    @property
    def rest(self) -> int:
        """Bytes at rest."""
        return sum(column.rest for column in self.columns)

    @property
    def k(self) -> float:
        """How many times smaller codes are than float64 in memory."""
        return self.raw / max(1, self.codes)

    @property
    def k_arrow(self) -> float:
        """How many times smaller codes are than Arrow in memory."""
        return self.arrow / max(1, self.codes)

    @property
    def k_rest(self) -> float:
        """How many times smaller the store is than float64 in memory."""
        return self.raw / max(1, self.rest)

    def totals(self) -> dict[str, float]:
        """Return the sums, and how many times smaller the codes are, by name."""
        return {
            "raw": self.raw,
            "arrow": self.arrow,
            "codes": self.codes,
            "rest": self.rest,
            "k": round(self.k, 3),
            "k_arrow": round(self.k_arrow, 3),
            "k_rest": round(self.k_rest, 3),
        }
