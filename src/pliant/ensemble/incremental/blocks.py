"""Blocks: as many rows as memory holds, made into features a pile at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Table
from pliant.data.target import Target
from pliant.models.base import OUTPUT_BYTES, Part, Shape
from pliant.models.family import Family, IncrementalFamily
from pliant.training.study import Member

ROW_BYTES = 24
"""Bytes a row for its target, its weight, and its place in a tree."""

FEWEST_ROWS = 20_000
"""Rows of a block below which it is too small a sample of all to learn from."""


def row_bytes(family: Family, shape: Shape) -> float:
    """Return about how many bytes learning from a block takes for each of its rows."""
    a_cell = family.bytes_per_cell
    if isinstance(family, IncrementalFamily):
        a_cell = family.bytes_per_block_cell
    return ROW_BYTES + a_cell * shape.features + 2 * OUTPUT_BYTES * shape.outputs


def cuts(n_rows: int, n_blocks: int) -> list[int]:
    """Return where rows are cut into blocks of equal size, from 0 to `n_rows`.

    Examples
    --------
    >>> cuts(100_000, 3)
    [0, 33333, 66666, 100000]
    """
    return [n_rows * i // n_blocks for i in range(n_blocks + 1)]


def gathered(tables: Iterable[Table], n_rows: int, member: Member) -> Part:
    """Return `n_rows` rows as a member reads them; only one of the tables is held at a time."""
    features = member.features
    X = np.empty((n_rows, len(features.features)), dtype=np.uint8)
    targets, weights, at = list[Target](), list[NDArray[np.float64]](), 0
    for table in tables:
        X[at : at + len(table)] = features(table.coded)
        targets.append(member.scale.down(table.target))
        if table.roles.weight is not None:
            weights.append(table.roles.weight)
        at += len(table)
    target = replace(targets[0], values=np.concatenate([t.values for t in targets]))
    return Part(X, target, np.concatenate(weights) if weights else None)
