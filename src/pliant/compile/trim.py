"""Trim: what no part of a model asks is left out of it; its predictions stay the same.

A small model asks little of its table: of a column's 254 edges a few, of many columns nothing.
Edges that no tree compares with go, and the codes of a column are counted anew; columns and tables
of categories that nothing reads go as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.kinds import Codebook, NumberCodebook
from pliant.runtime.member import Member
from pliant.runtime.model import Predictor
from pliant.runtime.ops import Op
from pliant.runtime.program import input_wires, makers
from pliant.runtime.schema import Column, Schema

UNREAD = "no part of the model asks about it"

Origin = tuple[str, int]
"""Where a column of codes comes from: a wire, and its column there."""

Places = NDArray[np.intp]
"""Where each column of a wire is after the trim, -1 for one that is left out."""

WHOLE = -1
"""Stands among the thresholds that are asked for where every code counts."""

TREES, NEVER = ("trees", "oblivious"), 255
"""Ops that compare codes with thresholds, and the threshold that no code is above."""


def trimmed(model: Predictor) -> Predictor:
    """Return a model with the same predictions that holds nothing it does not ask.

    Columns that it does not read become "unread" in its schema and may be missing from a table.
    """
    asked = Asked.by(model)
    if not asked.thresholds:
        return model
    ops, ids = asked.kept(model.program.ops, len(model.schema.id_columns))
    books = [asked.book(c, book) for c, (_, book) in enumerate(model.schema.code_columns)]
    schema = _schema(model.schema, books, ids)
    members = [_placed(member, ops) for member in model.members]
    return Predictor(schema, ops, model.classes, model.card, members)


def columns_read(model: Predictor) -> frozenset[str]:
    """Return the names of the columns that some part of a model asks about."""
    asked, schema, ops = Asked.by(model), model.schema, model.program.ops
    read = {c.name for c in schema.binned if any(("codes", j) in asked.thresholds for j in c.codes)}
    if asked.thresholds:
        ops, places = asked.kept(ops, len(schema.id_columns))
        pairs = zip(schema.id_columns, places, strict=True)
        read |= {name for (name, _), place in pairs if place >= 0}
    wires = {wire for op in ops for wire in op.inputs}
    return frozenset(read | {own.name for own in schema.own_planes if own.wire in wires})


def _placed(member: Member, ops: Sequence[Op]) -> Member:
    """Return a member among the ops that are left: it may read no features now."""
    made = {op.output for op in ops}
    if member.places.features in made:
        return member
    return replace(member, places=replace(member.places, features=""))


@dataclass(frozen=True)
class Asked:
    """What a program asks: of each column of codes that it reads, the thresholds.

    `origins` holds for each wire of codes where its columns come from.
    """

    origins: dict[str, list[Origin]]
    thresholds: dict[Origin, set[int]]

    @classmethod
    def by(cls, model: Predictor) -> Asked:
        """Return what a model asks."""
        wires = {name: wire.width for name, wire in input_wires(model.schema).items()}
        asked = cls({"codes": [("codes", c) for c in range(wires["codes"])]}, {})
        for op in model.program.ops:
            asked._see(op)
        asked._keep_parts(model.schema)
        return asked

    def _see(self, op: Op) -> None:
        """Add what an op asks, and where its codes come from."""
        sources = [self.origins[name] for name in op.inputs if name in self.origins]
        if op.name == "gather":
            self.origins[op.output] = [sources[0][c] for c in op.arrays["columns"]]
        elif op.name == "concat":
            self.origins[op.output] = [origin for source in sources for origin in source]
        elif op.name in TREES:
            self._compare(op, sources[0])
        elif "feature" in op.arrays:
            self._read([sources[0][f] for f in op.arrays["feature"]])
        else:
            self._read([origin for source in sources for origin in source])
        if op.name in ("lookup", "bin"):
            width = len(op.arrays["offsets"]) - 1
            self.origins[op.output] = [(op.output, j) for j in range(width)]
            if op.name == "bin":
                self._read(self.origins[op.output])

    def _compare(self, op: Op, origins: list[Origin]) -> None:
        """Add the thresholds of trees; those that ask nothing still read a column."""
        pairs = np.stack([op.arrays["feature"].ravel(), op.arrays["threshold"].ravel()])
        for feature, threshold in np.unique(pairs[:, pairs[1] != NEVER], axis=1).T.tolist():
            self.thresholds.setdefault(origins[feature], set()).add(threshold)
        if not any(origin in self.thresholds for origin in origins):
            self._read(origins[:1])

    def _keep_parts(self, schema: Schema) -> None:
        """Keep all codes of a column, such as the parts of a time, of which one is read."""
        for column in schema.binned:
            origins: list[Origin] = [("codes", c) for c in column.codes]
            if any(o in self.thresholds for o in origins):
                for origin in origins:
                    self.thresholds.setdefault(origin, set())

    def _read(self, origins: Sequence[Origin]) -> None:
        for origin in origins:
            self.thresholds.setdefault(origin, set()).add(WHOLE)

    def book(self, column: int, book: NumberCodebook) -> NumberCodebook | None:
        """Return the codebook of a column with the edges that are asked for; None if unread."""
        asked = self.thresholds.get(("codes", column))
        if asked is None or WHOLE in asked:
            return None if asked is None else book
        kept = np.array(_kept(asked, book), dtype=np.intp)
        low, high = np.append(1, kept + 1), np.append(kept, len(book.edges) + 1)
        centers = book.centers[(low + high) // 2 - 1]
        return replace(book, edges=book.edges[kept - 1], centers=centers)

    def kept(self, ops: Sequence[Op], n_ids: int) -> tuple[tuple[Op, ...], Places]:
        """Return the ops without what nobody asks, and where the columns of ids are then."""
        read = {
            name: np.array([origin in self.thresholds for origin in origins], dtype=bool)
            for name, origins in self.origins.items()
        }
        filled = [made for op in ops if (made := _without_empty(op, read)) is not None]
        live = makers(filled, ops[-1].output)
        read |= _ids_read(live, read, n_ids)
        places = {name: _places(mask) for name, mask in read.items()}
        return tuple(self._moved(op, read, places) for op in live), places["ids"]

    def _moved(self, op: Op, read: dict[str, NDArray[np.bool_]], places: dict[str, Places]) -> Op:
        """Return an op that reads and makes the columns that are left."""
        arrays = dict(op.arrays)
        if op.name in DROPPING:
            arrays |= _dropped(op, read[op.output])
        if op.name in TREES:
            arrays["threshold"] = self._counted(op)
        for name in ("columns", "first", "second", "feature"):
            place = places.get(op.inputs[0])
            if name in arrays and place is not None:
                arrays[name] = np.maximum(place[arrays[name]], 0).astype(np.uint16)
        return replace(op, arrays=arrays)

    def _counted(self, op: Op) -> NDArray[np.uint8]:
        """Return the thresholds of trees, counted among those that are left of their column."""
        feature, threshold = op.arrays["feature"], op.arrays["threshold"]
        table = np.tile(np.arange(256, dtype=np.uint8), (len(self.origins[op.inputs[0]]), 1))
        for f, origin in enumerate(self.origins[op.inputs[0]]):
            asked = self.thresholds.get(origin, set())
            if origin[0] == "codes" and WHOLE not in asked:
                compared = sorted(asked - {0})
                table[f, :NEVER] = np.searchsorted(compared, np.arange(NEVER), side="right")
        made: NDArray[np.uint8] = table[feature, threshold]
        return made


def _kept(asked: set[int], book: NumberCodebook) -> list[int]:
    """Return the thresholds that compare with an edge, in order: 0 asks what is missing, and those
    beyond the last edge are below no code, before and after."""
    return [t for t in sorted(asked - {0}) if t <= len(book.edges)]


def _without_empty(op: Op, read: dict[str, NDArray[np.bool_]]) -> Op | None:
    """Return an op without inputs that lost all columns; None for one that makes no other."""
    if op.output in read and not read[op.output].any():
        return None
    if op.name != "concat":
        return op
    return replace(op, inputs=tuple(name for name in op.inputs if read[name].any()))


def _ids_read(
    ops: Sequence[Op], read: dict[str, NDArray[np.bool_]], n_ids: int
) -> dict[str, NDArray[np.bool_]]:
    """Return which columns of ids are read: of the table, and of pairs of categories."""
    ids = {"ids": np.zeros(n_ids, dtype=bool)}
    ids |= {op.output: np.zeros(len(op.arrays["first"]), bool) for op in ops if op.name == "cross"}
    for op in reversed(ops):
        for source in set(op.inputs) & set(ids):
            if op.name == "lookup":
                ids[source][op.arrays["columns"][read[op.output]]] = True
            elif op.name == "cross":
                pairs = np.stack([op.arrays["first"], op.arrays["second"]])
                ids[source][pairs[:, ids[op.output]].ravel()] = True
            else:
                ids[source][:] = True
    return ids


def _places(read: NDArray[np.bool_]) -> Places:
    return np.where(read, np.cumsum(read) - 1, -1)


DROPPING: dict[str, tuple[tuple[str, ...], str | None]] = {
    "gather": (("columns",), None),
    "lookup": (("columns",), "table"),
    "cross": (("first", "second", "base"), "keys"),
}
"""Ops that can make fewer columns: their arrays of an entry a column, and the one of parts."""


def _dropped(op: Op, read: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """Return the arrays of an op that makes the columns only that are read."""
    single, parted = DROPPING[op.name]
    arrays = {name: op.arrays[name][read] for name in single}
    if parted is None:
        return arrays
    offsets, held = op.arrays["offsets"], op.arrays[parted]
    parts = [held[offsets[j] : offsets[j + 1]] for j in np.flatnonzero(read)]
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return {**arrays, "offsets": starts, parted: np.concatenate(parts)}


def _schema(schema: Schema, books: Sequence[NumberCodebook | None], ids: Places) -> Schema:
    """Return the schema with the books of the columns of codes, and the ids that have a place."""
    made: dict[str, Codebook | None] = {}
    for name, book, codes in schema.binned:
        parts = [part for c in codes if (part := books[c]) is not None]
        made[name] = book.with_books(parts) if parts else None
    for (name, _), place in zip(schema.id_columns, ids, strict=True):
        if place < 0:
            made[name] = None
    return Schema(tuple(_trimmed(c, made.get(c.name, c.codebook)) for c in schema.columns))


def _trimmed(column: Column, book: Codebook | None) -> Column:
    if book is None and column.used:
        return Column(column.name, "unread", None, UNREAD)
    return replace(column, codebook=book)
