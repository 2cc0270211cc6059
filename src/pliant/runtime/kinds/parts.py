"""Kinds whose values are several numbers at once: the parts of a time, the channels of a colour."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from pliant.core.errors import ModelFileError
from pliant.runtime.kinds.base import ArraySource, ArrayStore, BinnedCodebook
from pliant.runtime.kinds.number import NumberCodebook


@dataclass(frozen=True)
class PartsCodebook(BinnedCodebook):
    """Names of `parts`, and the codebooks of their numbers in that order.

    A kind says what the parts of a column are by `values`, and makes rows up; the rest is here.

    Examples
    --------
    >>> import numpy as np
    >>> from pliant.runtime.columns import column_from_values
    >>> class Ratio(PartsCodebook):  # such as "3:4"
    ...     kind = "ratio"
    ...     def values(self, column):
    ...         pairs = np.array([[float(v) for v in w.split(":")] for w in column.levels])
    ...         return [part for part in pairs[column.indices].T]
    ...     def made_up(self, n_rows, rng):
    ...         return column_from_values([f"{a}:{b}" for a, b in rng.integers(1, 9, (n_rows, 2))])
    >>> low, high = np.array([2.5]), np.array([1, 4], dtype=np.float32)
    >>> ratio = Ratio(("width", "height"), (NumberCodebook(low, high), NumberCodebook(low, high)))
    >>> ratio.encode(column_from_values(["3:4", "16:1"])).tolist()
    [[2, 2], [2, 1]]
    """

    parts: tuple[str, ...]
    books: tuple[NumberCodebook, ...]

    @property
    def bins(self) -> tuple[tuple[str, NumberCodebook], ...]:
        """The codebook of each part, under the column's name, a point and the part's."""
        names = (f".{part}" for part in self.parts)
        return tuple(zip(names, self.books, strict=True))

    def codes_of(self, numbers: Mapping[str, float]) -> bytes:
        """Return the codes of one value's numbers, by the names of parts, none of them missing.

        For `encode_one`, which is asked of a row alone.
        """
        pairs = zip(self.parts, self._edges, strict=True)
        return bytes([1 + bisect_left(edges, numbers[part]) for part, edges in pairs])

    def with_books(self, books: Sequence[NumberCodebook]) -> Self:
        """Return the same parts with other codebooks."""
        return replace(self, books=tuple(books))

    def described(self) -> str:
        """Return the names of the parts."""
        return ", ".join(self.parts)

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return the parts and their codebooks."""
        return {"parts": list(self.parts), "books": [book.to_json(arrays) for book in self.books]}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        parts = tuple(map(str, described["parts"]))
        books = tuple(NumberCodebook.from_json(book, arrays) for book in described["books"])
        if len(parts) != len(books):
            raise ModelFileError(f"expected a codebook a part, got {len(books)} of {parts}")
        return cls(parts, books)

    @cached_property
    def _edges(self) -> list[list[float]]:
        return [book.edges.tolist() for book in self.books]
