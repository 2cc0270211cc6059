"""Numbers: a value becomes the code of its quantile bin, 0 where it is missing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ModelFileError
from pliant.runtime.binning import bin_into, check_edges
from pliant.runtime.conversions import numbers_of
from pliant.runtime.grammar import DECIMAL_MARKS, parse_number
from pliant.runtime.kinds.base import (
    MISSING,
    ArraySource,
    ArrayStore,
    BinnedCodebook,
    ReadBy,
    Reader,
)
from pliant.runtime.raw import Numbers, RawColumn


@dataclass(frozen=True)
class NumberCodebook(BinnedCodebook):
    """Quantile bins: sorted `edges` float64 (E,) with E <= 254, `centers` float32 (E + 1,).

    Codes 1... are the bins in order. `decimal` is the mark before the fraction where a number is
    written as text.

    Examples
    --------
    >>> book = NumberCodebook(np.array([0.5]), np.zeros(2, np.float32), ",")
    >>> book.encode(Numbers(np.array([0.5, 7.0, np.nan])))[:, 0].tolist(), book.code_of("0,75")
    ([1, 2, 0], 2)
    """

    edges: NDArray[np.float64]
    centers: NDArray[np.float32]
    decimal: str = "."

    kind: ClassVar[str] = "number"
    reads: ClassVar[type[RawColumn]] = Numbers
    order: ClassVar[float] = 0

    @property
    def n_codes(self) -> int:
        """The number of codes, "missing" included."""
        return len(self.centers) + 1

    @property
    def bins(self) -> tuple[tuple[str, NumberCodebook], ...]:
        """Itself, under the name of its column."""
        return (("", self),)

    def read(self, column: RawColumn) -> RawColumn:
        """Return numbers; text that is none, and times, are missing."""
        if isinstance(column, Numbers):
            return column
        return Numbers(numbers_of(column, self.decimal))

    def values(self, column: RawColumn) -> Sequence[NDArray[np.float64]]:
        """Return the numbers float64 (n,)."""
        return (numbers_of(column, self.decimal),)

    def encode_into(self, codes: NDArray[np.uint8], column: RawColumn) -> bool:
        """Write the codes to `codes` uint8 (n, 1); return whether a number is infinite."""
        values = numbers_of(column, self.decimal)[:, None]
        return bin_into(codes, values, self.edges, np.array([0, len(self.edges)]))

    def code_of(self, text: str) -> int | None:
        """Return the code of one text, as `encode` would; None where it says an infinity."""
        value = parse_number(text, self.decimal)
        if value != value:
            return MISSING
        return None if np.isinf(value) else 1 + bisect_left(self._edges, value)

    def with_books(self, books: Sequence[NumberCodebook]) -> Self:
        """Return a codebook with the bins of another."""
        (book,) = books
        return replace(self, edges=book.edges, centers=book.centers)

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return numbers of all bins but the last."""
        edges = self.edges if len(self.edges) else np.zeros(1)
        return Numbers(rng.choice(edges, n_rows))

    def decode(self, codes: NDArray[np.uint8]) -> RawColumn:
        """Return numbers that have these codes (n, 1): each the greatest of its bin."""
        last = np.nextafter(self.edges[-1], np.inf) if len(self.edges) else 0.0
        return Numbers(np.concatenate([[np.nan], self.edges, [last]])[codes[:, 0]])

    def reader(self) -> Reader:
        """Return that the kernel bins numbers, and asks `code_of` of texts."""
        how = ReadBy.EDGES if self.decimal == "." else ReadBy.MARKED_EDGES
        return Reader(how, np.ascontiguousarray(self.edges), self.code_of)

    def described(self) -> str:
        """Return how many codes there are."""
        return str(self.n_codes)

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return edges and centers, and the decimal mark where it is no point."""
        held = {"edges": arrays.add(self.edges), "centers": arrays.add(self.centers)}
        return held if self.decimal == "." else {**held, "decimal": self.decimal}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        edges, centers = arrays.get(described["edges"]), arrays.get(described["centers"])
        check_edges(edges, np.array([0, len(edges)]))
        if centers.dtype != np.float32 or centers.shape != (len(edges) + 1,):
            raise ModelFileError(f"expected {len(edges) + 1} centers, got {centers.shape}")
        decimal = described.get("decimal", ".")
        if decimal not in DECIMAL_MARKS:
            raise ModelFileError(f"expected a decimal mark of {DECIMAL_MARKS}, got {decimal!r}")
        return cls(edges, centers, decimal)

    @cached_property
    def _edges(self) -> list[float]:
        edges: list[float] = self.edges.tolist()
        return edges
