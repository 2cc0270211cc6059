"""What the boosting libraries have in common here: rounds, early stopping, how to be quicker, and
how a model goes on with further trees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import Fitted
from pliant.runtime.ops import Op

MAX_ROUNDS = 1000
MAX_RATE = 0.3


@dataclass(frozen=True)
class BoostingConfig:
    """A configuration with a step size."""

    learning_rate: float = 0.1


Config = TypeVar("Config", bound=BoostingConfig)


def patience(learning_rate: float, n_rows: int) -> int:
    """Return the rounds without a gain after which boosting stops: more for small steps, few rows.

    On many rows `3 / learning_rate`, so that 92,000 rows of a noisy AUC do not end 8 leaves at
    0.08 after 13 rounds; on up to 10,000 rows at least 100.
    """
    return int(max(20.0, 3.0 / learning_rate, 100 * min(1.0, 1e4 / n_rows)))


def with_larger_steps(config: Config, factor: float) -> Config:
    """Return the configuration with a higher learning rate, which needs fewer rounds."""
    return replace(config, learning_rate=min(MAX_RATE, config.learning_rate * factor))


def continued(fitted: Fitted, more: Fitted) -> Fitted:
    """Return a model with the trees of another after its own.

    The other was trained to go on from the scores of the first: each block of rows that it saw is
    another sample of all, as in stochastic gradient boosting (Friedman, 2002).
    """
    (further,) = (op for op in more.ops if op.name in _APPENDED)
    ops = tuple(
        _APPENDED[op.name](op, further) if op.name in _APPENDED else op for op in fitted.ops
    )
    return replace(more, ops=ops, rounds=fitted.rounds + more.rounds)


def flat(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores as the libraries take them: one dimension where there is one output."""
    return score[:, 0] if score.shape[1] == 1 else score


def _general(op: Op, more: Op) -> Op:
    n_nodes, n_leaves = len(op.arrays["feature"]), len(op.arrays["leaves"])
    arrays = {}
    for name, array in op.arrays.items():
        other = more.arrays[name]
        if name in ("left", "right", "root"):
            other = np.where(other >= 0, other + n_nodes, other - n_leaves).astype(array.dtype)
        arrays[name] = np.concatenate([array, other])
    return replace(op, arrays=arrays)


def _oblivious(op: Op, more: Op) -> Op:
    depth = max(o.arrays["feature"].shape[1] for o in (op, more))
    first, second = _deepened(op, depth), _deepened(more, depth)
    arrays = {name: np.concatenate([first[name], second[name]]) for name in first}
    return replace(op, arrays=arrays)


def _deepened(op: Op, depth: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of trees so deep; to questions that are new, the answer is always no."""
    feature, leaves = op.arrays["feature"], op.arrays["leaves"]
    levels = ((0, 0), (0, depth - feature.shape[1]))
    unused = ((0, 0), (0, 2**depth - leaves.shape[1]), (0, 0))
    return {
        "feature": np.pad(feature, levels),
        "threshold": np.pad(op.arrays["threshold"], levels, constant_values=255),
        "leaves": np.pad(leaves, unused),
    }


_APPENDED = {"trees": _general, "oblivious": _oblivious}
