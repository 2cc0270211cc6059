"""How columns are read: numbers as text, odd cells, ways to write times, counters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from few_folds import FEW
from pliant import Classifier, DataWarning
from pliant.core.errors import ConfigError
from pliant.data.recognise import recognise
from pliant.data.stated import Stated, parse_columns
from pliant.data.table import Statements, learn_schema
from pliant.runtime.columns import column_from_values
from pliant.runtime.intake import to_frame
from pliant.runtime.kinds import NumberCodebook, TimeCodebook
from pliant.runtime.raw import Strings
from pliant.runtime.schema import Column

RNG = np.random.default_rng(0)
VALUES = [f"{v:.3f}" for v in RNG.normal(50, 15, 400)]
DAYS = [datetime(2019, 1, 3) + timedelta(days=3 * i, minutes=613 * i) for i in range(300)]


def found(values: Any, stated: Stated | None = None) -> Column:
    return recognise("c", column_from_values(values), stated)


@pytest.mark.parametrize("odd", ["-", ".", "v", "see note"])
def test_one_odd_cell_counts_as_missing_and_is_said(odd: str) -> None:
    column = found([*VALUES[:200], odd, *VALUES[200:]])
    assert column.kind == "number"
    assert column.note == f"1 of 401 values is no number and counts as missing, such as {odd!r}"


@pytest.mark.parametrize("odd", ["", "n/a", "#N/A", "<NA>", " ", "\\N"])
def test_a_word_for_missing_is_not_worth_a_word(odd: str) -> None:
    assert found([odd, *VALUES]).note == ""


def test_few_numbers_among_words_are_categories() -> None:
    assert found(["0"] * 300 + ["a"] * 5 + ["b"] * 5).kind == "category"
    assert found(["1", "2", "3"] * 100 + ["4+"] * 3).kind == "category"
    assert found(["01234", "02134", "99999"] * 9).kind == "category"


def test_whole_numbers_that_are_text_in_a_source_with_types_are_codes() -> None:
    codes = column_from_values([str(v) for v in RNG.integers(0, 50, 400)])
    assert recognise("c", codes).kind == "category"
    assert isinstance(codes, Strings)
    assert recognise("c", replace(codes, written=True)).kind == "number"
    assert found([str(v) for v in range(1000, 1400)]).kind == "number"  # not one a row for nothing
    assert found([f"{v:.1f}" for v in RNG.integers(0, 50, 400)]).kind == "number"


@pytest.mark.parametrize(
    ("values", "decimal"),
    [
        ([v[:-1].replace(".", ",") for v in VALUES], ","),
        ([f"{1000 * float(v):,.0f}" for v in VALUES], "."),
        ([f"${v}" for v in VALUES], "."),
    ],
)
def test_numbers_in_other_dress_are_numbers_and_that_is_said(
    values: list[str], decimal: str
) -> None:
    column = found(values)
    assert isinstance(column.codebook, NumberCodebook)
    assert column.codebook.decimal == decimal
    assert column.note.startswith("text is read as numbers")


WAYS = (
    *("%Y-%m-%d %H:%M:%S UTC", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%y", "%d/%m/%y %H:%M", "%d-%m-%Y"),
    *("%d-%b-%y", "%d-%b-%Y", "%d.%m.%Y %H:%M:%S", "%d.%m.%y", "%b %d %Y", "%b %d, %Y %H:%M"),
    *("%Y.%m.%d", "%Y-%m-%d %I:%M:%S %p", "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"),
    *("%d%b%Y", "%Y-%m", "%b-%Y", "%Y%m%d", "%A, %d %B %Y", "%d/%b/%Y:%H:%M:%S +0000"),
)


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_write_times(way: str) -> None:
    column = found([day.strftime(way) for day in DAYS])
    assert isinstance(column.codebook, TimeCodebook)
    assert column.note == ""
    whole = found(DAYS).codebook
    assert isinstance(whole, TimeCodebook)
    part = "year" if "year" in column.codebook.parts else "month"
    codes = dict(
        zip(
            column.codebook.parts,
            column.codebook.encode(column_from_values([d.strftime(way) for d in DAYS])).T,
            strict=True,
        )
    )
    expected = dict(zip(whole.parts, whole.encode(column_from_values(DAYS)).T, strict=True))
    assert codes[part].tolist() == expected[part].tolist()


@pytest.mark.parametrize("place", [0, 7, 299])
def test_a_zero_date_counts_as_missing_wherever_it_is(place: int) -> None:
    words = [day.strftime("%Y-%m-%d %H:%M:%S") for day in DAYS]
    words[place] = "0000-00-00 00:00:00"
    column = found(words)
    assert column.kind == "time"
    assert "no time and counts as missing" in column.note


def test_day_or_month_first_is_told_by_all_rows_or_said() -> None:
    early = [d for d in DAYS if d.day <= 12]
    late = [day.strftime("%m/%d/%Y") for day in [*early * 4, DAYS[5]]]
    column = found(late)
    assert isinstance(column.codebook, TimeCodebook)
    assert column.codebook.format == "%m/%d/%Y"
    assert "fits as well" in found([day.strftime("%m/%d/%Y") for day in early]).note


def test_minutes_and_seconds_are_parts_of_a_time() -> None:
    assert isinstance(book := found(DAYS).codebook, TimeCodebook)
    assert {"hour", "minute"} <= set(book.parts)
    assert "second" not in book.parts


def kinds(columns: dict[str, Any], told: Statements | None = None) -> dict[str, str]:
    return {c.name: c.kind for c in learn_schema(to_frame(columns), told).columns}


def test_counters_are_left_out_only_beside_others() -> None:
    counter, other = list(range(300)), RNG.normal(size=300)
    assert kinds({"t": counter, "x": other})["t"] == "identifier"
    assert kinds({"t": counter}) == {"t": "number"}
    assert kinds({"t": counter, "x": other}, Statements(kept=["t"]))["t"] == "number"
    stated = Statements({"t": Stated("number")})
    assert kinds({"t": counter, "x": other}, stated)["t"] == "number"


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "__index_level_0__"])
def test_the_index_that_pandas_writes_is_left_out(name: str) -> None:
    shuffled = RNG.permutation(300)
    assert kinds({name: shuffled, "x": RNG.normal(size=300)})[name] == "identifier"


@pytest.mark.parametrize(
    ("values", "stated", "kind"),
    [
        ([1, 2, 3] * 9, "category", "category"),
        (VALUES[:-1] + ["many"] * 99, "number", "number"),
        (["1,5", "2,5"] * 20, "number:,", "number"),
        ([day.strftime("%m/%d/%Y") for day in DAYS[:4]], "time:%m/%d/%Y", "time"),
        (["a b", "c d"] * 20, "text", "text"),
        (VALUES, "ignore", "unread"),
    ],
)
def test_what_is_stated_holds(values: list[Any], stated: str, kind: str) -> None:
    assert found(values, Stated.of("c", stated)).kind == kind


@pytest.mark.parametrize("text", ["numbers", "number:;", "time:soon", "category:x", ""])
def test_what_states_nothing_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="column 'c'"):
        Stated.of("c", text)


def test_assignments_of_the_command_line() -> None:
    given = ["zip=category,day=time:%b %d, %Y", "a,b=ignore", "x=y=text"]
    assert parse_columns(given) == {
        "zip": "category",
        "day": "time:%b %d, %Y",
        "a,b": "ignore",
        "x=y": "text",
    }
    with pytest.raises(ConfigError, match="NAME=KIND"):
        parse_columns(["zip"])


def test_what_is_bent_is_said_at_fit_and_can_be_overruled() -> None:
    X = pd.DataFrame({"v": [*VALUES[:-1], "many"], "x": RNG.normal(size=400)})
    y = RNG.integers(0, 2, 400)
    with pytest.warns(DataWarning, match="column 'v': 1 of 400 values is no number"):
        Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y)
    kinds = {"v": "ignore"}
    model = Classifier(trials=1, models=["additive"], columns=kinds, cv=FEW).fit(X, y)
    assert [c.name for c in model.model_.schema.used] == ["x"]
    with pytest.raises(ConfigError, match="got 'w'"):
        Classifier(trials=1, models=["additive"], columns={"w": "text"}, cv=FEW).fit(X, y)


def test_columns_that_no_model_reads_may_hold_anything() -> None:
    X = pd.DataFrame({"x": RNG.normal(size=60)})
    model = Classifier(trials=1, models=["additive"], cv=FEW).fit(X, X.x > 0)
    more = X.assign(lists=[[1, 2]] * 60, complex=1j, period=pd.period_range("2024", periods=60))
    assert (model.predict(more) == model.predict(X)).all()
    twice = pd.concat([X, more.lists, more.lists], axis=1)
    assert (model.predict(twice) == model.predict(X)).all()
    assert model.model_.predict({"x": 1.0, "lists": [1], "more": b"x"}).tolist() == [True]
