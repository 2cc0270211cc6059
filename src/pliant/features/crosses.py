"""Crosses: pairs of categories as categories of their own.

A table of categories alone always gets them. Elsewhere they help or harm (LightGBM, test AUC:
bank-marketing 0.9338 and 0.9352 with them, adult 0.9314 and 0.9305), so that they are a candidate's
choice: see `Candidate.view`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pliant.features.block import Block
from pliant.features.target_encoding import (
    Supervision,
    TargetEncoding,
    count_statistic,
    lookup_block,
    target_encodings,
)
from pliant.runtime.kinds import FIRST_LEVEL, UNSEEN
from pliant.runtime.ops import Op

MAX_COLUMNS = 12
"""Columns beyond which their pairs are too many."""

MIN_ROWS = 2
"""Rows of a pair below which it is read as unseen."""


def pairs_of(n_ids: Sequence[int], n_answers: int) -> list[tuple[int, int]]:
    """Return the pairs of columns that are crossed, by their numbers of ids; none of too many."""
    wide = [j for j, n in enumerate(n_ids) if n > FIRST_LEVEL + 2]
    if len(wide) > MAX_COLUMNS or n_answers > 1:
        return []
    return list(combinations(wide, 2))


def cross_block(
    ids: NDArray[np.int32], columns: Sequence[tuple[str, int]], supervision: Supervision
) -> Block | None:
    """Return target statistics and counts of all pairs of the given columns of ids."""
    pairs = pairs_of([n_ids for _, n_ids in columns], supervision.answers.shape[1])
    if not pairs:
        return None
    keys: list[NDArray[np.int64]] = []
    picked: list[tuple[int, TargetEncoding]] = []
    for a, b in pairs:
        name, base = f"{columns[a][0]} x {columns[b][0]}", columns[b][1]
        key = ids[:, a].astype(np.int64) * base + ids[:, b]
        known, own = _rank(key)
        j, n_ids = len(keys), len(known) + FIRST_LEVEL
        keys.append(known)
        picked += [(j, s) for s in target_encodings(name, own, n_ids, supervision)]
        picked.append((j, count_statistic(name, own, n_ids)))
    op = Op(
        "cross",
        ("ids",),
        "crosses",
        {
            "first": np.array([a for a, _ in pairs], dtype=np.uint16),
            "second": np.array([b for _, b in pairs], dtype=np.uint16),
            "base": np.array([columns[b][1] for _, b in pairs], dtype=np.int64),
            "keys": np.concatenate(keys),
            "offsets": np.cumsum([0, *(len(k) for k in keys)], dtype=np.int64),
        },
    )
    block = lookup_block(picked, op.output)
    return Block((op, *block.ops), block.output, block.features, block.train)


def _rank(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the sorted keys of enough rows, and each row's id: its rank plus 2, else unseen."""
    found, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    enough = counts >= MIN_ROWS
    if not enough.any():
        enough[0] = True
    rank = np.where(enough, np.cumsum(enough) - 1 + FIRST_LEVEL, UNSEEN).astype(np.int32)
    return found[enough], rank[inverse]
