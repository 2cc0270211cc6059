"""Raw columns in: what the codebooks of a schema do, as nodes."""

from __future__ import annotations

import numpy as np

from pliant.compile.onnx.calendar import emit_calendar
from pliant.compile.onnx.ensemble import emit_bins
from pliant.compile.onnx.graph import Graph, Tensor
from pliant.core.errors import ExportError
from pliant.runtime.codebook import (
    FIRST_LEVEL,
    MISSING,
    UNSEEN,
    CategoryCodebook,
    NumberCodebook,
    TimeCodebook,
)
from pliant.runtime.raw import NOT_A_TIME
from pliant.runtime.schema import Column, Schema

NUMBER = "a number; NaN where missing"
CATEGORY = 'text, a number as in "3" or "2.5", a boolean as "True"; "" where missing'
EMPTY_LEVEL = 'text, a number as in "3" or "2.5", a boolean as "True"; "" is a level of its own'
TIME = f"microseconds since 1970 in UTC; {NOT_A_TIME} where missing"
TEXT = "text, which the model does not read"


def emit_inputs(graph: Graph, schema: Schema) -> dict[str, Tensor]:
    """Return the wires `codes` and `ids`, those of them that have columns, from new inputs.

    There is an input a column in use, in their order, with its name.
    """
    raw = {c.name: graph.input(c.name, *input_of(c)) for c in schema.used}
    wires = {}
    if schema.code_columns:
        edges = [book.edges for _, book in schema.code_columns]
        offsets = np.cumsum([0, *map(len, edges)], dtype=np.int64)
        values = graph.beside(_values(graph, schema, raw))
        wires["codes"] = emit_bins(graph, values, np.concatenate(edges), offsets)
    if schema.id_columns:
        ids = [_ids(graph, raw[name], book, name) for name, book in schema.id_columns]
        wires["ids"] = graph.beside(ids)
    return wires


def input_of(column: Column) -> tuple[str, str]:
    """Return the type of a column's input, and what its values mean."""
    book = column.codebook
    if isinstance(book, NumberCodebook):
        return "float64", NUMBER
    if isinstance(book, TimeCodebook):
        return "int64", TIME
    if isinstance(book, CategoryCodebook):
        return "string", EMPTY_LEVEL if "" in book.levels else CATEGORY
    return "string", TEXT


def _values(graph: Graph, schema: Schema, raw: dict[str, Tensor]) -> list[Tensor]:
    """Return what is binned: numbers, then the parts of each time."""
    values = [raw[c.name] for c in schema.used if isinstance(c.codebook, NumberCodebook)]
    times = [(c.name, c.codebook) for c in schema.used if isinstance(c.codebook, TimeCodebook)]
    if not times:
        return values
    parts = emit_calendar(graph, graph.beside([raw[name] for name, _ in times]))
    wanted = [(part, t) for t, (_, book) in enumerate(times) for part in book.parts]
    names = sorted({part for part, _ in wanted})
    columns = [names.index(part) * len(times) + t for part, t in wanted]
    return [*values, graph.take(graph.beside([parts[n] for n in names]), np.array(columns))]


def _ids(graph: Graph, text: Tensor, book: CategoryCodebook, name: str) -> Tensor:
    ids = {"": MISSING} | {level: i for i, level in enumerate(book.levels, FIRST_LEVEL)}
    try:
        keys = [level.encode() for level in ids]
    except UnicodeEncodeError as error:
        raise ExportError(
            f"expected levels that UTF-8 can write in column {name!r}, got {error.object!r}"
        ) from None
    return graph.node(
        "LabelEncoder",
        [text],
        "int64",
        1,
        keys_strings=keys,
        values_int64s=list(ids.values()),
        default_int64=UNSEEN,
    )
