"""The short way in against the ordinary one: the same codes, or the ordinary way serves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.core.errors import SchemaError
from pliant.runtime.coded import Coded
from pliant.runtime.intake import to_frame
from pliant.runtime.kinds import CategoryCodebook, NumberCodebook, TextCodebook, TimeCodebook
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.model import Card, Predictor
from pliant.runtime.ops import Op
from pliant.runtime.quick import QuickIntake
from pliant.runtime.schema import Column, Schema

pytestmark = pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")


def numbers(*edges: float) -> NumberCodebook:
    return NumberCodebook(np.array(edges, dtype=float), np.zeros(len(edges) + 1, np.float32))


DAYS = TimeCodebook(
    ("epoch", "month", "weekday", "hour", "day_of_year"),
    (numbers(0, 1.5e9), numbers(*range(1, 12)), numbers(2, 5), numbers(11), numbers(99.5, 365)),
)
YEARS = TimeCodebook(("year", "day"), (numbers(1999, 2020), numbers(15)), "%d.%m.%Y")
SCHEMA = Schema(
    (
        Column("a", "number", numbers(-1, 0, 0.5, 7)),
        Column("same", "constant"),
        Column("c", "category", CategoryCodebook(("x", "3", "2.5", "1", "inf", "0", "True"))),
        Column("t", "time", DAYS),
        Column("b", "number", numbers()),
        Column("u", "time", YEARS),
        Column("words", "text", TextCodebook()),
        Column("d", "category", CategoryCodebook(())),
    )
)
QUICK = QuickIntake(SCHEMA) if HAVE_KERNEL else None

MOMENTS = st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=-9))]))
PLAIN = st.one_of(
    st.floats(allow_nan=True),
    st.sampled_from([0.5, -0.0, 7.0, 3.0, 2.5, 1e300, 2.0**60]),
    st.integers(-(10**30), 10**30),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
    st.sampled_from(["x", "3", " 7 ", "1_0", "true", "FALSE", "nan", "-inf", "1e999", "", "1.5"]),
    st.sampled_from(["2020-02-29", "2021-05-01T12:30:00+02:00", "31.12.1999", "0001-01-01"]),
    st.sampled_from(["0001-01-01T00:00+12:00", "9999-12-31T23:59:59.999999-05:00"]),
)
RARE = st.one_of(
    MOMENTS,
    st.dates(),
    st.sampled_from(
        [
            *(np.float64(0.5), np.float64("nan"), np.float32(0.5), np.int64(3), np.bool_(True)),
            *(np.str_("x"), Decimal(3), b"x", pd.NaT, pd.NA, pd.Timestamp("2020-02-29")),
            *(np.datetime64("2020-02-29"), 10**400, [1.0], np.zeros(1), 2.5),
        ]
    ),
)


def the_same(a: Coded, b: Coded) -> bool:
    return (
        np.array_equal(a.codes, b.codes)
        and np.array_equal(a.ids, b.ids)
        and a.codes.dtype == b.codes.dtype
        and a.ids.dtype == b.ids.dtype
        and [[t.levels[i] if i >= 0 else None for i in t.indices] for t in a.texts]
        == [[t.levels[i] if i >= 0 else None for i in t.indices] for t in b.texts]
    )


def row_of(value: Any) -> Any:
    names = ["a", "same", "c", "t", "b", "u", "words", "d"]
    return st.fixed_dictionaries(dict.fromkeys(names, value), optional={"more": value})


@given(row=row_of(st.one_of(PLAIN, RARE)), turned=st.booleans())
@settings(max_examples=400, deadline=None)
def test_a_row_is_encoded_as_the_ordinary_way_does(row: dict[str, Any], turned: bool) -> None:
    if turned:
        row = dict(reversed(row.items()))
    assert QUICK is not None
    quick = QUICK.encode(row)
    if quick is not None:
        assert the_same(quick, SCHEMA.encode(to_frame(row)))


@pytest.mark.parametrize("value", [0.5, 3, "x", None, True, float("nan"), "2020-02-29"])
def test_plain_rows_go_the_short_way(value: Any) -> None:
    assert QUICK is not None
    row = dict.fromkeys(["a", "c", "t", "b", "u", "words", "d"], value)
    row["a"] = row["b"] = 1.5
    assert QUICK.encode(row) is not None
    assert QUICK.encode(row | {"more": [1], "other": b"x"}) is not None
    assert QUICK.encode(row | {"t": datetime(2020, 2, 29), "u": date(2020, 2, 29)}) is not None


@pytest.mark.parametrize("wrong", [{"a": float("inf")}, {"a": 10**400}, {"a": "inf"}, {1: 2}])
def test_what_may_be_an_error_goes_the_ordinary_way(wrong: dict[Any, Any]) -> None:
    assert QUICK is not None
    row: dict[Any, Any] = dict.fromkeys(["a", "c", "t", "b", "u", "words", "d"], None)
    assert QUICK.encode(row | wrong) is None
    assert QUICK.encode({name: None for name in row if name != "b"}) is None
    assert QUICK.encode({}) is None
    assert QUICK.encode([row]) is None


@pytest.mark.parametrize("value", [10**400, -(10**400), [10**400]])
def test_a_whole_number_too_large_for_a_float_is_refused_by_name(value: Any) -> None:
    row: dict[str, Any] = dict.fromkeys(["a", "same", "c", "t", "b", "u", "words", "d"], 0.0)
    row = {name: [0.0] for name in row} if isinstance(value, list) else row
    with pytest.raises(SchemaError, match=r"infinity \(-?inf\) in column 'a', row 0"):
        SCHEMA.encode(to_frame(row | {"a": value}))


MATRIX = Schema(
    (
        Column("x0", "number", numbers(*np.linspace(-2, 2, 9))),
        Column("x1", "identifier"),
        Column("x2", "number", numbers(*np.linspace(-2, 2, 254))),
        Column("x3", "number", numbers(0.1, 0.3)),
    )
)


def layouts(values: np.ndarray) -> list[np.ndarray]:
    wide = np.zeros((len(values), 7), values.dtype)
    wide[:, 1:5] = values
    return [
        values,
        np.asfortranarray(values),
        wide[:, 1:5],
        values[::-1],
        np.append(values, values, 1),
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, 3, 127, 128, 500])
def test_a_matrix_is_encoded_as_the_ordinary_way_does(dtype: type, n: int) -> None:
    rng = np.random.default_rng(n)
    values = rng.normal(size=(n, 4)).astype(dtype)
    on_edges = rng.choice(np.linspace(-2, 2, 254), (n, 4)).astype(dtype)
    values = np.where(rng.random((n, 4)) < 0.3, on_edges, values)
    values[rng.random((n, 4)) < 0.2] = np.nan
    values[:, 1] = np.inf  # a column that no model reads
    quick = QuickIntake(MATRIX)
    for layout in layouts(values):
        found = quick.encode(layout)
        assert found is not None
        assert the_same(found, MATRIX.encode(to_frame(layout)))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("n", [0, 1, 5, 300, 20_000])
def test_a_matrix_is_predicted_in_one_call_as_in_two(n: int, threads: int) -> None:
    rng = np.random.default_rng(n)
    values = np.where(rng.random((n, 4)) < 0.1, np.nan, rng.normal(size=(n, 4)))
    table = rng.normal(size=(3, 256)).astype(np.float32)
    ops = [
        Op("decode", ("codes",), "a", {"feature": np.arange(3, dtype=np.uint16), "table": table}),
        Op("affine", ("a",), "b", {"scale": np.ones(3), "shift": np.ones(3)}),
    ]
    model = Predictor(MATRIX, ops, (), Card("regression", "y", "rmse", None))
    quick = QuickIntake(MATRIX)
    for layout in layouts(values.astype(np.float32)):
        direct = quick.predict(model.program, layout, threads)
        ordinary = model.program(MATRIX.encode(to_frame(layout)))
        assert np.array_equal(direct, ordinary)
        assert np.array_equal(model.raw(layout, threads=threads), ordinary)
    if n:
        values[n // 2, 3] = np.inf
        assert quick.predict(model.program, values, threads) is None
        with pytest.raises(SchemaError, match="'x3'"):
            model.raw(values, threads=threads)


def test_an_infinity_in_a_matrix_is_named_by_the_ordinary_way() -> None:
    values = np.zeros((300, 4), np.float32)
    values[200, 2] = -np.inf
    assert QuickIntake(MATRIX).encode(values) is None
    with pytest.raises(SchemaError, match="'x2', row 200"):
        MATRIX.encode(to_frame(values))


def test_other_arrays_go_the_ordinary_way() -> None:
    quick = QuickIntake(MATRIX)
    for other in (np.zeros((3, 4), int), np.zeros((3, 3)), np.zeros(4), np.zeros((3, 4), object)):
        assert quick.encode(other) is None
    named = Schema((Column("y0", "number", numbers(0)),))
    assert QuickIntake(named).encode(np.zeros((3, 1))) is None
    assert QuickIntake(SCHEMA).encode(np.zeros((3, 9))) is None
    assert (
        QuickIntake(Schema((Column("x00", "number", numbers(0)),))).encode(np.zeros((3, 1))) is None
    )
