"""How a model becomes JSON and arrays, and comes back: every kind by name, no class looked up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.artifact.layout import LAYOUTS, best_layout, lay_out, restore
from pliant.artifact.members import earlier_members, member_from_json, member_to_json
from pliant.artifact.preorder import SHAPE, with_pointers, without_pointers
from pliant.core.errors import ModelFileError
from pliant.runtime.binning import check_edges
from pliant.runtime.codebook import CategoryCodebook, NumberCodebook, TimeCodebook
from pliant.runtime.grammar import DECIMAL_MARKS
from pliant.runtime.labels import label_from_json, label_to_json
from pliant.runtime.model import Card, Model
from pliant.runtime.ops import Op
from pliant.runtime.schema import Codebook, Column, Schema
from pliant.runtime.times import CALENDAR

DTYPES = ("uint8", "uint16", "int16", "int32", "int64", "float32", "float64")
KINDS = ("number", "category", "time", "text", "constant", "empty", "identifier", "unread")


class ArrayWriter:
    """Collects arrays; equal ones are kept once."""

    def __init__(self) -> None:
        self.index: list[list[Any]] = []
        self._chunks: list[bytes] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], int] = {}
        self._end = 0

    def add(self, array: NDArray[Any]) -> int:
        """Return the number of an array."""
        plain = np.ascontiguousarray(array)
        layout = best_layout(plain)
        data = lay_out(plain, layout)
        key = (plain.dtype.name, plain.shape, data)
        if key not in self._known:
            self._known[key] = len(self.index)
            self.index.append([plain.dtype.name, list(plain.shape), self._end, layout])
            self._chunks.append(data)
            self._end += len(data)
        return self._known[key]

    def bytes(self) -> bytes:
        """Return all arrays, one after another."""
        return b"".join(self._chunks)


class ArrayReader:
    """Gives arrays back by number, each checked against the bytes there are."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.index: list[list[Any]] = []

    def get(self, number: Any) -> NDArray[Any]:
        """Return an array of its own memory.

        Raises
        ------
        ModelFileError
            When there is no such array, or it reaches beyond the bytes.
        """
        if type(number) is not int or not 0 <= number < len(self.index):
            raise ModelFileError(
                f"expected an array's number below {len(self.index)}, got {number!r}"
            )
        name, shape, start, layout = [*self.index[number], "plain"][:4]  # format 1 has no layout
        if name not in DTYPES or any(type(s) is not int or s < 0 for s in [*shape, start]):
            raise ModelFileError(
                f"expected an array of {', '.join(DTYPES)}, got {name!r} {shape!r}"
            )
        dtype = np.dtype(name)
        if layout not in LAYOUTS or (layout == "deltas" and dtype.kind not in "iu"):
            raise ModelFileError(f"expected {name} laid out as {LAYOUTS}, got {layout!r}")
        end = start + math.prod(shape) * dtype.itemsize
        if end > len(self._data):
            raise ModelFileError(f"array {number} reaches beyond the {len(self._data)} bytes")
        return restore(self._data[start:end], dtype, layout).reshape(shape)


def model_to_json(model: Model, arrays: ArrayWriter) -> dict[str, Any]:
    """Return a model as plain data; its arrays go to `arrays`."""
    card = model.card
    described = {
        "columns": [column_to_json(c, arrays) for c in model.schema.columns],
        "ops": [op_to_json(op, arrays) for op in model.program.ops],
        "members": [member_to_json(member) for member in model.members],
        "classes": [label_to_json(label) for label in model.classes],
        "card": {
            "task": card.task,
            "target": card.target,
            "metric": card.metric,
            "score": card.score,
            "leaderboard": [dict(row) for row in card.leaderboard],
            "facts": dict(card.facts),
        },
    }
    return {**described, "arrays": arrays.index}


def model_from_json(described: dict[str, Any], arrays: ArrayReader) -> Model:
    """Return the model that plain data describes; what does not fit raises."""
    arrays.index = list(described["arrays"])
    schema = Schema(tuple(column_from_json(c, arrays) for c in described["columns"]))
    ops = tuple(op_from_json(op, arrays) for op in described["ops"])
    classes = tuple(label_from_json(label) for label in described["classes"])
    told = dict(described["card"])
    if "members" in told:  # format 1 and 2
        members = earlier_members(told.pop("members"), told["leaderboard"], ops)
    else:
        members = [member_from_json(member) for member in described["members"]]
    model = Model(schema, ops, classes, Card(**told), members)
    outputs = len(classes) if len(classes) > 2 else 1
    if model.program.n_outputs != outputs:
        raise ModelFileError(f"expected {outputs} outputs, got {model.program.n_outputs}")
    return model


def op_to_json(op: Op, arrays: ArrayWriter) -> dict[str, Any]:
    """Return an op as plain data; its arrays go to `arrays`."""
    held = without_pointers(op.arrays) if op.name == "trees" else op.arrays
    return {
        "op": op.name,
        "inputs": list(op.inputs),
        "output": op.output,
        "arrays": {name: arrays.add(array) for name, array in held.items()},
        "settings": dict(op.settings),
    }


def op_from_json(described: dict[str, Any], arrays: ArrayReader) -> Op:
    """Return the op that plain data describes."""
    found = {name: arrays.get(number) for name, number in described["arrays"].items()}
    if described["op"] == "trees" and SHAPE in found:
        found = with_pointers(found)
    inputs = tuple(str(name) for name in described["inputs"])
    settings = dict(described["settings"])
    return Op(str(described["op"]), inputs, str(described["output"]), found, settings)


def column_to_json(column: Column, arrays: ArrayWriter) -> dict[str, Any]:
    """Return a column of a schema as plain data; its arrays go to `arrays`."""
    out: dict[str, Any] = {"name": column.name, "kind": column.kind}
    if column.note:
        out["note"] = column.note
    if column.codebook is not None:
        out["codebook"] = _codebook_to_json(column.codebook, arrays)
    return out


def _codebook_to_json(book: Codebook, arrays: ArrayWriter) -> dict[str, Any]:
    if isinstance(book, NumberCodebook):
        held = {"edges": arrays.add(book.edges), "centers": arrays.add(book.centers)}
        return held if book.decimal == "." else {**held, "decimal": book.decimal}
    if isinstance(book, CategoryCodebook):
        return {"levels": list(book.levels)}
    assert book is not None
    parts = [_codebook_to_json(part, arrays) for part in book.books]
    return {"parts": list(book.parts), "books": parts, "format": book.format}


def column_from_json(described: dict[str, Any], arrays: ArrayReader) -> Column:
    """Return the column that plain data describes; what does not fit raises."""
    name, kind = described["name"], described["kind"]
    if not isinstance(name, str) or kind not in KINDS:
        raise ModelFileError(f"expected a column of {', '.join(KINDS)}, got {name!r} {kind!r}")
    book: Codebook = None
    if kind == "number":
        book = _numbers_from_json(described["codebook"], arrays)
    elif kind == "category":
        levels = described["codebook"]["levels"]
        if not all(isinstance(level, str) for level in levels):
            raise ModelFileError(f"expected levels that are text in column {name!r}")
        book = CategoryCodebook(tuple(levels))
    elif kind == "time":
        book = _times_from_json(described["codebook"], arrays)
    return Column(name, kind, book, str(described.get("note", "")))


def _numbers_from_json(described: dict[str, Any], arrays: ArrayReader) -> NumberCodebook:
    edges, centers = arrays.get(described["edges"]), arrays.get(described["centers"])
    check_edges(edges, np.array([0, len(edges)]))
    if centers.dtype != np.float32 or centers.shape != (len(edges) + 1,):
        raise ModelFileError(f"expected {len(edges) + 1} centers, got {centers.shape}")
    decimal = described.get("decimal", ".")
    if decimal not in DECIMAL_MARKS:
        raise ModelFileError(f"expected a decimal mark of {DECIMAL_MARKS}, got {decimal!r}")
    return NumberCodebook(edges, centers, decimal)


def _times_from_json(described: dict[str, Any], arrays: ArrayReader) -> TimeCodebook:
    parts = tuple(described["parts"])
    books = tuple(_numbers_from_json(book, arrays) for book in described["books"])
    if len(parts) != len(books) or not set(parts) <= set(CALENDAR):
        raise ModelFileError(f"expected calendar parts of {', '.join(CALENDAR)}, got {parts}")
    return TimeCodebook(parts, books, str(described["format"]))
