"""What a column is: told by its values alone, the same for everybody who looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from pliant.data.kinds.category import learn_categories
from pliant.data.recognise import recognise
from pliant.data.table import learn_schema
from pliant.runtime.intake import column_from_values
from pliant.runtime.kinds import CategoryCodebook, TimeCodebook
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, Strings, Times
from pliant.runtime.schema import Column

RNG = np.random.default_rng(0)
DAYS = [datetime(2021, 1, 1) + timedelta(days=17 * i) for i in range(60)]
WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "warm",
    "mat",
    "while",
    "rain",
    "fell",
    "over",
    "town",
    "and",
    "sea",
]


def found(values: Any) -> Column:
    return recognise("c", column_from_values(values))


def level_of(column: Column) -> tuple[str, ...]:
    assert isinstance(column.codebook, CategoryCodebook)
    return column.codebook.levels


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (RNG.normal(size=50), "number"),
        (RNG.integers(0, 2, 50), "number"),
        (RNG.integers(0, 2, 50).astype(bool), "number"),
        ([1.0, None, 1.0], "number"),
        ([1, 1, 1], "constant"),
        ([True, True], "constant"),
        (["a", "a", "a"], "constant"),
        (["a", None, "a"], "category"),
        ([None, None], "empty"),
        (np.full(5, np.nan), "empty"),
        (Strings(np.full(3, -1, dtype=np.int32), ["never used"]), "empty"),
        (["red", "green", "red", "blue"], "category"),
        ([f"{z:05d}" for z in RNG.integers(501, 99_950, 400).repeat(2)], "category"),
        (["94110-1234", "10001-0001", "60601-2222"] * 9, "category"),
        (["555-123-4567", "555-987-6543"] * 9, "category"),
        (["10.0.0.1", "192.168.1.12", "10.0.0.7"] * 9, "category"),
        (["1.250,00", "2.300,50", "1.250,10"] * 9, "number"),
        ([f"user {i}" for i in range(30)], "identifier"),
        ([f"user {i}" for i in range(20)], "category"),
        ([" ".join(RNG.permutation(WORDS)[:8]) for _ in range(80)], "text"),
        ([" ".join(RNG.permutation(WORDS)[:8]) for _ in range(40)], "identifier"),
        (["one short phrase", "another short phrase"] * 50, "category"),
    ],
)
def test_kind(values: Any, kind: str) -> None:
    column = values if isinstance(values, Strings) else column_from_values(values)
    assert recognise("c", column).kind == kind


@pytest.mark.parametrize(
    "format_",
    [
        "%Y-%m-%d",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.%f+02:00",
        "%Y-%m-%dT%H:%MZ",
        "%Y/%m/%d",
        "%Y/%m/%d %H:%M",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%m/%d/%Y %H:%M:%S",
        "%d.%m.%Y",
        "%d %b %Y",
        "%B %d, %Y",
    ],
)
def test_times_written_as_text_are_times(format_: str) -> None:
    column = column_from_values([day.strftime(format_) for day in DAYS])
    learned = recognise("c", column)
    assert learned.kind == "time"
    assert isinstance(learned.codebook, TimeCodebook)
    assert set(learned.codebook.parts) >= {"epoch", "year", "month", "day", "weekday"}
    epoch = learned.codebook.encode(column)[:, 0].astype(int)
    assert (np.diff(epoch) > 0).all()


def test_month_first_and_day_first_are_told_apart_by_the_days_after_the_twelfth() -> None:
    first = found(["12/31/2020", "01/02/2021", "03/04/2021"]).codebook
    second = found(["31/12/2020", "01/02/2021", "03/04/2021"]).codebook
    assert isinstance(first, TimeCodebook)
    assert isinstance(second, TimeCodebook)
    assert (first.format, second.format) == ("%m/%d/%Y", "%d/%m/%Y")


def test_one_value_that_is_no_time_makes_a_category() -> None:
    assert (
        found([*(d.strftime("%Y-%m-%d") for d in DAYS[:10]), "unknown yet"] * 3).kind == "category"
    )


@pytest.mark.parametrize(
    ("moments", "kind"),
    [([5, 5, 5], "constant"), ([NOT_A_TIME] * 3, "empty"), ([5, NOT_A_TIME, 5], "time")],
)
def test_times_that_do_not_vary(moments: list[int], kind: str) -> None:
    assert recognise("c", Times(np.array(moments, dtype=np.int64))).kind == kind


def test_one_time_and_missing_ones_leave_a_feature_that_tells_them_apart() -> None:
    column = Times(np.array([5, NOT_A_TIME, 5], dtype=np.int64))
    book = recognise("c", column).codebook
    assert isinstance(book, TimeCodebook)
    assert book.encode(column).T.tolist() == [[1, 0, 1]]


def counter(n: int, start: int = 0, step: int = 1) -> Numbers:
    return Numbers(start + step * np.arange(float(n)), integral=True)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (counter(200), "identifier"),
        (counter(200, 1), "identifier"),
        (counter(200, 200, -1), "identifier"),
        (counter(50), "number"),
        (counter(200, 1850), "number"),
        (counter(200, 0, 2), "number"),
        (Numbers(np.arange(200.0)), "number"),
        (Numbers(np.repeat(np.arange(1900.0, 2000.0), 3), integral=True), "number"),
        (Numbers(np.random.default_rng(0).permutation(np.arange(200.0)), True), "number"),
        (Numbers(np.append(np.arange(200.0), np.nan), integral=True), "number"),
    ],
)
def test_only_what_counts_the_rows_is_a_row_number(column: Numbers, kind: str) -> None:
    assert recognise("c", column).kind == kind


def test_a_row_number_is_found_in_a_table_too_large_to_look_at_whole() -> None:
    n = 400
    rare = np.zeros(n)
    rare[7] = 1.0
    frame = Frame(
        {
            "row": counter(n),
            "number": Numbers(np.random.default_rng(0).normal(size=n)),
            "rare": Numbers(rare),
        },
        n,
    )
    kinds = {c.name: c.kind for c in learn_schema(frame, most=150).columns}
    assert kinds == {"row": "identifier", "number": "number", "rare": "number"}


def test_levels_come_most_frequent_first_and_ties_by_name() -> None:
    assert level_of(found(["b", "c", "c", "a", "b", "d"])) == ("b", "c", "a", "d")


def test_levels_that_no_row_has_are_left_out() -> None:
    column = Strings(np.array([1, 1, 2], dtype=np.int32), ["never", "often", "once"])
    assert learn_categories(column).levels == ("often", "once")


def test_a_dictionary_can_be_cut_to_the_most_frequent() -> None:
    column = Strings(np.array([0, 1, 1, 2, 2, 2], dtype=np.int32), ["a", "b", "c"])
    assert learn_categories(column, 2).levels == ("c", "b")


def test_what_is_left_out_says_why() -> None:
    notes = {
        found([1, 1]).note,
        found(["x", "x"]).note,
        found([None]).note,
        found([f"u{i}" for i in range(40)]).note,
        recognise("c", counter(200)).note,
    }
    assert notes == {
        "every value is 1",
        "every value is 'x'",
        "every value is missing",
        "almost every value is different",
        "numbers its rows",
    }
