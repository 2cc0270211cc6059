"""Codebooks: raw column -> small integers, each learned once and then frozen.

A number becomes a quantile code (`uint8`): 0 is missing, 1... are bins in order.
A category becomes a dictionary id (`int32`): 0 is missing, 1 unseen, 2... the known levels,
most frequent first. A time becomes calendar parts, each a number with a codebook of its own.
A codebook also says how text is read: by `grammar.py` and by what it has learned of its column.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.binning import bin_column, bin_into
from pliant.runtime.grammar import is_missing_word, meanings, parse_number
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times
from pliant.runtime.scalars import is_missing, number_of, text_of
from pliant.runtime.times import (
    AFTER_LAST_TIME,
    FIRST_TIME,
    calendar_parts,
    microseconds_since,
    moment_of_number,
    moment_of_text,
    parts_of,
    times_of,
)

MISSING, UNSEEN, FIRST_LEVEL = 0, 1, 2
"""Reserved dictionary ids."""


@dataclass(frozen=True)
class NumberCodebook:
    """Quantile bins: sorted `edges` float64 (E,) with E <= 254, `centers` float32 (E + 1,).

    `decimal` is the mark before the fraction where a number is written as text.
    """

    edges: NDArray[np.float64]
    centers: NDArray[np.float32]
    decimal: str = "."

    @property
    def n_codes(self) -> int:
        """The number of codes, "missing" included."""
        return len(self.centers) + 1

    def encode(self, column: RawColumn) -> NDArray[np.uint8]:
        """Return uint8 codes of shape (n,)."""
        return bin_column(numbers_of(column, self.decimal), self.edges)

    def encode_into(self, codes: NDArray[np.uint8], column: RawColumn) -> bool:
        """Write the codes to `codes` uint8 (n, 1); return whether a value is infinite."""
        values = numbers_of(column, self.decimal)[:, None]
        return bin_into(codes, values, self.edges, np.array([0, len(self.edges)]))

    def code_of(self, text: str) -> int | None:
        """Return the code of one text, as `encode` would; None where it says an infinity."""
        value = parse_number(text, self.decimal)
        if value != value:
            return MISSING
        return None if np.isinf(value) else 1 + bisect_left(self._edges, value)

    @cached_property
    def _edges(self) -> list[float]:
        edges: list[float] = self.edges.tolist()
        return edges


@dataclass(frozen=True)
class CategoryCodebook:
    """A dictionary of `levels`, most frequent first.

    A word that is no level, and no word for "missing", is the level that means the same: the same
    truth, number or time, written in another way.
    """

    levels: tuple[str, ...]

    @property
    def n_codes(self) -> int:
        """The number of ids, "missing" and "unseen" included."""
        return len(self.levels) + FIRST_LEVEL

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each level."""
        return {level: i for i, level in enumerate(self.levels, start=FIRST_LEVEL)}

    def encode(self, column: RawColumn) -> NDArray[np.int32]:
        """Return int32 ids of shape (n,)."""
        words = strings_of(column)
        table = [self.id_of(level) for level in words.levels]
        return np.array([*table, MISSING], dtype=np.int32)[words.indices]

    def id_of(self, word: str) -> int:
        """Return the id of one word."""
        found = self.ids.get(word)
        if found is not None:
            return found
        if is_missing_word(word):
            return MISSING
        known = (self._meant.get(meaning) for meaning in meanings(word))
        return next((i for i in known if i is not None), UNSEEN)

    @cached_property
    def _meant(self) -> dict[object, int]:
        """The id of the most frequent level of each meaning; what it means first comes first."""
        first, then = dict[object, int](), dict[object, int]()
        for level, i in self.ids.items():
            for place, meaning in enumerate(meanings(level, padded=True)):
                (then if place else first).setdefault(meaning, i)
        return then | first


@dataclass(frozen=True)
class TimeCodebook:
    """Calendar parts: `parts` are names of `CALENDAR`, `books` their codebooks in that order.

    `format` is how a time written as text is parsed: "iso" or a `strptime` format.
    """

    parts: tuple[str, ...]
    books: tuple[NumberCodebook, ...]
    format: str = "iso"

    def encode(self, column: RawColumn) -> list[NDArray[np.uint8]]:
        """Return one uint8 array of shape (n,) a part."""
        values = calendar_parts(times_of(column, self.format))
        return [
            bin_column(values[part], book.edges)
            for part, book in zip(self.parts, self.books, strict=True)
        ]

    def encode_one(self, value: object) -> bytes | None:
        """Return the codes of one plain value, a byte a part, as `encode` would; None if unsure."""
        if isinstance(value, str):
            moment = moment_of_text(value, self.format)
        elif is_missing(value) or isinstance(value, bool):
            moment = int(NOT_A_TIME)
        elif isinstance(value, date):
            moment = microseconds_since(value)
        elif type(value) is float or type(value) is int:
            moment = moment_of_number(number_of(value), self.format)
        else:
            return None
        if moment == NOT_A_TIME:
            return bytes(len(self.parts))
        if not FIRST_TIME <= moment < AFTER_LAST_TIME:
            return None
        parts = parts_of(moment)
        pairs = zip(self.parts, self._edges, strict=True)
        return bytes([1 + bisect_left(edges, parts[part]) for part, edges in pairs])

    @cached_property
    def _edges(self) -> list[list[float]]:
        return [book.edges.tolist() for book in self.books]


def numbers_of(column: RawColumn, decimal: str = ".") -> NDArray[np.float64]:
    """Return float64 values; text that is no number, and times, become missing."""
    if isinstance(column, Numbers):
        return column.values
    if isinstance(column, Times):
        return np.full(len(column), np.nan)
    parsed = [parse_number(level, decimal) for level in column.levels]
    return np.array([*parsed, np.nan], dtype=np.float64)[column.indices]


def strings_of(column: RawColumn) -> Strings:
    """Return the column as text; 3 and 3.0 both become "3"."""
    if isinstance(column, Strings):
        return column
    if isinstance(column, Times):
        missing = column.microseconds == NOT_A_TIME
        values, indices = np.unique(column.microseconds, return_inverse=True)
        levels = [_isoformat(int(v)) if v != NOT_A_TIME else "" for v in values]
    else:
        missing = np.isnan(column.values)
        values, indices = np.unique(column.values, return_inverse=True)
        plain = map(bool, values.tolist()) if column.boolean else values.tolist()
        levels = [text_of(v) or "" for v in plain]
    return Strings(np.where(missing, -1, indices).astype(np.int32), levels)


def spoken(column: RawColumn) -> Strings:
    """Return the column as text, the words for "missing" missing."""
    words = strings_of(column)
    said = [not is_missing_word(level) for level in words.levels]
    if all(said):
        return words
    table = np.where([*said, False], np.arange(len(said) + 1), -1)
    return replace(words, indices=table[words.indices].astype(np.int32))


def _isoformat(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us"))
