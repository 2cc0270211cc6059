"""Linear models of sparse rows, by AdaGrad in small batches (Duchi, Hazan and Singer 2011).

One solver for all tasks, since scores of all outputs are one product of a batch and the weights:
logistic and multinomial regression, and least squares. It stops between two batches when time is
up, and what it has by then is a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.deadline import Deadline
from pliant.runtime.ops.outputs import apply_link

Floats = NDArray[np.float32]

MIN_BATCHES = 16
"""Steps of an epoch at least, of rows that are that many."""

LAST_STEP = 0.05
"""The last step's share of the first one's size; steps shrink evenly."""


@dataclass(frozen=True)
class Descent:
    """How weights are learned: `epochs` passes in batches of `batch` rows, fewer where an epoch
    would have less than `MIN_BATCHES`; steps of size `rate`; and an L2 penalty of `l2` a weight,
    against the sum of the losses of all rows.
    """

    l2: float = 0.01
    rate: float = 1.0
    epochs: int = 6
    batch: int = 256


@dataclass(frozen=True)
class Learned:
    """Weights float32 (p, V) and biases float32 (V,); `finished` unless time was up before."""

    weights: Floats
    bias: Floats
    finished: bool


def descend(
    rows: Any, answers: Floats, weight: Floats, prior: Floats, how: Descent, run: Run
) -> Learned:
    """Return the linear model of sparse `rows` (n, p), CSR of float32, and `answers` (n, V).

    `weight` (n,) are those of the rows, 1 in the mean. `prior` (p, 1) or (p, V) is the standard
    deviation that each weight is expected to have: weights are learned in multiples of it.
    """
    n, n_outputs = answers.shape
    scaled = np.zeros((rows.shape[1], n_outputs), dtype=np.float32)
    squares = np.full_like(scaled, 1e-6)
    bias = run.start(answers, weight)
    bias_squares = np.full_like(bias, 1e-2)
    order = np.random.default_rng(run.seed)
    size = max(1, min(how.batch, n // MIN_BATCHES))
    n_batches = -(-n // size)
    done, total = 0, how.epochs * n_batches
    shared = prior.shape[1] == 1
    if shared:
        rows = rows.multiply(prior[:, 0]).tocsr()
    for _ in range(how.epochs):
        shuffled = rows[(drawn := order.permutation(n))]
        for a in range(0, n, size):
            if run.deadline.remaining() <= 0 and done:
                return Learned(scaled * prior, bias, finished=False)
            batch, own = shuffled[a : a + size], drawn[a : a + size]
            score = batch @ (scaled if shared else scaled * prior) + bias
            error = apply_link(score, run.link).astype(np.float32) - answers[own]
            error *= (weight[own] / len(own))[:, None]
            gradient = batch.T @ error
            if not shared:
                gradient *= prior
            step = how.rate * (1 - (1 - LAST_STEP) * done / total)
            _update(scaled, gradient, squares, (step, how.l2 / n))
            _update(bias, error.sum(axis=0), bias_squares, (step * 0.1, 0.0))
            done += 1
    return Learned(scaled * prior, bias, finished=True)


@dataclass(frozen=True)
class Run:
    """What a descent runs under: the link of its scores, a deadline and a seed."""

    link: str
    deadline: Deadline
    seed: int = 0

    def start(self, answers: Floats, weight: Floats) -> Floats:
        """Return the biases (V,) of a model without weights."""
        mean = np.average(answers, axis=0, weights=weight)
        if self.link == "identity":
            return mean.astype(np.float32)
        share = np.clip(mean, 1e-4, 1 - 1e-4)
        odds = np.log(share) if self.link == "softmax" else np.log(share / (1 - share))
        return odds.astype(np.float32)


def _update(
    values: Floats, gradient: Floats, squares: Floats, step_and_penalty: tuple[float, float]
) -> None:
    """Take a step down the gradient and the penalty's, in place."""
    step, penalty = step_and_penalty
    if penalty:
        gradient += penalty * values
    squares += gradient * gradient
    gradient /= np.sqrt(squares)
    values -= np.float32(step) * gradient
