"""Columns that tell much the same, seen from their codes.

Codes of numbers are ordered as the numbers are, so their correlation is that of ranks (Spearman
1904). Where one of two columns is a category, it is Cramér's V with its bias taken off (Bergsma
2013), numbers in a few groups of equal size.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pliant.explain.inputs import Input, Inputs
from pliant.runtime.coded import Coded

STRONG = 0.8
"""The least association that is told."""

GROUPS = 8
"""Groups of numbers beside a category."""

MAX_ROWS, MAX_COLUMNS = 2_000, 200
"""Rows that are looked at, and columns beyond which pairs are too many to look at."""


def associated(inputs: Inputs, coded: Coded) -> dict[str, tuple[str, ...]]:
    """Return for each column that has some the names of those that tell much the same.

    Times, text and other columns of several codes are not compared.
    """
    rows = np.linspace(0, len(coded) - 1, min(len(coded), MAX_ROWS)).astype(np.intp)
    plain = [c for c in inputs.columns if len(c.codes) + len(c.ids) == 1]
    if len(rows) < 2 or len(plain) > MAX_COLUMNS:
        return {}
    part = coded.take(rows)
    found: dict[str, list[str]] = {}
    for a, b in combinations([_seen(column, part) for column in plain], 2):
        if _association(a, b) >= STRONG:
            found.setdefault(a.name, []).append(b.name)
            found.setdefault(b.name, []).append(a.name)
    return {name: tuple(others) for name, others in found.items()}


@dataclass(frozen=True)
class _Seen:
    """A column as it is compared: int64 (n,) labels, and of a number its ranks, float64 (n,), about
    0 and of length 1.
    """

    name: str
    labels: NDArray[np.int64]
    ranks: NDArray[np.float64] | None = None


def _seen(column: Input, coded: Coded) -> _Seen:
    if len(column.ids):
        return _Seen(column.name, coded.ids[:, column.ids.start].astype(np.int64))
    codes = coded.codes[:, column.codes.start]
    _, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]  # of equal values the mean
    labels = (ranks * GROUPS / (len(ranks) + 1)).astype(np.int64)
    centred = ranks - ranks.mean()
    return _Seen(column.name, labels, centred / max(float(np.linalg.norm(centred)), 1e-12))


def _association(a: _Seen, b: _Seen) -> float:
    """Return from 0 to 1 how much two columns tell of each other."""
    if a.ranks is not None and b.ranks is not None:
        return abs(float(a.ranks @ b.ranks))
    return cramers_v(a.labels, b.labels)


def cramers_v(x: NDArray[np.int64], y: NDArray[np.int64]) -> float:
    """Return Cramér's V of two columns of labels, from 0 to 1, its bias on few rows taken off.

    Examples
    --------
    >>> same = np.array([0, 1, 2] * 20)
    >>> round(cramers_v(same, same), 6), cramers_v(same, np.repeat([0, 1], 30))
    (1.0, 0.0)
    """
    n = len(x)
    (_, rows), (_, columns) = (np.unique(v, return_inverse=True) for v in (x, y))
    r, k = int(rows.max()) + 1, int(columns.max()) + 1
    counts = np.bincount(rows * k + columns, minlength=r * k).reshape(r, k)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    chi = float(((counts - expected) ** 2 / expected).sum()) / n
    excess = max(0.0, chi - (r - 1) * (k - 1) / (n - 1))
    least = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(1.0, excess / least))) if least > 0 else 0.0
