"""Codebooks: raw column -> small integers, each learned once and then frozen.

A number becomes a quantile code (`uint8`): 0 is missing, 1... are bins in order.
A category becomes a dictionary id (`int32`): 0 is missing, 1 unseen, 2... the known levels,
most frequent first. A time becomes calendar parts, each a number with a codebook of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.binning import bin_column, bin_into
from pliant.runtime.intake import microseconds_of, text_of
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times

MISSING, UNSEEN, FIRST_LEVEL = 0, 1, 2
"""Reserved dictionary ids."""

CALENDAR = ("epoch", "year", "month", "day", "weekday", "hour", "day_of_year")
"""The parts of a time, in the order that `calendar_parts` returns them."""

_DAY = 86_400_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FIRST_TIME = (date.min.toordinal() - _EPOCH_ORDINAL) * _DAY
_AFTER_LAST_TIME = (date.max.toordinal() + 1 - _EPOCH_ORDINAL) * _DAY
_TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class NumberCodebook:
    """Quantile bins: sorted `edges` float64 (E,) with E <= 254, `centers` float32 (E + 1,)."""

    edges: NDArray[np.float64]
    centers: NDArray[np.float32]

    @property
    def n_codes(self) -> int:
        """The number of codes, "missing" included."""
        return len(self.centers) + 1

    def encode(self, column: RawColumn) -> NDArray[np.uint8]:
        """Return uint8 codes of shape (n,)."""
        return bin_column(numbers_of(column), self.edges)

    def encode_into(self, codes: NDArray[np.uint8], column: RawColumn) -> bool:
        """Write the codes to `codes` uint8 (n, 1); return whether a value is infinite."""
        values = numbers_of(column)[:, None]
        return bin_into(codes, values, self.edges, np.array([0, len(self.edges)]))


@dataclass(frozen=True)
class CategoryCodebook:
    """A dictionary of `levels`, most frequent first."""

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
        table = [self.ids.get(level, UNSEEN) for level in words.levels]
        return np.array([*table, MISSING], dtype=np.int32)[words.indices]


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
            moment = _parse_time(value, self._parse)
        elif isinstance(value, date) and type(value) in (date, datetime):
            moment = microseconds_of(value)
        elif value is None or type(value) in (float, int, bool):
            moment = int(NOT_A_TIME)
        else:
            return None
        if moment == NOT_A_TIME:
            return bytes(len(self.parts))
        if not _FIRST_TIME <= moment < _AFTER_LAST_TIME:
            return None
        parts = _parts_of(moment)
        pairs = zip(self.parts, self._edges, strict=True)
        return bytes([1 + bisect_left(edges, parts[part]) for part, edges in pairs])

    @cached_property
    def _parse(self) -> Callable[[str], datetime]:
        return time_parser(self.format)

    @cached_property
    def _edges(self) -> list[list[float]]:
        return [book.edges.tolist() for book in self.books]


def numbers_of(column: RawColumn) -> NDArray[np.float64]:
    """Return float64 values; text that is no number, and times, become missing."""
    if isinstance(column, Numbers):
        return column.values
    if isinstance(column, Times):
        return np.full(len(column), np.nan)
    parsed = [_parse_number(level) for level in column.levels]
    return np.array([*parsed, np.nan], dtype=np.float64)[column.indices]


def _parse_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return _TRUTH.get(text.strip().lower(), np.nan)
    return value if np.isfinite(value) else np.nan


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
        levels = [text_of(v) or "" for v in values.tolist()]
    return Strings(np.where(missing, -1, indices).astype(np.int32), levels)


def _isoformat(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us"))


def times_of(column: RawColumn, format_: str) -> NDArray[np.int64]:
    """Return int64 microseconds since 1970; what cannot be parsed becomes `NOT_A_TIME`."""
    if isinstance(column, Times):
        return column.microseconds
    if isinstance(column, Numbers):
        return np.full(len(column), NOT_A_TIME)
    parse = time_parser(format_)
    table = [_parse_time(level, parse) for level in column.levels]
    return np.array([*table, NOT_A_TIME], dtype=np.int64)[column.indices]


def time_parser(format_: str) -> Callable[[str], datetime]:
    """Return the function that parses a time in that format."""
    if format_ == "iso":
        return datetime.fromisoformat
    return lambda text: datetime.strptime(text, format_)


def _parse_time(text: str, parse: Callable[[str], datetime]) -> int:
    try:
        moment = parse(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # an offset may lead out of the years 1 to 9999
        return int(NOT_A_TIME)
    difference = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds


def _parts_of(microseconds: int) -> dict[str, float]:
    """Return what `calendar_parts` says of one time in the years 1 to 9999."""
    days, rest = divmod(microseconds, _DAY)
    day = date.fromordinal(days + _EPOCH_ORDINAL)
    return {
        "epoch": microseconds / 1e6,
        "year": day.year,
        "month": day.month,
        "day": day.day,
        "weekday": day.weekday(),
        "hour": rest // 3_600_000_000,
        "day_of_year": day.timetuple().tm_yday,
    }


def calendar_parts(microseconds: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return float64 arrays of shape (n,), one a name of `CALENDAR`; NaN where missing."""
    missing = microseconds == NOT_A_TIME
    safe = np.where(missing, 0, microseconds)
    days = safe // _DAY
    date = days.astype("datetime64[D]")
    month, year = date.astype("datetime64[M]"), date.astype("datetime64[Y]")
    parts = {
        "epoch": safe / 1e6,
        "year": year.astype(np.int64) + 1970,
        "month": month.astype(np.int64) % 12 + 1,
        "day": (date - month).astype(np.int64) + 1,
        "weekday": (days + 3) % 7,
        "hour": (safe - days * _DAY) // 3_600_000_000,
        "day_of_year": (date - year).astype(np.int64) + 1,
    }
    return {name: np.where(missing, np.nan, parts[name]) for name in CALENDAR}
