"""Codebooks: frozen once learned, and the same code however a value is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.runtime.conversions import numbers_of, strings_of
from pliant.runtime.intake import column_from_values
from pliant.runtime.kinds import CategoryCodebook, NumberCodebook, TimeCodebook
from pliant.runtime.raw import NOT_A_TIME, RawColumn, Strings, Times
from pliant.runtime.times import CALENDAR, calendar_parts, times_of

NAN = float("nan")
LEVELS = CategoryCodebook(("3", "a", "True"))
SECOND = 1_000_000


def raw(*values: Any) -> RawColumn:
    return column_from_values(list(values))


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (["a", "3", None, "b", "True"], [3, 2, 0, 1, 4]),
        ([3, 4], [2, 1]),
        ([3.0, None, 3.5], [2, 0, 1]),
        (["nan", "None", ""], [0, 0, 0]),
        ([], []),
    ],
)
def test_category_ids(values: list[Any], ids: list[int]) -> None:
    found = LEVELS.encode(raw(*values))
    assert found.dtype == np.int32
    assert found.tolist() == ids
    assert LEVELS.n_codes == 5


@given(st.lists(st.text(max_size=3), unique=True, min_size=1, max_size=20), st.data())
@settings(max_examples=30, deadline=None)
def test_an_id_leads_back_to_its_level(levels: list[str], data: st.DataObject) -> None:
    book = CategoryCodebook(tuple(levels))
    picked = data.draw(st.lists(st.sampled_from(levels), max_size=20))
    assert [levels[i - 2] for i in book.encode(raw(*picked))] == picked


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ([1, 2.5, None], [1.0, 2.5, NAN]),
        (["1", " 2.5 ", "1e3", "x", None, ""], [1.0, 2.5, 1000.0, NAN, NAN, NAN]),
        (["inf", "-Infinity", "nan"], [np.inf, -np.inf, NAN]),
        (["true", "False", " TRUE "], [1.0, 0.0, 1.0]),
        ([True, False], [1.0, 0.0]),
        ([datetime(2020, 1, 1, tzinfo=UTC)], [NAN]),
    ],
)
def test_numbers_however_they_are_written(values: list[Any], numbers: list[float]) -> None:
    np.testing.assert_array_equal(numbers_of(raw(*values)), numbers)


def test_number_codes_of_text_and_of_numbers_agree() -> None:
    book = NumberCodebook(np.array([1.0, 2.0]), np.array([0, 1, 2], dtype=np.float32))
    assert book.encode(raw(1, 2, 3, None))[:, 0].tolist() == [1, 2, 3, 0]
    assert book.encode(raw("1", "2.0", "3", "?"))[:, 0].tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3, 4.0, None], ["3", "4", None]),
        ([0.1, 1e20], ["0.1", "100000000000000000000"]),
        ([True, False], ["True", "False"]),
        ([datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), None], ["2020-01-02T03:04:05.000000", None]),
    ],
)
def test_words_of_what_is_no_text(values: list[Any], words: list[str | None]) -> None:
    found = strings_of(raw(*values))
    assert [None if i < 0 else found.levels[i] for i in found.indices] == words


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


def test_a_time_codebook_codes_the_parts_it_names() -> None:
    year = NumberCodebook(np.array([2020.5]), np.zeros(2, dtype=np.float32))
    hour = NumberCodebook(np.array([11.5]), np.zeros(2, dtype=np.float32))
    book = TimeCodebook(("year", "hour"), (year, hour))
    column = raw("2020-01-01T13:00", "2021-01-01T01:00", "no time", None)
    assert book.encode(column).T.tolist() == [[1, 2, 0, 0], [2, 1, 0, 0]]
    moments = Times(times_of(column, "iso"))
    assert np.array_equal(book.encode(moments), book.encode(column))


def test_levels_that_nobody_uses_are_no_matter() -> None:
    words = Strings(np.array([1], dtype=np.int32), ["unused", "a"])
    assert LEVELS.encode(words).tolist() == [3]
