"""Recognise what a raw column is: number, category, time, text, or nothing to learn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.data.quantile import learn_numbers
from pliant.data.reading import (
    FAMILIAR_WORDS,
    MAX_DISTINCT,
    TextReading,
    as_numbers,
    as_times,
    numbers_by,
    times_by,
)
from pliant.data.stated import Stated
from pliant.runtime.codebook import (
    CategoryCodebook,
    TimeCodebook,
    numbers_of,
    spoken,
    strings_of,
)
from pliant.runtime.grammar import DECIMAL_MARKS
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times
from pliant.runtime.schema import Column
from pliant.runtime.times import CALENDAR, calendar_parts, times_of

MAX_LEVELS = 65_534
"""Levels a dictionary keeps; rarer ones are read as "unseen"."""

_INDEX = re.compile(r"|Unnamed: \d+|__index_level_\d+__")
"""Names of the column in which pandas writes the index of a table."""


def recognise(name: str, column: RawColumn, stated: Stated | None = None) -> Column:
    """Return the column with its kind and codebook, or with the reason it is left out."""
    if stated is not None:
        return _stated(name, column, stated)
    if isinstance(column, Numbers):
        return _recognise_numbers(name, column)
    if isinstance(column, Times):
        return time_column(name, column.microseconds, "iso")
    words = spoken(column)
    return recognise_strings(name, words, Spread.of(words))


def _recognise_numbers(name: str, column: Numbers) -> Column:
    if numbers_rows(column):
        return Column(name, "identifier", note="numbers its rows")
    if is_index(name, column):
        return Column(name, "identifier", note="the index that pandas writes")
    if _are_days(column):
        return time_column(name, times_of(column, "%Y%m%d"), "%Y%m%d")
    return number_column(name, column.values)


def number_column(
    name: str, values: NDArray[np.float64], mark: str = ".", note: str = ""
) -> Column:
    """Return a column of numbers, which text says with that decimal mark."""
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return Column(name, "empty", note="every value is missing")
    if len(present) == len(values) and present.min() == present.max():
        return Column(name, "constant", note=f"every value is {present[0]:g}")
    return Column(name, "number", replace(learn_numbers(values), decimal=mark), note)


def numbers_rows(column: RawColumn) -> bool:
    """Return whether whole numbers count the rows up or down, from or to 0 or 1."""
    if not isinstance(column, Numbers) or not column.integral or len(column) <= 100:
        return False
    steps = np.diff(column.values)
    return column.values.min() in (0, 1) and abs(steps[0]) == 1 and bool(np.all(steps == steps[0]))


def _are_days(column: Numbers) -> bool:
    """Return whether whole numbers are days written as year, month and day: 20240131."""
    if not column.integral or not len(column):
        return False
    days = np.unique(column.values[~np.isnan(column.values)])
    if len(days) < FAMILIAR_WORDS or days[0] < 19_000_101 or days[-1] > 21_001_231:
        return False
    return bool((times_of(Numbers(days, integral=True), "%Y%m%d") != NOT_A_TIME).all())


def is_index(name: str, column: RawColumn) -> bool:
    """Return whether a column is the index that pandas writes beside a table."""
    if not _INDEX.fullmatch(name) or not isinstance(column, Numbers) or not column.integral:
        return False
    return len(np.unique(column.values)) == len(column)


@dataclass(frozen=True)
class Spread:
    """How many values of a text column are there, are missing, and are different ones."""

    present: int
    missing: int
    distinct: int

    @classmethod
    def of(cls, column: Strings) -> Spread:
        """Return the spread of a whole column."""
        n_missing = int((column.indices < 0).sum())
        n_distinct = len(np.unique(column.indices)) - (n_missing > 0)
        return cls(len(column) - n_missing, n_missing, n_distinct)


def recognise_strings(name: str, column: Strings, spread: Spread) -> Column:
    """Return a text column with its kind; `column` may be a sample of the values of `spread`."""
    if spread.distinct == 0:
        return Column(name, "empty", note="every value is missing")
    if spread.distinct == 1 and spread.missing == 0:
        return Column(
            name, "constant", note=f"every value is {column.levels[max(column.indices)]!r}"
        )
    names_rows = spread.present > 20 and spread.distinct > MAX_DISTINCT * spread.present
    if not column.categorical or names_rows:
        found = as_numbers(column)
        if found is not None:
            numbers = numbers_of(column, found.mark)
            if not found.strays and _are_days(Numbers(numbers, not np.any(numbers % 1 > 0))):
                return _read_times(name, column, times_by(column, "%Y%m%d"))
            return _read_numbers(name, column, found)
        found = as_times(column)
        if found is not None:
            return _read_times(name, column, found)
    counts = np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))
    present = [level for level, count in zip(column.levels, counts, strict=True) if count]
    if is_text(present):
        return Column(name, "text")
    if names_rows:
        return Column(name, "identifier", note="almost every value is different")
    return Column(name, "category", learn_categories(column))


def _read_numbers(name: str, column: Strings, found: TextReading) -> Column:
    values = np.append(found.values, np.nan)[column.indices]
    return number_column(name, values, found.mark, found.note("number", len(column)))


def _read_times(name: str, column: Strings, found: TextReading) -> Column:
    moments = np.append(found.values, NOT_A_TIME)[column.indices]
    return time_column(name, moments, found.mark, found.note("time", len(column)))


def learn_categories(column: Strings, max_levels: int = MAX_LEVELS) -> CategoryCodebook:
    """Return the dictionary of a column, most frequent level first, ties by name."""
    counts = np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))
    known = [(-int(count), level) for level, count in zip(column.levels, counts, strict=True)]
    known = sorted(pair for pair in known if pair[0] < 0)
    return CategoryCodebook(tuple(level for _, level in known[:max_levels]))


def is_text(levels: Sequence[str]) -> bool:
    """Return whether the distinct values read as free text: many, and of several words."""
    if len(levels) <= 50:
        return False
    sample = levels[:: max(1, len(levels) // 1000)]
    return float(np.mean([len(level.split()) for level in sample])) >= 3.0


def time_column(name: str, moments: NDArray[np.int64], format_: str, note: str = "") -> Column:
    """Return a column of times, which text says in that format."""
    if np.all(moments == NOT_A_TIME):
        return Column(name, "empty", note="every value is missing")
    if moments.min() == moments.max():
        return Column(name, "constant", note="every value is the same time")
    parts = calendar_parts(moments)
    books = {part: learn_numbers(parts[part]) for part in CALENDAR}
    varying = tuple(part for part in CALENDAR if len(books[part].edges) > 0) or CALENDAR[:1]
    return Column(
        name, "time", TimeCodebook(varying, tuple(books[p] for p in varying), format_), note
    )


def _stated(name: str, column: RawColumn, stated: Stated) -> Column:
    """Return a column as what it is stated to be."""
    if stated.kind == "ignore":
        return Column(name, "unread", note="ignored, as stated")
    words = spoken(column) if isinstance(column, Strings) else None
    if stated.kind == "number":
        if words is None:
            return number_column(name, numbers_of(column), stated.mark or ".")
        marks = [stated.mark] if stated.mark else DECIMAL_MARKS
        found = min((numbers_by(words, m) for m in marks), key=lambda reading: reading.strays)
        return _read_numbers(name, words, found)
    if stated.kind == "time":
        if words is None:
            format_ = stated.mark or "iso"
            return time_column(name, times_of(column, format_), format_)
        guessed = as_times(words) if not stated.mark else None
        return _read_times(name, words, guessed or times_by(words, stated.mark or "iso"))
    words = words or spoken(strings_of(column))
    if stated.kind == "text":
        return Column(name, "text")
    spread = Spread.of(words)
    if spread.distinct == 0 or (spread.distinct == 1 and spread.missing == 0):
        return recognise_strings(name, words, spread)
    return Column(name, "category", learn_categories(words))
