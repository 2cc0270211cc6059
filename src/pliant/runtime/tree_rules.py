"""The rules that arrays of trees obey, checked before anything walks them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.trees import ObliviousArrays, TreeArrays

MAX_DEPTH = 16
"""The greatest depth of an oblivious tree."""

MAX_NODES = 2**29 - 1
"""The most inner nodes, and the most trees, of one `TreeArrays`."""


def check(trees: TreeArrays | ObliviousArrays, n_features: int, n_outputs: int) -> None:
    """Raise ValueError with a sentence unless the arrays obey every rule of their class.

    To be called once, when a program is built or loaded: what evaluates trees trusts them.
    That a child comes after its parent is what makes every walk end.
    """
    if isinstance(trees, TreeArrays):
        _check_general(trees, n_outputs)
    else:
        _check_oblivious(trees, n_outputs)
    if trees.width > n_features:
        raise ValueError(
            f"expected tree features below {n_features}, got feature {trees.width - 1}"
        )


def _check_general(trees: TreeArrays, n_outputs: int) -> None:
    nodes, n_trees = (np.size(trees.feature),), (np.size(trees.root),)
    _expect_array("feature", trees.feature, np.uint16, nodes)
    _expect_array("threshold", trees.threshold, np.uint8, nodes)
    _expect_array("left", trees.left, np.int32, nodes)
    _expect_array("right", trees.right, np.int32, nodes)
    _expect_array("root", trees.root, np.int32, n_trees)
    _expect_array("output", trees.output, np.uint16, n_trees)
    _expect_leaves(trees, (None, None), n_outputs)
    if max(nodes[0], n_trees[0]) > MAX_NODES:
        raise ValueError(f"expected at most {MAX_NODES} nodes and trees, got more")
    if trees.leaves.shape[1] < 1:
        raise ValueError("expected one value a leaf or more, got none")
    if trees.n_outputs > n_outputs:
        raise ValueError(
            f"expected trees that add to {n_outputs} outputs, got output {trees.n_outputs - 1}"
        )
    own = np.arange(nodes[0])
    _check_children("left", trees.left, own, trees)
    _check_children("right", trees.right, own, trees)
    _check_children("root", trees.root, np.full(n_trees, -1), trees)


def _check_children(
    name: str, child: NDArray[np.int32], parent: NDArray[np.int64], trees: TreeArrays
) -> None:
    n_nodes, n_leaves = len(trees.feature), len(trees.leaves)
    inner = child >= 0
    good = np.where(inner, (child > parent) & (child < n_nodes), ~child < n_leaves)
    if not good.all():
        i = int(np.argmin(good))
        raise ValueError(
            f"expected {name}[{i}] to be one of {n_leaves} leaves or a node after its parent "
            f"and below {n_nodes}, got {child[i]}"
        )


def _check_oblivious(trees: ObliviousArrays, n_outputs: int) -> None:
    _expect_array("feature", trees.feature, np.uint16, (None, None))
    n_trees, depth = trees.feature.shape
    if depth > MAX_DEPTH:
        raise ValueError(f"expected a depth of at most {MAX_DEPTH}, got {depth}")
    _expect_array("threshold", trees.threshold, np.uint8, (n_trees, depth))
    _expect_leaves(trees, (n_trees, 2**depth, n_outputs), n_outputs)
    if n_outputs < 1:
        raise ValueError("expected one value a leaf or more, got none")


def _expect_leaves(
    trees: TreeArrays | ObliviousArrays, shape: tuple[int | None, ...], n_outputs: int
) -> None:
    _expect_array("leaves", trees.leaves, np.float32 if trees.scale is None else np.int16, shape)
    if trees.scale is not None:
        _expect_array("scale", trees.scale, np.float64, (n_outputs,))
        if not np.isfinite(trees.scale).all():
            raise ValueError("expected a finite scale, got NaN or an infinity")


def _expect_array(name: str, array: object, dtype: type, shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless the array is plain memory of that dtype and shape (None: any)."""
    wanted = f"expected {name} as a C-contiguous {dtype.__name__} array of shape {shape}"
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{wanted}, got {type(array).__name__}")
    same = len(shape) == array.ndim and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=True)
    )
    plain = array.flags.c_contiguous and array.flags.aligned
    if not (same and plain and array.dtype == np.dtype(dtype)):
        raise ValueError(f"{wanted}, got {array.dtype} {array.shape}")
