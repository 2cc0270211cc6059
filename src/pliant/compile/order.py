"""Nodes of trees, renumbered in preorder: what a walk visits next lies next, and files get small.

Leaves are renumbered too. Which leaf a row falls into, and in what order leaves are added, stays
the same, so predictions are the same to the last bit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.ops import Op

Ints = NDArray[np.int64]


def in_preorder(op: Op) -> Op:
    """Return an op "trees" with its nodes in preorder; any other op as it is.

    Nodes and leaves that no tree reaches are left out. Trees that share nodes are left alone.
    """
    if op.name != "trees":
        return op
    left, right, root = (op.arrays[k].astype(np.int64) for k in ("left", "right", "root"))
    children = np.concatenate([left, right, root])
    inner, leaf = children[children >= 0], ~children[children < 0]
    if len(np.unique(inner)) < len(inner) or len(np.unique(leaf)) < len(leaf):
        return op
    levels = _levels(left, right, root)
    size = _sizes(left, right, levels)
    node, order = _places(left, right, root, size)
    leaf_order = order[order < 0]
    kept = order[order >= 0]
    new_leaf = np.zeros(len(op.arrays["leaves"]), dtype=np.int64)
    new_leaf[~leaf_order] = np.arange(len(leaf_order))
    arrays = dict(op.arrays)
    for name, child in (("left", left[kept]), ("right", right[kept]), ("root", root)):
        moved = np.where(child >= 0, node[np.maximum(child, 0)], ~new_leaf[np.maximum(~child, 0)])
        arrays[name] = moved.astype(np.int32)
    arrays["feature"] = op.arrays["feature"][kept]
    arrays["threshold"] = op.arrays["threshold"][kept]
    arrays["leaves"] = np.ascontiguousarray(op.arrays["leaves"][~leaf_order])
    return replace(op, arrays=arrays)


def _levels(left: Ints, right: Ints, root: Ints) -> list[Ints]:
    """Return the inner nodes by their depth."""
    levels, at = [], root[root >= 0]
    while len(at):
        levels.append(at)
        below = np.concatenate([left[at], right[at]])
        at = below[below >= 0]
    return levels


def _sizes(left: Ints, right: Ints, levels: list[Ints]) -> Ints:
    """Return how many nodes, leaves included, the subtree of each inner node has."""
    size = np.ones(len(left) + 1, dtype=np.int64)  # the last stands for every leaf
    for at in reversed(levels):
        size[at] = 1 + size[np.maximum(left[at], -1)] + size[np.maximum(right[at], -1)]
    return size


def _places(left: Ints, right: Ints, root: Ints, size: Ints) -> tuple[Ints, Ints]:
    """Return the new number of each inner node, and old numbers (leaf i as ~i) in preorder."""
    whole = size[np.maximum(root, -1)]
    at, place = root, np.cumsum(whole) - whole
    order = np.empty(int(whole.sum()), dtype=np.int64)
    while len(at):
        order[place] = at
        inner = at >= 0
        parent, own = at[inner], place[inner]
        at = np.concatenate([left[parent], right[parent]])
        place = np.concatenate([own + 1, own + 1 + size[np.maximum(left[parent], -1)]])
    node = np.zeros(len(left) + 1, dtype=np.int64)  # one to look up where no tree has a question
    kept = order[order >= 0]
    node[kept] = np.arange(len(kept))
    return node, order
