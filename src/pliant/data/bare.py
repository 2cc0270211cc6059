"""The table as workers get it: all that features are made from, nothing that encodes new rows.

Its schema has a column for each column of a plane, of the kinds that are always there: so workers
need no kind from outside. The edges of the bins take 2 kB a column, and the names of many levels
more than their ids. Texts are their grams.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pliant.data.table import Table
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import CategoryCodebook, NumberCodebook, Plane
from pliant.runtime.raw import Strings
from pliant.runtime.schema import Column, Schema


@dataclass(frozen=True)
class Nameless(CategoryCodebook):
    """As many ids as there were, their names left behind: it encodes nothing."""

    levels: tuple[str, ...] = ()
    count: int = 0

    @property
    def n_codes(self) -> int:
        """The number of ids, "missing" and "unseen" included."""
        return self.count


def bare(table: Table) -> Table:
    """Return the same rows under a schema that says only what their codes are worth."""
    return replace(table, schema=_bare_schema(table.schema), coded=_bare_rows(table.coded))


def _bare_schema(schema: Schema) -> Schema:
    numbers = (Column(name, "number", _edgeless(book)) for name, book in schema.code_columns)
    words = (Column(n, "category", Nameless(count=b.n_codes)) for n, b in schema.id_columns)
    own = (Column(plane.name, plane.book.kind, plane.book) for plane in schema.own_planes)
    return Schema((*numbers, *words, *own))


def _edgeless(book: NumberCodebook) -> NumberCodebook:
    return replace(book, edges=np.empty(0))


def _bare_rows(coded: Coded) -> Coded:
    return replace(coded, own={wire: _bare_plane(plane) for wire, plane in coded.own.items()})


def _bare_plane(plane: Plane) -> Plane:
    return replace(plane.with_grams(), levels=[]) if isinstance(plane, Strings) else plane
