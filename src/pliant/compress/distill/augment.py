"""Rows that might have been: what a student can ask its teacher about beyond the rows there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.coded import Coded, rows_of

SWAPPED, AMONG = 0.3, 5_000
"""The chance of each value to be that of a row alike, the most alike of so many drawn at random.

Loss of a student on test files with 300,000 rows, values of any other row (with a chance of 0.15)
against values of a row alike: diamonds 2.8 and 1.6 %; with 100,000: covtype 9.3 and 7.8 %,
california_housing 1.8 and 1.6 %, phoneme 0.75 and 0.68 %. A chance of 0.5: diamonds 2.1 %. (Before
leaves were corrected: `benchmarks/quality/distillation.py` with `--sweeps 0`, `--swapped` and
`--transfer-rows`.)
"""

_CHUNK = 2_000
"""Rows that are compared at once with those drawn."""


def alike(X: NDArray[np.uint8], seed: int) -> NDArray[np.intp]:
    """Return for each row of uint8 (n, F) another one that is like it, intp (n,): the nearest of
    `AMONG` rows drawn at random, by the squares of the differences of codes.

    Examples
    --------
    >>> alike(np.array([[1, 9], [200, 90], [2, 9], [210, 90]], dtype=np.uint8), 0).tolist()
    [2, 3, 0, 1]
    """
    n = len(X)
    drawn = np.sort(np.random.default_rng(seed).permutation(n)[:AMONG])
    among = X[drawn].astype(np.float32)
    squares = np.square(among).sum(axis=1)
    found = np.empty(n, dtype=np.intp)
    for start in range(0, n, _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, n))
        apart = squares - 2 * (X[rows].astype(np.float32) @ among.T)
        places = np.searchsorted(drawn, rows)
        own = np.flatnonzero(drawn[np.minimum(places, len(drawn) - 1)] == rows)
        apart[own, places[own]] = np.inf
        found[rows] = drawn[apart.argmin(axis=1)]
    return found


def swapped(coded: Coded, others: NDArray[np.intp], seed: int) -> Coded:
    """Return as many rows, in which some values are those of another row, one for each.

    With rows alike this is close to MUNGE (Bucila et al., 2006): made-up rows stay among the real.

    Examples
    --------
    >>> codes = np.arange(200, dtype=np.uint8)[:, None]
    >>> made = swapped(Coded(codes, np.empty((200, 0), np.int32)), np.arange(200)[::-1], 0)
    >>> 20 < (made.codes != codes).sum() < 100
    np.True_
    """
    rng, own = np.random.default_rng(seed), np.arange(len(coded))

    def rows() -> NDArray[np.intp]:
        return np.where(rng.random(len(own)) < SWAPPED, others, own)

    codes, ids = coded.codes.copy(), coded.ids.copy()
    for array in (codes, ids):
        for j in range(array.shape[1]):
            array[:, j] = array[rows(), j]
    planes = {wire: rows_of(plane, rows()) for wire, plane in coded.own.items()}
    return Coded(codes, ids, planes)
