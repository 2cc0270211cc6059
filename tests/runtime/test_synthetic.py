"""Specimens: rows that are encoded as those they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.data.table import learn_schema
from pliant.runtime.intake import to_frame
from pliant.runtime.synthetic import made_up, rows_of, typical, values_of


@pytest.fixture
def columns() -> dict[str, list[object]]:
    rng = np.random.default_rng(0)
    numbers: list[object] = rng.normal(size=300).tolist()
    numbers[3] = None
    words: list[object] = rng.choice(["red", "green", "unseen"], 300).tolist()
    words[5] = None
    days = [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(300)]
    texts = [f"a text of several words, the {i}th of them {i % 7}" for i in range(300)]
    return {"number": numbers, "word": words, "day": [*days], "text": [*texts]}


def test_typical_rows_have_the_codes_of_a_table(columns: dict[str, list[object]]) -> None:
    schema = learn_schema(to_frame(columns))
    assert {c.kind for c in schema.used} == {"number", "category", "time", "text"}
    new = {
        **columns,
        "word": ["blue", *columns["word"][1:]],
        "number": [1e9, *columns["number"][1:]],
    }
    coded = schema.encode(to_frame(new))
    again = schema.encode(typical(schema, coded))
    np.testing.assert_array_equal(again.codes[:, 0], coded.codes[:, 0])
    np.testing.assert_array_equal(again.ids, coded.ids)
    assert [t.levels[i] for t in again.texts for i in t.indices] == new["text"]


def test_made_up_rows_can_be_read_one_by_one(columns: dict[str, list[object]]) -> None:
    schema = learn_schema(to_frame(columns))
    frame = made_up(schema, 20)
    for i, row in enumerate(rows_of(frame, 20)):
        one, many = schema.encode(to_frame(row)), schema.encode(frame).take(np.array([i]))
        np.testing.assert_array_equal(one.codes, many.codes)
        np.testing.assert_array_equal(one.ids, many.ids)


def test_values_are_those_that_were_given() -> None:
    given = {"n": [1, 2, 3], "x": [0.5, None, 2.0], "w": ["a", None, "b"]}
    found = values_of(to_frame(given), ["w", "n", "x"])
    assert found[:, 0].tolist() == ["a", None, "b"]
    assert found[:, 1].tolist() == [1, 2, 3]
    assert {type(value) for value in found[:, 1]} == {int}
    assert found[[0, 2], 2].tolist() == [0.5, 2.0]
    assert np.isnan(found[1, 2])
