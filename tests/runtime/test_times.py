"""Times: microseconds, however they are written, and their parts of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.runtime.intake import column_from_values
from pliant.runtime.raw import NOT_A_TIME, RawColumn
from pliant.runtime.times import CALENDAR, calendar_parts, times_of

SECOND = 1_000_000


def raw(*values: Any) -> RawColumn:
    return column_from_values(list(values))


MOMENT = int(datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("2021-03-04T05:06:07", "iso"),
        (" 2021-03-04 05:06:07 ", "iso"),
        ("2021-03-04T07:06:07+02:00", "iso"),
        ("2021-03-04T05:06:07Z", "iso"),
        ("04/03/2021 05:06:07", "%d/%m/%Y %H:%M:%S"),
    ],
)
def test_a_time_as_text(text: str, format_: str) -> None:
    assert times_of(raw(text), format_).tolist() == [MOMENT]


def test_microseconds_are_kept() -> None:
    assert times_of(raw("1969-12-31T23:59:59.999999"), "iso").tolist() == [-1]


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2021-13-01", "0001-01-01T00:00:00+10:00", None, "2021/03"]
)
def test_what_is_no_time_is_missing(value: Any) -> None:
    assert times_of(raw(value, value), "iso").tolist() == [NOT_A_TIME] * 2


@given(st.datetimes(timezones=st.just(UTC)))
@settings(max_examples=50, deadline=None)
def test_calendar_parts_are_those_of_the_standard_library(moment: datetime) -> None:
    difference = moment - datetime(1970, 1, 1, tzinfo=UTC)
    microseconds = (difference.days * 86_400 + difference.seconds) * SECOND
    parts = calendar_parts(np.array([microseconds + difference.microseconds, NOT_A_TIME]))
    assert tuple(parts) == CALENDAR
    found = [float(parts[name][0]) for name in CALENDAR[1:]]
    day_of_year = moment.timetuple().tm_yday
    wanted = [moment.year, moment.month, moment.day, moment.weekday(), moment.hour, day_of_year]
    wanted += [moment.minute, moment.second]
    assert found == wanted
    assert abs(parts["epoch"][0] - difference.total_seconds()) < 1e-3
    assert all(np.isnan(parts[name][1]) for name in CALENDAR)
