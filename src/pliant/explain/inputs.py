"""The columns that a model reads, and where their codes lie in the planes of an encoded table.

Explanations change columns: they shuffle one, or take it from another row. A column of the user's
table may be several columns of codes, as a time is, one of ids, or a plane of its own; here it is
one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from pliant.compile.trim import columns_read
from pliant.runtime.coded import Coded, rows_of
from pliant.runtime.kinds import Plane
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Strings

Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Input:
    """A column that a model reads: which columns of codes or ids are its, or which wire."""

    name: str
    codes: range = range(0)
    ids: range = range(0)
    wire: str = ""


@dataclass(frozen=True)
class Inputs:
    """The columns that a model reads: those binned, then categories, then planes of their own."""

    columns: tuple[Input, ...]

    @classmethod
    def of(cls, model: Predictor) -> Inputs:
        """Return the columns that some part of a model asks about; found once for each model."""
        if model not in _FOUND:
            _FOUND[model] = cls._found(model)
        return _FOUND[model]

    @classmethod
    def _found(cls, model: Predictor) -> Inputs:
        schema, read = model.schema, columns_read(model)
        found = [Input(column.name, codes=column.codes) for column in schema.binned]
        found += [Input(n, ids=range(j, j + 1)) for j, (n, _) in enumerate(schema.id_columns)]
        found += [Input(own.name, wire=own.wire) for own in schema.own_planes]
        return cls(tuple(column for column in found if column.name in read))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def differ(self, pool: Coded, row: int, others: int) -> Bools:
        """Return in which columns each of the first `others` rows is not the given one, (B, P)."""
        out = np.zeros((others, len(self)), dtype=bool)
        if len(self._starts):
            codes, ids = pool.codes[:, self._codes], pool.ids[:, self._ids]
            cells = codes[:others] != codes[row], ids[:others] != ids[row]
            unlike = np.concatenate(cells, axis=1)
            out[:, : len(self._starts)] = np.logical_or.reduceat(unlike, self._starts, axis=1)
        for wire, j in self._wires.items():
            out[:, j] = _unlike(pool.own[wire], row, others)
        return out

    def mixed(self, pool: Coded, row: int, which: Rows, taken: Bools) -> Coded:
        """Return E rows: those of the pool at `which` (E,), with the columns that are `taken`, bool
        (E, P), from the given row.

        Columns that the model does not read are whichever.
        """
        codes, ids = pool.codes[which], pool.ids[which]
        if len(self):
            np.copyto(codes, pool.codes[row], where=taken[:, self._owners(codes, "codes")])
            np.copyto(ids, pool.ids[row], where=taken[:, self._owners(ids, "ids")])
        own = {
            wire: rows_of(plane, which)
            if (j := self._wires.get(wire)) is None
            else rows_of(plane, np.where(taken[:, j], row, which))
            for wire, plane in pool.own.items()
        }
        return Coded(codes, ids, own)

    def reordered(self, coded: Coded, columns: Sequence[int], order: Rows) -> Coded:
        """Return a table in which some columns, by number, have their values in another order."""
        codes, ids, own = coded.codes.copy(), coded.ids.copy(), dict(coded.own)
        for column in (self.columns[j] for j in columns):
            codes[:, column.codes] = coded.codes[order][:, column.codes]
            ids[:, column.ids] = coded.ids[order][:, column.ids]
            if column.wire:
                own[column.wire] = rows_of(coded.own[column.wire], order)
        return Coded(codes, ids, own)

    @cached_property
    def _codes(self) -> list[int]:
        return [c for column in self.columns for c in column.codes]

    @cached_property
    def _ids(self) -> list[int]:
        return [c for column in self.columns for c in column.ids]

    @cached_property
    def _starts(self) -> Rows:
        """Where the cells of each column begin, among all cells of codes and ids."""
        widths = [len(c.codes) + len(c.ids) for c in self.columns if not c.wire]
        return np.cumsum([0, *widths], dtype=np.intp)[:-1]

    @cached_property
    def _wires(self) -> dict[str, int]:
        return {column.wire: j for j, column in enumerate(self.columns) if column.wire}

    def _owners(self, plane: NDArray[Any], name: str) -> Rows:
        """Return which column each column of a plane belongs to; any, where nothing reads it."""
        owners = np.zeros(plane.shape[1], dtype=np.intp)
        for j, column in enumerate(self.columns):
            owners[column.codes if name == "codes" else column.ids] = j
        return owners


_FOUND: WeakKeyDictionary[Predictor, Inputs] = WeakKeyDictionary()
"""What is known of models, as long as these are there: it takes a look at every node of a tree."""


def compact(coded: Coded) -> Coded:
    """Return the same rows, their texts with no levels but those that some row has."""
    own = {w: _few_levels(p) if isinstance(p, Strings) else p for w, p in coded.own.items()}
    return Coded(coded.codes, coded.ids, own)


def _few_levels(text: Strings) -> Strings:
    used, places = np.unique(text.indices, return_inverse=True)
    missing = int(len(used) > 0 and used[0] < 0)
    levels = [text.levels[i] for i in used[missing:]]
    return Strings((places - missing).astype(np.int32), levels, text.categorical)


def _unlike(plane: Plane, row: int, others: int) -> Bools:
    """Return where the first rows of a plane are not the given one, bool (B,)."""
    if isinstance(plane, Strings):  # of a pool, in which no two levels are the same text
        return np.asarray(plane.indices[:others] != plane.indices[row])
    apart = plane[:others] != plane[row]
    return np.asarray(apart.reshape(others, -1).any(axis=1))
