"""Trees in the form of ONNX's op TreeEnsemble, computed in float64.

Every inner node asks whether a value is at most its split, and NaN is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from pliant.compile.onnx.graph import Graph, Tensor
from pliant.core.errors import ExportError
from pliant.runtime.trees import ObliviousArrays, TreeArrays

MAX_NODES = 20_000_000
"""Nodes and leaves of an ensemble: an ONNX file ends at 2 GB."""

_LEQ, _SUM, _NO_LINK = 0, 1, 0
"""What TreeEnsemble calls "at most", the sum of trees, and no function after it."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FlatTrees:
    """Inner nodes and leaves of all trees.

    `feature` int64 (N,), `split` float64 (N,). `yes`, `no` int64 (N,): where a value goes that is
    at most the split, and any other; at least 0 an inner node, else the leaf ~child.
    `root` int64 (T,): inner nodes. `target` int64 (L,): the output that a leaf adds to.
    `weight` float64 (L,): what it adds.
    """

    feature: Ints
    split: NDArray[np.float64]
    yes: Ints
    no: Ints
    root: Ints
    target: Ints
    weight: NDArray[np.float64]


def emit_ensemble(graph: Graph, source: Tensor, trees: FlatTrees, n_targets: int) -> Tensor:
    """Return float64 (n, n_targets): the sums of the leaves that the rows of `source` reach."""
    children: dict[str, Any] = {}
    for name, child in (("true", trees.yes), ("false", trees.no)):
        children[f"nodes_{name}nodeids"] = np.where(child < 0, ~child, child).tolist()
        children[f"nodes_{name}leafs"] = (child < 0).astype(np.int64).tolist()
    return graph.node(
        "TreeEnsemble",
        [source],
        "float64",
        n_targets,
        n_targets=n_targets,
        aggregate_function=_SUM,
        post_transform=_NO_LINK,
        nodes_featureids=trees.feature.tolist(),
        nodes_splits=numpy_helper.from_array(trees.split),
        nodes_modes=numpy_helper.from_array(np.full(len(trees.feature), _LEQ, dtype=np.uint8)),
        tree_roots=trees.root.tolist(),
        leaf_targetids=trees.target.tolist(),
        leaf_weights=numpy_helper.from_array(trees.weight),
        **children,
    )


def emit_bins(graph: Graph, values: Tensor, edges: NDArray[np.float64], offsets: Ints) -> Tensor:
    """Return codes of values: a tree a column that searches its edges, and knows what is NaN."""
    trees = search_trees(edges, offsets)
    return emit_ensemble(graph, graph.cast(values, "float64"), trees, values.width)


def search_trees(edges: NDArray[np.float64], offsets: Ints) -> FlatTrees:
    """Return trees that say the code of a value: a root that asks for NaN, then a bisection."""
    feature, split, leaves = list[int](), list[float](), list[tuple[int, float]]()
    child: tuple[list[int], list[int]] = [], []
    roots = []

    def ask(column: int, edge: float, parent: int, side: int) -> int:
        """Add a question below a parent, on its side 0, yes, or 1, no."""
        feature.append(column)
        split.append(edge)
        for answer in child:
            answer.append(0)
        if parent >= 0:
            child[side][parent] = len(feature) - 1
        return len(feature) - 1

    for column, (start, stop) in enumerate(pairwise(offsets.tolist())):
        leaf = len(leaves)
        leaves += [(column, float(code)) for code in range(stop - start + 2)]
        roots.append(ask(column, np.inf, -1, 0))
        child[1][-1] = ~leaf
        waiting = [(roots[-1], 0, 1, stop - start + 1)]
        while waiting:
            parent, side, low, high = waiting.pop()
            if low == high:
                child[side][parent] = ~(leaf + low)
                continue
            middle = (low + high) // 2
            own = ask(column, float(edges[start + middle - 1]), parent, side)
            waiting += [(own, 1, middle + 1, high), (own, 0, low, middle)]
    target, weight = (np.array(part) for part in zip(*leaves, strict=True))
    nodes = np.array(feature), np.array(split), np.array(child[0]), np.array(child[1])
    return FlatTrees(*nodes, np.array(roots), target, weight)


def general(trees: TreeArrays) -> tuple[FlatTrees, Ints, Ints]:
    """Return general trees, nodes that they share copied, and the tree and number of each leaf.

    Targets and weights are 0, to be given.

    Raises
    ------
    ExportError
        When there are more than `MAX_NODES`.
    """
    # A tree that is a leaf becomes a question whose answers are the same.
    alone = np.flatnonzero(trees.root < 0)
    feature = np.append(trees.feature.astype(np.int64), np.zeros(len(alone), dtype=np.int64))
    split = np.append(trees.threshold.astype(np.float64), np.zeros(len(alone)))
    below = [np.append(side, trees.root[alone]).astype(np.int64) for side in _sides(trees)]
    at, tree = trees.root.astype(np.int64), np.arange(len(trees.root))
    at[alone] = len(trees.feature) + np.arange(len(alone))
    nodes, children, leaves, owners = [np.empty(0, np.int64)], [], [], []
    n_nodes = n_leaves = 0
    while len(at):
        n_nodes += len(at)
        child = np.concatenate([side[at] for side in below])
        owner, leaf = np.tile(tree, 2), child < 0
        number = np.where(leaf, ~(n_leaves + np.cumsum(leaf) - 1), n_nodes + np.cumsum(~leaf) - 1)
        n_leaves += int(leaf.sum())
        if n_nodes + n_leaves > MAX_NODES:
            raise ExportError(f"expected trees of at most {MAX_NODES} nodes and leaves, got more")
        nodes.append(at)
        children.append(number.reshape(2, -1))
        leaves.append(~child[leaf])
        owners.append(owner[leaf])
        at, tree = child[~leaf], owner[~leaf]
    node, (yes, no) = np.concatenate(nodes), np.concatenate(children, axis=1)
    nothing = np.zeros(n_leaves)
    roots = np.arange(len(trees.root))
    found = FlatTrees(feature[node], split[node], yes, no, roots, nothing.astype(np.int64), nothing)
    return found, np.concatenate(owners), np.concatenate(leaves)


def _sides(trees: TreeArrays) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return trees.left, trees.right


def general_of(trees: ObliviousArrays) -> TreeArrays:
    """Return oblivious trees as general ones: each level's question at all of its nodes."""
    n_trees, depth = trees.feature.shape
    n_inner, n_leaves = 2**depth - 1, 2**depth
    place = np.arange(n_inner)
    level = np.floor(np.log2(place + 1)).astype(np.intp)
    first = np.arange(n_trees)[:, None] * n_inner
    path = place + 1 - 2**level  # which answers led here, the first question's in bit 0
    child = [path + (side << level) for side in (0, 1)]
    last = level == depth - 1
    inner = [first + 2 ** (level + 1) - 1 + side for side in child]
    leaf = [~(np.arange(n_trees)[:, None] * n_leaves + side) for side in child]
    left, right = (
        np.where(last, a, b).astype(np.int32).reshape(-1) for a, b in zip(leaf, inner, strict=True)
    )
    return TreeArrays(
        trees.feature[:, level].reshape(-1),
        trees.threshold[:, level].reshape(-1),
        left,
        right,
        (first[:, 0] if depth else ~np.arange(n_trees)).astype(np.int32),
        np.zeros(n_trees, dtype=np.uint16),
        trees.leaves.reshape(n_trees * n_leaves, trees.leaves.shape[2]),
        trees.scale,
    )
