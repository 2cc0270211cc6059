"""Times: texts, numbers and moments -> microseconds since 1970 -> parts of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.grammar import is_plain_number, parse_moment
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Times

CALENDAR = (
    *("epoch", "year", "month", "day", "weekday", "hour", "day_of_year"),
    *("minute", "second"),
)
"""The parts of a time, in the order that `calendar_parts` returns them."""

DIGITS = ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m", "%Y")
"""Formats of digits alone: a number is read by them as its text is."""

_SECOND, _MINUTE, _HOUR, _DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
FIRST_TIME = (date.min.toordinal() - _EPOCH_ORDINAL) * _DAY
AFTER_LAST_TIME = (date.max.toordinal() + 1 - _EPOCH_ORDINAL) * _DAY

_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (np.inf, 1e-3))
"""A number in place of a time counts from 1970: below the first 10^11 (the year 5138) seconds,
then milliseconds, microseconds and nanoseconds; beside each bound the microseconds of a unit."""


def times_of(column: RawColumn, format_: str) -> NDArray[np.int64]:
    """Return int64 microseconds since 1970; what cannot be parsed becomes `NOT_A_TIME`."""
    if isinstance(column, Times):
        return column.microseconds
    if isinstance(column, Numbers):
        if column.boolean:
            return np.full(len(column), NOT_A_TIME)
        values, indices = np.unique(column.values, return_inverse=True)
        table = [moment_of_number(value, format_) for value in values.tolist()]
        return np.array(table, dtype=np.int64)[indices]
    table = [moment_of_text(level, format_) for level in column.levels]
    return np.array([*table, NOT_A_TIME], dtype=np.int64)[column.indices]


def moment_of_text(text: str, format_: str) -> int:
    """Return the time that a text says in that format, or else in ISO 8601, or as a number."""
    plain = text.strip()
    if is_plain_number(plain):
        return moment_of_number(float(plain), format_)
    if format_ != "iso":
        try:
            return microseconds_since(datetime.strptime(plain, format_))
        except (ValueError, OverflowError):  # an offset may lead out of the years 1 to 9999
            pass
    moment = parse_moment(text)
    return int(NOT_A_TIME) if moment is None else microseconds_since(moment)


def moment_of_number(value: float, format_: str) -> int:
    """Return the time that a number says: digits of the format, or time since 1970."""
    if value != value:
        return int(NOT_A_TIME)
    if format_ in DIGITS:
        try:
            return microseconds_since(datetime.strptime(f"{value:.0f}", format_))
        except (ValueError, OverflowError):
            return int(NOT_A_TIME)
    unit = next(unit for bound, unit in _UNITS if abs(value) < bound or bound == np.inf)
    moment = value * unit
    return round(moment) if FIRST_TIME <= moment < AFTER_LAST_TIME else int(NOT_A_TIME)


def microseconds_since(moment: date) -> int:
    """Return a time as microseconds since 1970; one that names no zone is in UTC."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _EPOCH.resolution


def time_parser(format_: str) -> Callable[[str], datetime]:
    """Return the function that parses a time in that format, and raises ValueError."""
    if format_ == "iso":
        return datetime.fromisoformat
    return lambda text: datetime.strptime(text, format_)


def parts_of(microseconds: int) -> dict[str, float]:
    """Return what `calendar_parts` says of one time in the years 1 to 9999."""
    days, rest = divmod(microseconds, _DAY)
    day = date.fromordinal(days + _EPOCH_ORDINAL)
    return {
        "epoch": microseconds / 1e6,
        "year": day.year,
        "month": day.month,
        "day": day.day,
        "weekday": day.weekday(),
        "hour": rest // _HOUR,
        "day_of_year": day.timetuple().tm_yday,
        "minute": rest // _MINUTE % 60,
        "second": rest // _SECOND % 60,
    }


def calendar_parts(microseconds: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return float64 arrays of shape (n,), one a name of `CALENDAR`; NaN where missing."""
    missing = microseconds == NOT_A_TIME
    safe = np.where(missing, 0, microseconds)
    days = safe // _DAY
    rest = safe - days * _DAY
    date = days.astype("datetime64[D]")
    month, year = date.astype("datetime64[M]"), date.astype("datetime64[Y]")
    parts = {
        "epoch": safe / 1e6,
        "year": year.astype(np.int64) + 1970,
        "month": month.astype(np.int64) % 12 + 1,
        "day": (date - month).astype(np.int64) + 1,
        "weekday": (days + 3) % 7,
        "hour": rest // _HOUR,
        "day_of_year": (date - year).astype(np.int64) + 1,
        "minute": rest // _MINUTE % 60,
        "second": rest // _SECOND % 60,
    }
    return {name: np.where(missing, np.nan, parts[name]) for name in CALENDAR}
