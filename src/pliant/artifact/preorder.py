"""Trees whose nodes stand in preorder need no pointers: a bit a node tells all.

In preorder a node is followed by its left subtree, then by its right one, and inner nodes and
leaves are each numbered in that order, tree after tree. Then `left`, `right` and `root` follow
from whether each node, leaves included, is an inner one: two bits an inner node instead of eight
bytes (Jacobson, 1989).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

POINTERS = ("left", "right", "root")
SHAPE = "shape"
"""The array, uint8, of packed bits, which stands for the three."""


def without_pointers(arrays: Arrays) -> Arrays:
    """Return the arrays of trees with their shape instead of pointers; else as they are.

    They are left as they are where nodes do not stand in preorder.
    """
    left, right, root = (arrays[name] for name in POINTERS)
    n_nodes, n_trees = len(left), len(root)
    if not n_nodes or len(right) != n_nodes:
        return arrays
    first = _first_leaf(left)
    place = np.arange(n_nodes) + first
    bits = np.zeros(2 * n_nodes + n_trees, dtype=bool)
    if place.min() < 0 or place.max() >= len(bits):
        return arrays
    bits[place] = True
    packed = {k: v for k, v in arrays.items() if k not in POINTERS} | {SHAPE: np.packbits(bits)}
    try:
        found = with_pointers(packed)
    except ValueError:
        return arrays
    same = all(np.array_equal(found[name], arrays[name]) for name in POINTERS)
    return packed if same else arrays


def with_pointers(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Return the arrays of trees with the pointers that their shape tells.

    Raises
    ------
    ValueError
        When the shape is not that of as many trees and nodes as the other arrays have.
    """
    n_nodes, n_trees = len(arrays["feature"]), len(arrays["output"])
    length = 2 * n_nodes + n_trees
    packed = arrays[SHAPE]
    if packed.dtype != np.uint8 or packed.ndim != 1 or len(packed) != -(-length // 8):
        raise ValueError(f"expected the shape of {n_trees} trees in {-(-length // 8)} bytes")
    bits = np.unpackbits(packed, count=length).astype(bool)
    height = np.cumsum(np.where(bits, 1, -1), dtype=np.int64)
    lowest = np.minimum.accumulate(np.minimum(height, 0))
    ends = np.flatnonzero(np.diff(lowest, prepend=0))
    whole = len(ends) == n_trees and (not length or ends[-1:].tolist() == [length - 1])
    if int(bits.sum()) != n_nodes or not whole:
        raise ValueError(f"expected the shape of {n_trees} trees of {n_nodes} inner nodes in all")
    inner = np.flatnonzero(bits)
    number = np.where(bits, np.cumsum(bits) - 1, ~(np.cumsum(~bits) - 1)).astype(np.int32)
    starts = np.concatenate([np.zeros(1, dtype=np.intp), ends[:-1] + 1])[:n_trees]
    pointers = {
        "left": number[inner + 1],
        "right": number[_next_below(height, inner) + 1],
        "root": number[starts],
    }
    return {k: v for k, v in arrays.items() if k != SHAPE} | pointers


def _next_below(height: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where, after each place, the height is one less for the first time."""
    order = np.lexsort((np.arange(len(height)), height))
    low = int(height.min()) if len(height) else 0
    key = (height[order] - low) * len(height) + order
    wanted = (height[at] - 1 - low) * len(height) + at
    return order[np.searchsorted(key, wanted)]


def _first_leaf(left: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the leftmost leaf below each node, where the left child is a leaf or the next node."""
    n = len(left)
    known = left < 0
    at = np.where(known, np.arange(n), n)
    nearest = np.minimum.accumulate(at[::-1])[::-1]
    leaves = np.append(~left.astype(np.int64), -n)
    return leaves[nearest]
