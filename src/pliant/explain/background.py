"""Background rows: those that a prediction is compared with, kept as codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.explain.inputs import compact
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.schema import Schema

BACKGROUND_ROWS = 64
"""Rows that are kept or drawn by default: the mean prediction of so many has an eighth of the
spread of predictions as its standard error, and each costs a game a row that is explained."""


def draw_background(coded: Coded, n_rows: int = BACKGROUND_ROWS, seed: int = 0) -> Coded:
    """Return rows of an encoded table drawn at random, all where it has no more.

    Examples
    --------
    >>> table = Coded(np.zeros((500, 2), np.uint8), np.zeros((500, 0), np.int32))
    >>> len(draw_background(table)), len(draw_background(table, 10))
    (64, 10)
    """
    n = len(coded)
    rows = np.random.default_rng(seed).permutation(n)[: min(n, n_rows)]
    return compact(coded.take(np.sort(rows)))


def recoded(coded: Coded, schema: Schema, smaller: Schema) -> Coded:
    """Return encoded rows as the schema of a trimmed model has them (`compile.trim`).

    It has some of the columns, and of the edges of a number some.
    """
    if smaller is schema:
        return coded
    codes = np.empty((len(coded), len(smaller.code_columns)), dtype=np.uint8)
    places = {name: (j, book) for j, (name, book) in enumerate(schema.code_columns)}
    for j, (name, book) in enumerate(smaller.code_columns):
        place, before = places[name]
        codes[:, j] = _fewer(before, book)[coded.codes[:, place]]
    columns = {name: j for j, (name, _) in enumerate(schema.id_columns)}
    ids = coded.ids[:, [columns[name] for name, _ in smaller.id_columns]]
    wires = {own.name: own.wire for own in schema.own_planes}
    own = {plane.wire: coded.own[wires[plane.name]] for plane in smaller.own_planes}
    return Coded(codes, ids, own)


def _fewer(book: NumberCodebook, smaller: NumberCodebook) -> NDArray[np.uint8]:
    """Return the code by some of the edges of a bin by all of them, for each code."""
    among = 1 + np.searchsorted(smaller.edges, book.edges, side="left")  # of its greatest value
    return np.array([0, *among, 1 + len(smaller.edges)], dtype=np.uint8)
