"""Schemas: one table, one encoding, however many rows come at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pliant.core.errors import SchemaError
from pliant.data.table import learn_schema
from pliant.runtime.coded import Coded
from pliant.runtime.intake import to_frame


def columns(n: int = 300) -> dict[str, list[Any]]:
    rng = np.random.default_rng(0)
    return {
        "level": [None if v == 0 else f"l{v}" for v in rng.integers(0, 5, n)],
        "number": [None if v > 1.5 else float(v) for v in rng.normal(size=n)],
        "whole": rng.integers(0, 50, n).tolist(),
    }


def with_time(n: int = 300) -> dict[str, list[Any]]:
    days = np.datetime64("2020-01-01") + np.random.default_rng(1).integers(0, 900, n)
    return {"day": [str(d) for d in days], **columns(n)}


def joined(parts: list[Coded]) -> tuple[list[Any], list[Any]]:
    codes, ids = (np.concatenate([getattr(p, name) for p in parts]) for name in ("codes", "ids"))
    return codes.tolist(), ids.tolist()


@pytest.mark.parametrize("make", [columns, with_time])
def test_one_row_at_a_time_is_coded_like_all_at_once(make: Any) -> None:
    frame = to_frame(make())
    schema = learn_schema(frame)
    whole = schema.encode(frame)
    rows = [schema.encode(frame.take(np.array([i]))) for i in range(frame.n_rows)]
    assert joined(rows) == (whole.codes.tolist(), whole.ids.tolist())
    assert len(whole) == 300
    assert whole.codes.shape[1] == len(schema.code_columns)


def test_threads_change_nothing() -> None:
    frame = to_frame(with_time(9_000))
    schema, other = learn_schema(frame), learn_schema(frame, threads=3)
    assert [repr(column) for column in schema.columns] == [repr(c) for c in other.columns]
    one, three = schema.encode(frame), other.encode(frame, 3)
    assert joined([one]) == joined([three])


def test_code_columns_name_numbers_first_and_then_parts_of_times() -> None:
    names = [name for name, _ in learn_schema(to_frame(with_time())).code_columns]
    assert names[:2] == ["number", "whole"]
    assert set(names[2:]) >= {"day.epoch", "day.year", "day.month"}


def test_order_and_further_columns_are_no_matter() -> None:
    given = columns()
    schema = learn_schema(to_frame(given))
    shuffled = to_frame({"new": list(range(300)), **dict(reversed(given.items()))})
    assert joined([schema.encode(shuffled)]) == joined([schema.encode(to_frame(given))])


def test_a_column_that_is_left_out_may_be_absent() -> None:
    schema = learn_schema(to_frame({**columns(), "same": [1] * 300}))
    assert len(schema.encode(to_frame(columns()))) == 300


def test_an_absent_column_is_named() -> None:
    schema = learn_schema(to_frame(columns()))
    with pytest.raises(SchemaError, match="but the table has no column 'level', 'whole'"):
        schema.encode(to_frame({"number": [1.0]}))


def test_many_absent_columns_are_counted() -> None:
    schema = learn_schema(to_frame({f"c{i}": [1.0, 2.0] for i in range(12)}))
    with pytest.raises(SchemaError, match="'c8' and 3 more"):
        schema.encode(to_frame({"c0": [1.0]}))


@pytest.mark.parametrize("n", [3, 300])
def test_an_infinite_number_is_refused_with_its_place(n: int) -> None:
    schema = learn_schema(to_frame(columns()))
    frame = {**columns(n), "number": [0.0] * (n - 1) + [-np.inf]}
    with pytest.raises(SchemaError, match=f"column 'number', row {n - 1}"):
        schema.encode(to_frame(frame))


def test_an_infinity_is_refused_by_threads_too() -> None:
    rows = columns(9_000)
    schema = learn_schema(to_frame(rows))
    rows["whole"][7_000] = np.inf
    with pytest.raises(SchemaError, match=r"column 'whole', row 7000"):
        schema.encode(to_frame(rows), 2)


def test_no_rows_are_coded_as_no_rows() -> None:
    schema = learn_schema(to_frame(with_time()))
    coded = schema.encode(to_frame(with_time()).take(np.arange(0)))
    assert len(coded) == 0
    assert coded.codes.shape == (0, len(schema.code_columns))


def test_rows_can_be_taken_of_text_too() -> None:
    words = [f"a text of {i} many words" for i in range(60)] * 2
    frame = to_frame({"text": words, "number": list(range(120))[::-1][:60] * 2})
    coded = learn_schema(frame).encode(frame).take(np.array([3, 1]))
    assert [coded.texts[0].levels[i] for i in coded.texts[0].indices] == [words[3], words[1]]
    assert len(coded) == 2
