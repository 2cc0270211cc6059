"""The Pareto front: points of which no other is better in one way and as good in all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def on_front(costs: Sequence[Sequence[float]]) -> list[bool]:
    """Return for each point whether it is on the front; the less of each cost, the better.

    Of points that are equal in every way the first is on it.

    Examples
    --------
    >>> on_front([(1, 3), (2, 2), (3, 3), (2, 2)])
    [True, True, False, False]
    """
    table = np.array(costs, dtype=np.float64).reshape(len(costs), -1)
    kept = []
    for i, own in enumerate(table):
        as_good = (table <= own).all(axis=1)
        same = (table == own).all(axis=1)
        better = as_good & ~same
        kept.append(not better.any() and int(np.argmax(same)) == i)
    return kept
