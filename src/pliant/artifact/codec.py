"""How a model becomes JSON and arrays, and comes back: every kind by name, no class looked up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.artifact.background import background_from_json, background_to_json
from pliant.artifact.layout import LAYOUTS, best_layout, lay_out, restore
from pliant.artifact.members import earlier_members, member_from_json, member_to_json
from pliant.artifact.preorder import SHAPE, with_pointers, without_pointers
from pliant.core.errors import ModelFileError
from pliant.runtime.kinds.registry import LEFT_OUT, codebook_named
from pliant.runtime.labels import label_from_json, label_to_json
from pliant.runtime.model import Card, Predictor
from pliant.runtime.ops import Op
from pliant.runtime.schema import Column, Schema

DTYPES = ("uint8", "uint16", "int8", "int16", "int32", "int64", "float32", "float64")


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


def model_to_json(model: Predictor, arrays: ArrayWriter) -> dict[str, Any]:
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
    if model.background is not None:
        described["background"] = background_to_json(model.background, arrays)
    return {**described, "arrays": arrays.index}


def model_from_json(described: dict[str, Any], arrays: ArrayReader) -> Predictor:
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
    rows = described.get("background")
    background = None if rows is None else background_from_json(rows, schema, arrays)
    model = Predictor(schema, ops, classes, Card(**told), members, background)
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
    held = None if column.codebook is None else column.codebook.to_json(arrays)
    if held:
        out["codebook"] = held
    return out


def column_from_json(described: dict[str, Any], arrays: ArrayReader) -> Column:
    """Return the column that plain data describes; what does not fit raises."""
    name, kind = described["name"], described["kind"]
    if not isinstance(name, str) or not isinstance(kind, str):
        raise ModelFileError(f"expected a column's name and kind, got {name!r} {kind!r}")
    note = str(described.get("note", ""))
    if kind in LEFT_OUT:
        return Column(name, kind, None, note)
    codebook = codebook_named(kind, name)
    try:
        return Column(name, kind, codebook.from_json(described.get("codebook", {}), arrays), note)
    except ModelFileError as error:
        raise ModelFileError(f"{error} in column {name!r}") from None
