"""The columns that a model reads, and where their codes lie in the planes of an encoded table.

Explanations change columns: they shuffle one, or take it from another row. A column of the user's
table may be several columns of codes, as a time is, one of ids, or a plane of its own; here it is
one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
        """Return the columns that some part of a model asks about."""
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

    def differ(self, row: Coded, others: Coded) -> Bools:
        """Return in which columns each of B other rows is not the given one, bool (B, P)."""
        out = np.zeros((len(others), len(self)), dtype=bool)
        if len(self._starts):
            cells = [others.codes[:, self._codes] != row.codes[:, self._codes]]
            cells.append(others.ids[:, self._ids] != row.ids[:, self._ids])
            unlike = np.concatenate(cells, axis=1)
            out[:, : len(self._starts)] = np.logical_or.reduceat(unlike, self._starts, axis=1)
        for j, column in enumerate(self.columns):
            if column.wire:
                out[:, j] = _unlike(row.own[column.wire], others.own[column.wire])
        return out

    def mixed(self, row: Coded, others: Coded, which: Rows, taken: Bools) -> Coded:
        """Return E rows: those of `others` at `which` (E,), with the columns that are `taken`, bool
        (E, P), from the given row.

        Columns that the model does not read are whichever.
        """
        codes, ids = others.codes[which], others.ids[which]
        if len(self):
            np.copyto(codes, row.codes, where=taken[:, self._owners(codes.shape[1], "codes")])
            np.copyto(ids, row.ids, where=taken[:, self._owners(ids.shape[1], "ids")])
        own = {
            wire: rows_of(plane, which)
            if (j := self._wires.get(wire)) is None
            else _chosen(row.own[wire], plane, which, taken[:, j])
            for wire, plane in others.own.items()
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

    def _owners(self, width: int, plane: str) -> Rows:
        """Return which column each column of a plane belongs to; any, where nothing reads it."""
        owners = np.zeros(width, dtype=np.intp)
        for j, column in enumerate(self.columns):
            owners[list(column.codes if plane == "codes" else column.ids)] = j
        return owners


def compact(coded: Coded) -> Coded:
    """Return the same rows, their texts with no levels but those that some row has."""
    own = {w: _few_levels(p) if isinstance(p, Strings) else p for w, p in coded.own.items()}
    return Coded(coded.codes, coded.ids, own)


def _few_levels(text: Strings) -> Strings:
    used, places = np.unique(text.indices, return_inverse=True)
    missing = int(len(used) > 0 and used[0] < 0)
    levels = [text.levels[i] for i in used[missing:]]
    return Strings((places - missing).astype(np.int32), levels, text.categorical)


def _unlike(row: Plane, others: Plane) -> Bools:
    """Return where rows of a plane are not its one `row`, bool (B,)."""
    if isinstance(row, Strings) and isinstance(others, Strings):
        own = row.levels[row.indices[0]] if row.indices[0] >= 0 else None
        number = others.levels.index(own) if own in others.levels else len(others.levels)
        return np.asarray(others.indices != (-1 if own is None else number))
    apart = np.asarray(others) != np.asarray(row)
    return np.asarray(apart.reshape(len(apart), -1).any(axis=1))


def _chosen(row: Plane, others: Plane, which: Rows, taken: Bools) -> Plane:
    """Return rows of a plane, those `taken` from its one `row`."""
    if isinstance(row, Strings) and isinstance(others, Strings):
        own = row.levels[row.indices[0]] if row.indices[0] >= 0 else None
        levels = [*others.levels] if own is None else [*others.levels, own]
        indices = np.where(taken, -1 if own is None else len(others.levels), others.indices[which])
        return Strings(indices.astype(np.int32), levels, others.categorical)
    return np.where(taken[:, None], np.asarray(row), np.asarray(others)[which])
