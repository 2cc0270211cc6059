"""Background rows: those that a prediction is compared with, kept as codes."""

from __future__ import annotations

import numpy as np

from pliant.explain.inputs import compact
from pliant.runtime.coded import Coded

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
