"""Times, and how text says them."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.kinds.base import ColumnKind, Spread, left_out
from pliant.data.quantile import learn_parts
from pliant.data.reading import TextReading, as_times, times_by
from pliant.runtime.conversions import spoken
from pliant.runtime.kinds import Codebook, TimeCodebook
from pliant.runtime.raw import NOT_A_TIME, RawColumn, Strings, Times
from pliant.runtime.schema import Column
from pliant.runtime.times import CALENDAR, calendar_parts, times_of


class TimeKind(ColumnKind):
    """Times, and text that says some in one format."""

    codebook: ClassVar[type[Codebook]] = TimeCodebook
    rank: ClassVar[float] = 20

    def learn(self, column: RawColumn) -> Codebook:
        """Return the parts of the calendar that vary, of times in ISO 8601."""
        return _learn(times_of(column, "iso"), "iso")

    def recognise(self, name: str, column: RawColumn, spread: Spread | None) -> Column | None:
        """Return a column of times, or of text that says some."""
        if isinstance(column, Times):
            return time_column(name, column.microseconds, "iso")
        if not isinstance(column, Strings) or spread is None or not spread.asks(column):
            return None
        found = as_times(column)
        if found is None:
            return None
        if spread.common is not None:
            found = replace(found, strays=0)  # those of all rows are counted later
        return read_times(name, column, found)

    def stated(self, name: str, column: RawColumn, mark: str = "") -> Column:
        """Return a column of times, read by that format."""
        if not isinstance(column, Strings):
            return time_column(name, times_of(column, mark or "iso"), mark or "iso")
        words = spoken(column)
        guessed = as_times(words) if not mark else None
        return read_times(name, words, guessed or times_by(words, mark or "iso"))

    def refuse_mark(self, name: str, mark: str, text: str) -> None:
        """Raise ConfigError unless it is a format of times."""
        if mark and mark != "iso" and "%" not in mark:
            raise ConfigError(
                f"expected the format of times of column {name!r} as in time:%d.%m.%Y, got {text!r}"
            )


def read_times(name: str, column: Strings, found: TextReading) -> Column:
    """Return a column of text that says times."""
    moments = np.append(found.values, NOT_A_TIME)[column.indices]
    return time_column(name, moments, found.mark, found.note("time", len(column)))


def time_column(name: str, moments: NDArray[np.int64], format_: str, note: str = "") -> Column:
    """Return a column of times, which text says in that format."""
    nothing = left_out(name, Times(moments))
    return nothing or Column(name, "time", _learn(moments, format_), note)


def _learn(moments: NDArray[np.int64], format_: str) -> TimeCodebook:
    parts = calendar_parts(moments)
    return TimeCodebook(*learn_parts({part: parts[part] for part in CALENDAR}), format_)
