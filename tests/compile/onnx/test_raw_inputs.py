"""Raw columns as inputs of a document: the codes and ids that the schema makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pliant.compile.onnx.calendar import emit_calendar
from pliant.compile.onnx.graph import Graph
from pliant.compile.onnx.inputs import emit_inputs
from pliant.compile.onnx.probe import feeds_of, probing
from pliant.compile.onnx.verify import session_of
from pliant.core.errors import ExportError
from pliant.runtime.kinds import (
    CategoryCodebook,
    NumberCodebook,
    TimeCodebook,
)
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, Strings
from pliant.runtime.schema import Column, Schema
from pliant.runtime.times import CALENDAR, calendar_parts

DAY = 86_400_000_000


def numbers(edges: Any) -> NumberCodebook:
    edges = np.array(edges, dtype=np.float64)
    return NumberCodebook(edges, np.zeros(len(edges) + 1, dtype=np.float32))


def encoded(schema: Schema, frame: Frame) -> dict[str, Any]:
    """Return codes and ids as ONNX Runtime makes them."""
    graph = Graph()
    wires = emit_inputs(graph, schema)
    for name, tensor in wires.items():
        graph.output(tensor, f"the {name}", "")
    run = session_of(graph.proto("inputs").SerializeToString())
    return dict(zip(wires, run(feeds_of(schema, frame)), strict=True))


def test_codes_and_ids_are_those_of_the_schema() -> None:
    rng = np.random.default_rng(0)
    books = tuple(numbers(np.sort(rng.integers(-2000, 4000, 30))) for _ in CALENDAR)
    hours = tuple(numbers(np.arange(23)) for _ in ("hour", "month"))
    schema = Schema(
        (
            Column("x", "number", numbers(np.sort(rng.normal(size=254)))),
            Column("when", "time", TimeCodebook(CALENDAR, books)),
            Column("level", "category", CategoryCodebook(("b", "é", "a b", "3"))),
            Column("left out", "constant"),
            Column("no edges", "number", numbers([])),
            Column("codes", "time", TimeCodebook(("hour", "month"), hours)),
            Column("with empty", "category", CategoryCodebook(("", "x"))),
        )
    )
    frame = probing(schema, 20_000)
    coded, found = schema.encode(frame), encoded(schema, frame)
    assert np.array_equal(found["codes"], coded.codes)
    assert np.array_equal(found["ids"], coded.ids)


def test_a_calendar_is_that_of_numpy_through_all_years() -> None:
    rng = np.random.default_rng(0)
    days = np.arange(-800_000, 800_000, 7) * DAY
    far = rng.integers(NOT_A_TIME + 1, np.iinfo(np.int64).max, 10_000)
    ends = [NOT_A_TIME, NOT_A_TIME + 1, np.iinfo(np.int64).max, -1, 0]
    moments = np.concatenate([days, days - 1, far, np.array(ends)])
    graph = Graph()
    parts = emit_calendar(graph, graph.input("moments", "int64", ""))
    for name in CALENDAR:
        graph.output(parts[name], name, "")
    found = session_of(graph.proto("calendar").SerializeToString())({"moments": moments[:, None]})
    for name, got in zip(CALENDAR, found, strict=True):
        np.testing.assert_array_equal(got[:, 0], calendar_parts(moments)[name], err_msg=name)


def test_a_category_that_comes_as_a_number_is_fed_as_its_text() -> None:
    schema = Schema((Column("c", "category", CategoryCodebook(("3", "2.5"))),))
    frame = Frame({"c": Numbers(np.array([3.0, 2.5, 4.0, np.nan]))}, 4)
    assert feeds_of(schema, frame)["c"][:, 0].tolist() == ["3", "2.5", "4", ""]
    assert encoded(schema, frame)["ids"][:, 0].tolist() == [2, 3, 1, 0]


def test_names_of_columns_are_kept_whatever_they_are() -> None:
    names = ["Concat", "constant", "label", "a b", "ß?", "Gather_1"]
    schema = Schema(tuple(Column(name, "number", numbers([0.0])) for name in names))
    found = encoded(schema, probing(schema, 100))
    assert np.array_equal(found["codes"], schema.encode(probing(schema, 100)).codes)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (Column("", "number", numbers([0.0])), "columns with names"),
        (Column("c", "category", CategoryCodebook(("a\ud800",))), "UTF-8 can write in column 'c'"),
    ],
)
def test_what_a_name_or_level_cannot_be(column: Column, said: str) -> None:
    with pytest.raises(ExportError, match=said):
        emit_inputs(Graph(), Schema((column,)))


def test_probing_rows_hold_every_edge_and_its_neighbours() -> None:
    edges = np.sort(np.random.default_rng(0).normal(size=254))
    schema = Schema(
        (
            Column("x", "number", numbers(edges)),
            Column("c", "category", CategoryCodebook(("a",))),
        )
    )
    frame = probing(schema, 4_000)
    x, c = frame["x"], frame["c"]
    assert isinstance(x, Numbers)
    assert isinstance(c, Strings)
    for values in (edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf)):
        assert np.isin(values, x.values).all()
    assert np.isnan(x.values).any()
    assert {-1, 0, 1} <= set(c.indices.tolist())
