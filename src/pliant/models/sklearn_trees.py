"""Trees of scikit-learn as an op over codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.ops import Op


@dataclass(frozen=True)
class Grown:
    """One tree, a node a place, every parent before its children.

    `feature` intp (N,), `threshold` int (N,): a code <= threshold goes left; of leaves neither
    counts. `left`, `right` intp (N,): the places of the children, below 0 for a leaf. `value`
    float64 (N, V): what a leaf says. `output` is the first output that it adds to.
    """

    feature: NDArray[Any]
    threshold: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    value: NDArray[np.float64]
    output: int = 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return inner nodes and leaves numbered apart, a leaf i as ~i."""
        leaf = self.left < 0
        number = np.where(leaf, ~(np.cumsum(leaf) - 1), np.cumsum(~leaf) - 1)
        inner = ~leaf
        return {
            "feature": self.feature[inner],
            "threshold": np.clip(self.threshold[inner], 0, 255),
            "left": number[self.left[inner]],
            "right": number[self.right[inner]],
            "root": number[:1],
            "value": self.value[leaf],
        }


def trees_op(trees: Sequence[Grown], output: str, n_outputs: int) -> Op:
    """Return trees as an op from the wire `X`: the sum of what they say, (n, n_outputs)."""
    parts = [tree.arrays() for tree in trees]
    nodes = np.cumsum([0, *(len(part["feature"]) for part in parts)])
    leaves = np.cumsum([0, *(len(part["value"]) for part in parts)])
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    arrays: dict[str, NDArray[Any]] = {
        "feature": joined["feature"].astype(np.uint16),
        "threshold": joined["threshold"].astype(np.uint8),
        "output": np.array([tree.output for tree in trees], dtype=np.uint16),
        "leaves": joined["value"].astype(np.float32),
    }
    n_roots = np.arange(len(parts) + 1)
    for side, cuts in (("left", nodes), ("right", nodes), ("root", n_roots)):
        moved = [
            np.where(joined[side][a:b] >= 0, joined[side][a:b] + n, joined[side][a:b] - leaf)
            for (a, b), n, leaf in zip(pairwise(cuts), nodes, leaves, strict=False)
        ]
        arrays[side] = np.concatenate(moved).astype(np.int32)
    return Op("trees", ("X",), output, arrays, {"outputs": n_outputs})
