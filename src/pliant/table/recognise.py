"""Recognise what a raw column is: number, category, time, text, or nothing to learn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pliant.runtime.codebook import (
    CALENDAR,
    CategoryCodebook,
    TimeCodebook,
    calendar_parts,
    time_parser,
    times_of,
)
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times
from pliant.runtime.schema import Column
from pliant.table.quantile import learn_numbers

MAX_LEVELS = 65_534
"""Levels a dictionary keeps; rarer ones are read as "unseen"."""

TIME_FORMATS = (
    "iso",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y-%m-%dT%H:%M:%S.%f%z",
)
"""Ways a time is written as text, tried in this order."""

_PROBE = 200
"""Distinct values that are looked at to tell a time written as text."""

_LOOKS_LIKE_TIME = re.compile(r"\d.*[-/.:, ]")


def recognise(name: str, column: RawColumn) -> Column:
    """Return the column with its kind and codebook, or with the reason it is left out."""
    if isinstance(column, Numbers):
        return _recognise_numbers(name, column)
    if isinstance(column, Times):
        return _time_column(name, column, "iso")
    return _recognise_strings(name, column)


def _recognise_numbers(name: str, column: Numbers) -> Column:
    values = column.values
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return Column(name, "empty", note="every value is missing")
    if len(present) == len(values) and present.min() == present.max():
        return Column(name, "constant", note=f"every value is {present[0]:g}")
    if numbers_rows(column):
        return Column(name, "identifier", note="numbers its rows")
    return Column(name, "number", learn_numbers(values))


def numbers_rows(column: RawColumn) -> bool:
    """Return whether whole numbers count the rows up or down, from or to 0 or 1."""
    if not isinstance(column, Numbers) or not column.integral or len(column) <= 100:
        return False
    steps = np.diff(column.values)
    return column.values.min() in (0, 1) and abs(steps[0]) == 1 and bool(np.all(steps == steps[0]))


@dataclass(frozen=True)
class Spread:
    """How many values of a text column are there, are missing, and are different ones."""

    present: int
    missing: int
    distinct: int


def _recognise_strings(name: str, column: Strings) -> Column:
    n_missing = int((column.indices < 0).sum())
    n_distinct = len(np.unique(column.indices)) - (n_missing > 0)
    return recognise_strings(name, column, Spread(len(column) - n_missing, n_missing, n_distinct))


def recognise_strings(name: str, column: Strings, spread: Spread) -> Column:
    """Return a text column with its kind; `column` may be a sample of the values of `spread`."""
    counts = np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))
    present = [level for level, count in zip(column.levels, counts, strict=True) if count]
    if spread.distinct == 0:
        return Column(name, "empty", note="every value is missing")
    if spread.distinct == 1 and spread.missing == 0:
        return Column(name, "constant", note=f"every value is {present[0]!r}")
    format_ = time_format(present)
    if format_ is not None:
        return _time_column(name, column, format_)
    if is_text(present):
        return Column(name, "text")
    if spread.present > 20 and spread.distinct > 0.95 * spread.present:
        return Column(name, "identifier", note="almost every value is different")
    return Column(name, "category", learn_categories(column))


def learn_categories(column: Strings, max_levels: int = MAX_LEVELS) -> CategoryCodebook:
    """Return the dictionary of a column, most frequent level first, ties by name."""
    counts = np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))
    known = [(-int(count), level) for level, count in zip(column.levels, counts, strict=True)]
    known = sorted(pair for pair in known if pair[0] < 0)
    return CategoryCodebook(tuple(level for _, level in known[:max_levels]))


def is_text(levels: Sequence[str]) -> bool:
    """Return whether the distinct values read as free text: many, and of several words."""
    sample = levels[:: max(1, len(levels) // 1000)]
    words = float(np.mean([len(level.split()) for level in sample]))
    return len(levels) > 50 and words >= 3.0


def time_format(levels: Sequence[str]) -> str | None:
    """Return the format that parses every probed value, or None when there is none."""
    sample = levels[:: max(1, len(levels) // _PROBE)]
    if not all(_LOOKS_LIKE_TIME.search(level) and len(level) >= 8 for level in sample):
        return None
    for format_ in TIME_FORMATS:
        parse = time_parser(format_)
        if all(_parses(parse, level) for level in sample):
            return format_
    return None


def _parses(parse: object, text: str) -> bool:
    assert callable(parse)
    try:
        moment = parse(text.strip())
    except ValueError:
        return False
    return isinstance(moment, datetime)


def _time_column(name: str, column: RawColumn, format_: str) -> Column:
    moments = times_of(column, format_)
    if np.all(moments == NOT_A_TIME):
        return Column(name, "empty", note="every value is missing")
    if moments.min() == moments.max():
        return Column(name, "constant", note="every value is the same time")
    parts = calendar_parts(moments)
    books = {part: learn_numbers(parts[part]) for part in CALENDAR}
    varying = tuple(part for part in CALENDAR if len(books[part].edges) > 0) or CALENDAR[:1]
    return Column(name, "time", TimeCodebook(varying, tuple(books[p] for p in varying), format_))
