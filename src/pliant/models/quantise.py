"""Whole-number leaves: half the bytes of float32, and sums that byte shuffles can make."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import Fitted
from pliant.runtime.ops import Op

GREATEST = 32_767
"""The greatest int16: what the leaf furthest from 0 becomes."""

BYTE = 255
"""Steps between the least and the greatest leaf of a tree whose leaves a byte can tell apart."""

ERROR = 1e-3
"""How far rounding may move a boosted model's output, the root of the mean square: in log-odds, or
of a standardised target. The finest steps cost 5 to 20 % more of a file (models of 60 s with them,
and with these: california_housing 1,167 and 958 kB, test RMSE 0.43489 both; diamonds 1,149 and
1,005 kB, 510.63 and 510.66; covtype 1,440 and 1,382 kB, 0.302819 both; adult 135 and 123 kB)."""

BYTE_ERROR = {"identity": 5e-3, "sigmoid": 2e-2, "softmax": 2e-2}
"""How far rounding may move it where a byte can tell a tree's leaves apart then, by link. Errors of
0.02 in log-odds add 5e-5 to a log loss at most, half their mean square times p (1 - p)."""


def with_whole_leaves(fitted: Fitted) -> Fitted:
    """Return a fitted model whose trees have int16 leaves, see `quantise`.

    Shares of classes, the leaves of forests, are as fine as they can be: the logarithm of a small
    one counts.
    """
    known = fitted.link in BYTE_ERROR
    errors = (ERROR, BYTE_ERROR[fitted.link]) if known else (0.0, 0.0)
    return replace(fitted, ops=tuple(quantise(op, *errors) for op in fitted.ops))


def quantise(op: Op, error: float = 0.0, byte_error: float = 0.0) -> Op:
    """Return an op of trees with int16 leaves and a scale in place of float32 leaves.

    Other ops, and trees whose leaves are whole numbers already or not finite, are returned as they
    are. The root of the mean square by which an output moves is about `error`, or that of the
    finest steps of 16 bits where that is more. As many trees as `byte_error` allows, those first
    that it takes least, get steps of their own, a power of two of the others', so that a byte can
    tell their leaves apart; this is for leaves of one value.
    """
    leaves = op.arrays.get("leaves")
    if op.name not in ("trees", "oblivious") or leaves is None or leaves.dtype != np.float32:
        return op
    if not leaves.size or not np.isfinite(leaves).all():
        return op
    step = _step(op, error)
    whole = np.rint(leaves.astype(np.float64) / step).astype(np.int64)
    if leaves.shape[-1] == 1:
        most = _outputs(op) * (byte_error / step) ** 2
        whole = _coarser(whole.reshape(-1), tree_of_leaf(op), most).reshape(leaves.shape)
    scale = np.full(_outputs(op), step)
    return replace(op, arrays={**op.arrays, "leaves": whole.astype(np.int16), "scale": scale})


def tree_of_leaf(op: Op) -> NDArray[np.intp]:
    """Return the tree of each leaf of an op of trees, intp (L,)."""
    if op.name == "oblivious":
        n_trees, n_leaves = op.arrays["leaves"].shape[:2]
        return np.repeat(np.arange(n_trees), n_leaves)
    tree = np.zeros(len(op.arrays["leaves"]), dtype=np.intp)
    at = np.asarray(op.arrays["root"])
    of = np.arange(len(at))
    while len(at):
        ends = at < 0
        tree[~at[ends]] = of[ends]
        inner = at[~ends]
        at = np.concatenate([op.arrays["left"][inner], op.arrays["right"][inner]])
        of = np.tile(of[~ends], 2)
    return tree


def _coarser(whole: NDArray[np.int64], tree: NDArray[np.intp], most: float) -> NDArray[np.int64]:
    """Return whole leaves (L,), those of some trees rounded further, so that the squares by which
    trees' leaves move add up to `most`, in steps of the leaves."""
    order = np.argsort(tree, kind="stable")
    of, starts = np.unique(tree[order], return_index=True)
    least = np.minimum.reduceat(whole[order], starts)
    most_of = np.maximum.reduceat(whole[order], starts)
    span = np.maximum(most_of - least, BYTE - 1)
    shift = np.ceil(np.log2(span / (BYTE - 1))).astype(np.int64)  # ends are rounded too
    moved = np.where(shift > 0, 4.0**shift / 12, 0.0)
    cheapest = np.argsort(moved, kind="stable")
    shift[cheapest[np.cumsum(moved[cheapest]) > most]] = 0
    shift[most_of + (1 << shift) > GREATEST] = 0
    by = shift[np.searchsorted(of, tree)]
    return np.asarray(np.rint(whole / 2.0**by).astype(np.int64) << by)


def _step(op: Op, error: float) -> float:
    """Return what one whole number is worth.

    A leaf that is rounded moves by the root of 1/12 of a step, and as many as there are trees add.
    """
    finest = float(np.abs(op.arrays["leaves"]).max()) / GREATEST or 1.0
    return max(finest, error * math.sqrt(12 / _trees_an_output(op)))


def _outputs(op: Op) -> int:
    return int(op.settings["outputs"])


def _trees_an_output(op: Op) -> int:
    """Return how many trees add to an output, the most where they are not the same number."""
    if op.name == "oblivious":
        return len(op.arrays["feature"])
    return int(np.bincount(op.arrays["output"], minlength=1).max())
