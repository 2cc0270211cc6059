"""Splits: which rows train and which validate. No group on both sides, no future in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Roles
from pliant.data.target import Target

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Split:
    """Sorted row numbers to train on and to validate on."""

    train: Rows
    valid: Rows


def make_splits(target: Target, roles: Roles, share: float, folds: int, seed: int) -> list[Split]:
    """Return `folds` splits that each validate about `share` of the rows.

    With `time`, every training row is strictly before every validation row. With `groups`, a
    group is on one side. Otherwise classes are spread evenly. Without time, and with
    `share` = 1 / `folds`, each row validates once.
    """
    if roles.time is not None:
        return _forward(roles.time, roles.groups, share, folds)
    if roles.groups is not None:
        place = _spread_groups(roles.groups, seed)
    else:
        place = _spread_rows(target, seed)
    splits = []
    for k in range(folds):
        low, high = k * share, (k + 1) * share if (k + 1) * share < 0.999 else 1.01
        inside = (place >= low) & (place < high)
        splits.append(Split(np.flatnonzero(~inside), np.flatnonzero(inside)))
    kept = [s for s in splits if len(s.train) and len(s.valid)]
    return kept or _smallest_group(roles.groups)


def _smallest_group(groups: NDArray[np.int64] | None) -> list[Split]:
    """Return the split that validates the smallest group; none where there is one group only."""
    if groups is None:
        return []
    names, counts = np.unique(groups, return_counts=True)
    inside = groups == names[np.argmin(counts)]
    return [] if inside.all() else [Split(np.flatnonzero(~inside), np.flatnonzero(inside))]


def _spread_rows(target: Target, seed: int) -> NDArray[np.float64]:
    """Return a place in [0, 1) a row, such that an interval holds its share of each class."""
    rng = np.random.default_rng(seed)
    n = len(target.values)
    shuffled = rng.permutation(n)
    if target.task == "regression":
        key = target.values[shuffled]
        return _dealt(shuffled[np.argsort(key, kind="stable")], n, rng)
    order = shuffled[np.argsort(target.values[shuffled], kind="stable")]
    return _dealt(order, n, rng)


def _dealt(order: Rows, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return places such that neighbours in `order` lie far apart: a golden-ratio sequence."""
    place = np.empty(n)
    place[order] = (rng.random() + np.arange(n) * 0.6180339887498949) % 1.0
    return place


def _spread_groups(groups: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return one place a group: large groups first, each where fewest rows are so far."""
    names, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    middle = (np.cumsum(counts[order]) - counts[order] / 2) / counts.sum()
    place = np.empty(len(names))
    place[order] = middle
    return np.asarray(place[inverse])


def _forward(
    time: NDArray[np.float64] | NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    share: float,
    folds: int,
) -> list[Split]:
    order = np.argsort(time, kind="stable")
    n = len(order)
    share = min(share, 1 / (folds + 1))
    splits = []
    for k in range(folds):
        start, stop = n - round((folds - k) * share * n), n - round((folds - k - 1) * share * n)
        valid = order[start:stop]
        if len(valid) == 0:
            continue
        train = np.flatnonzero(time < time[valid].min())
        if groups is not None:
            train = train[~np.isin(groups[train], groups[valid])]
        splits.append(Split(train, np.sort(valid)))
    return [s for s in splits if len(s.train) and len(s.valid)]
