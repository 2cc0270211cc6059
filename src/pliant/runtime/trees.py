"""Trees over uint8 codes: sums of leaf values, in two shapes of tree.

The NumPy functions here are the meaning; the compiled kernel, where it was built, computes the
same to the last bit. Both round alike because both add in one order: each output starts at 0.0
in float64, and float32 leaf values are added to it tree by tree, from the first to the last.
Leaves may also be int16, with a float64 `scale` for each output: their sums are whole numbers, so
exact in any order, and are multiplied by the scale in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.level import HAVE_KERNEL

if HAVE_KERNEL:
    from pliant.runtime import _kernel

TREE_ARRAYS = ("feature", "threshold", "left", "right", "root", "output", "leaves")
OBLIVIOUS_ARRAYS = ("feature", "threshold", "leaves")
"""The arrays of both shapes in order; `scale` may follow."""

NativeStep = tuple[str, tuple[int, ...], tuple[NDArray[Any], ...], int]
"""A step as the kernel takes it: name, numbers of the wires that it reads, arrays, a setting."""

_CHUNK_BYTES = 64 << 20
"""About how much memory the NumPy functions take beside their result."""

_BYTES_A_CELL = 64
"""What they take for each row, tree and value, from the first gather to the sum."""


class _Arrays:
    """What both shapes share; the packed copies that the kernel runs stay out of pickles."""

    feature: NDArray[np.uint16]

    @cached_property
    def width(self) -> int:
        """The number of feature columns that the trees need."""
        return int(self.feature.max()) + 1 if self.feature.size else 0

    @cached_property
    def _packed(self) -> dict[int, object]:
        """Programs of one step, by their number of outputs."""
        return {}

    def _run(
        self, name: str, order: tuple[str, ...], codes: NDArray[np.uint8], n_outputs: int
    ) -> NDArray[np.float64]:
        """Return the sums from the kernel."""
        if n_outputs not in self._packed:
            arrays = [getattr(self, array) for array in (*order, "scale")]
            step = (name, (0,), tuple(a for a in arrays if a is not None), n_outputs)
            self._packed[n_outputs] = _kernel.pack_program(((0, self.width),), (step,), (1,))
        out = np.empty((len(codes), n_outputs))
        _kernel.run_program(self._packed[n_outputs], (codes,), (out,))
        return out

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if not k.startswith("_")}


@dataclass(frozen=True, eq=False)
class TreeArrays(_Arrays):
    """General trees, the inner nodes of all of them concatenated; not to be changed in place.

    `feature` uint16 (N,), `threshold` uint8 (N,): a code <= threshold goes left.
    `left`, `right` int32 (N,): a child >= 0 is an inner node, after its parent in these arrays;
    a child < 0 is the leaf ~child. `root` int32 (T,): the same, so a tree may be a single leaf.
    `output` uint16 (T,): the first output column that the tree adds to.
    `leaves` float32 (L, V): V values a leaf, added to the columns output ... output + V - 1.
    Or `leaves` int16 (L, V), and `scale` float64 (n_outputs,).
    """

    feature: NDArray[np.uint16]
    threshold: NDArray[np.uint8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    root: NDArray[np.int32]
    output: NDArray[np.uint16]
    leaves: NDArray[np.float32 | np.int16]
    scale: NDArray[np.float64] | None = None

    @cached_property
    def n_outputs(self) -> int:
        """The number of output columns that the trees need."""
        return int(self.output.max()) + self.leaves.shape[1] if len(self.output) else 0


@dataclass(frozen=True, eq=False)
class ObliviousArrays(_Arrays):
    """Oblivious trees: one question a level; not to be changed in place.

    `feature` uint16 (T, D), `threshold` uint8 (T, D): bit j of a leaf's number is
    "code of feature[t, j] > threshold[t, j]". A tree that is less deep pads with feature 0 and
    threshold 255, whose bit is always 0. `leaves` float32 (T, 2**D, V): V values a leaf,
    added to all V output columns. Or `leaves` int16 (T, 2**D, V), and `scale` float64 (V,).
    """

    feature: NDArray[np.uint16]
    threshold: NDArray[np.uint8]
    leaves: NDArray[np.float32 | np.int16]
    scale: NDArray[np.float64] | None = None


def general_trees(
    codes: NDArray[np.uint8], trees: TreeArrays, n_outputs: int
) -> NDArray[np.float64]:
    """Return float64 (n, n_outputs): for each row of uint8 `codes` (n, F) its leaves' sums.

    `trees` have passed `tree_rules.check`.

    Raises
    ------
    ValueError
        When `codes` has another shape or dtype, or too few columns for the trees.
    """
    if HAVE_KERNEL:
        return trees._run("trees", TREE_ARRAYS, codes, n_outputs)
    _expect_codes(codes, trees.width)
    if trees.n_outputs > n_outputs:
        raise ValueError(f"expected {trees.n_outputs} outputs or more, got {n_outputs}")
    sums = _sum_in_chunks(
        codes, trees.leaves, trees.output, n_outputs, lambda part: _general_leaf(part, trees)
    )
    return sums if trees.scale is None else sums * trees.scale


def oblivious_trees(
    codes: NDArray[np.uint8], trees: ObliviousArrays, n_outputs: int
) -> NDArray[np.float64]:
    """Return float64 (n, n_outputs): for each row of uint8 `codes` (n, F) its leaves' sums.

    `trees` have passed `tree_rules.check`; `n_outputs` is the V of their leaves.

    Raises
    ------
    ValueError
        When `codes` has another shape or dtype, or too few columns for the trees.
    """
    if HAVE_KERNEL:
        return trees._run("oblivious", OBLIVIOUS_ARRAYS, codes, n_outputs)
    _expect_codes(codes, trees.width)
    n_trees, n_leaves, n_values = trees.leaves.shape
    if n_values != n_outputs:
        raise ValueError(f"expected {n_values} outputs, got {n_outputs}")
    leaves = trees.leaves.reshape(n_trees * n_leaves, n_values)
    output = np.zeros(n_trees, dtype=np.uint16)
    sums = _sum_in_chunks(
        codes, leaves, output, n_outputs, lambda part: _oblivious_leaf(part, trees)
    )
    return sums if trees.scale is None else sums * trees.scale


def _expect_codes(codes: NDArray[np.uint8], width: int) -> None:
    if codes.ndim != 2 or codes.dtype != np.uint8:
        raise ValueError(f"expected codes uint8 (n, F), got {codes.dtype} {codes.shape}")
    if codes.shape[1] < width:
        raise ValueError(f"expected codes of {width} columns or more, got {codes.shape[1]}")


def _general_leaf(codes: NDArray[np.uint8], trees: TreeArrays) -> NDArray[np.int64]:
    """Return the leaf of each row and tree, int64 (n, T), walking all of them level by level."""
    n, width = codes.shape
    n_trees = len(trees.root)
    flat = codes.reshape(-1)
    row_start = np.repeat(np.arange(n) * width, n_trees)
    at = np.tile(trees.root.astype(np.int64), n)
    walking = np.flatnonzero(at >= 0)
    while len(walking):
        node = at[walking]
        code = flat[row_start[walking] + trees.feature[node]]
        at[walking] = np.where(code <= trees.threshold[node], trees.left[node], trees.right[node])
        walking = walking[at[walking] >= 0]
    return ~at.reshape(n, n_trees)


def _oblivious_leaf(codes: NDArray[np.uint8], trees: ObliviousArrays) -> NDArray[np.int64]:
    """Return the leaf of each row and tree, int64 (n, T), as rows of the flattened leaves."""
    n_trees, depth = trees.feature.shape
    leaf = np.tile(np.arange(n_trees) << depth, (len(codes), 1))
    for j in range(depth):
        above = codes[:, trees.feature[:, j]] > trees.threshold[:, j]
        leaf |= above.astype(np.int64) << j
    return leaf


def _sum_in_chunks(
    codes: NDArray[np.uint8],
    leaves: NDArray[np.float32 | np.int16],
    output: NDArray[np.uint16],
    n_outputs: int,
    leaf_of: Callable[[NDArray[np.uint8]], NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Return the sums (n, n_outputs), a chunk of rows at a time to bound memory."""
    out = np.zeros((len(codes), n_outputs))
    n_cells = len(output) * leaves.shape[-1]
    step = max(_CHUNK_BYTES // (_BYTES_A_CELL * max(n_cells, 1)), 1)
    column = output.astype(np.int64)[:, None] + np.arange(leaves.shape[-1])
    for start in range(0, len(codes) if n_cells else 0, step):
        leaf = leaf_of(codes[start : start + step])
        cell = np.arange(len(leaf))[:, None, None] * n_outputs + column
        # bincount adds its weights one by one, in float64, in the order in which they stand.
        sums = np.bincount(
            cell.reshape(-1), leaves[leaf].reshape(-1), minlength=len(leaf) * n_outputs
        )
        out[start : start + step] = sums.reshape(len(leaf), n_outputs)
    return out
