"""Numbers, however they are written; and columns of numbers that only count their rows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.kinds.base import ColumnKind, Spread, left_out
from pliant.data.kinds.time import read_times, time_column
from pliant.data.quantile import learn_numbers
from pliant.data.reading import FAMILIAR_WORDS, TextReading, as_numbers, numbers_by, times_by
from pliant.runtime.conversions import numbers_of, spoken
from pliant.runtime.grammar import DECIMAL_MARKS
from pliant.runtime.kinds import Codebook, NumberCodebook
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings
from pliant.runtime.schema import Column
from pliant.runtime.times import times_of

_INDEX = re.compile(r"|Unnamed: \d+|__index_level_\d+__")
"""Names of the column in which pandas writes the index of a table."""


class NumberKind(ColumnKind):
    """Numbers; whole ones that are days, as in 20240131, are times."""

    codebook: ClassVar[type[Codebook]] = NumberCodebook
    rank: ClassVar[float] = 10

    def learn(self, column: RawColumn) -> Codebook:
        """Return quantile bins."""
        return learn_numbers(numbers_of(column))

    def recognise(self, name: str, column: RawColumn, spread: Spread | None) -> Column | None:
        """Return a column of numbers, or of text that says some; days come back as times."""
        if isinstance(column, Numbers):
            return _recognise_numbers(name, column)
        if not isinstance(column, Strings) or spread is None or not spread.asks(column):
            return None
        found = as_numbers(column) if spread.common is None else None
        if found is None:
            return None
        numbers = numbers_of(column, found.mark)
        if not found.strays and _are_days(Numbers(numbers, not np.any(numbers % 1 > 0))):
            return read_times(name, column, times_by(column, "%Y%m%d"))
        return _read_numbers(name, column, found)

    def stated(self, name: str, column: RawColumn, mark: str = "") -> Column:
        """Return a column of numbers, its text read by that decimal mark, or the better one."""
        if not isinstance(column, Strings):
            return number_column(name, numbers_of(column), mark or ".")
        words = spoken(column)
        marks = [mark] if mark else DECIMAL_MARKS
        found = min((numbers_by(words, m) for m in marks), key=lambda reading: reading.strays)
        return _read_numbers(name, words, found)

    def refuse_mark(self, name: str, mark: str, text: str) -> None:
        """Raise ConfigError unless it is a decimal mark."""
        if mark not in ("", *DECIMAL_MARKS):
            raise ConfigError(
                f"expected number:. or number:, for column {name!r}, by its decimal mark, "
                f"got {text!r}"
            )


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
    nothing = left_out(name, Numbers(values))
    return nothing or Column(name, "number", replace(learn_numbers(values), decimal=mark), note)


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


def _read_numbers(name: str, column: Strings, found: TextReading) -> Column:
    values = np.append(found.values, np.nan)[column.indices]
    return number_column(name, values, found.mark, found.note("number", len(column)))
