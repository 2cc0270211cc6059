"""Whole-number leaves: half the bytes of float32, and sums that byte shuffles can make."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import Fitted
from pliant.runtime.ops import Op

GREATEST = 32_767
"""The greatest int16: what the leaf furthest from 0 becomes."""


def with_whole_leaves(fitted: Fitted) -> Fitted:
    """Return a fitted model whose trees have int16 leaves, see `quantise`."""
    return replace(fitted, ops=tuple(quantise(op) for op in fitted.ops))


def quantise(op: Op) -> Op:
    """Return an op of trees with int16 leaves and a scale in place of float32 leaves.

    Other ops, and trees whose leaves are whole numbers already or not finite, are returned as they
    are. No output differs by more than `quantise_error` of the op.
    """
    leaves = op.arrays.get("leaves")
    if op.name not in ("trees", "oblivious") or leaves is None or leaves.dtype != np.float32:
        return op
    if not leaves.size or not np.isfinite(leaves).all():
        return op
    step = _step(leaves)
    whole = np.rint(leaves.astype(np.float64) / step).astype(np.int16)
    scale = np.full(int(op.settings["outputs"]), step)
    return replace(op, arrays={**op.arrays, "leaves": whole, "scale": scale})


def quantise_error(op: Op) -> float:
    """Return a bound on how far `quantise` may move an output of an op, 0.0 where it leaves it.

    Every tree adds one leaf to an output, which moved by half a step at most.
    """
    if quantise(op) is op:
        return 0.0
    n_trees = len(op.arrays["feature" if op.name == "oblivious" else "root"])
    return (n_trees / 2 + 1) * _step(op.arrays["leaves"])  # and the rounding of the sums


def _step(leaves: NDArray[np.float32]) -> float:
    """Return what one whole number is worth."""
    return float(np.abs(leaves).max()) / GREATEST or 1.0
