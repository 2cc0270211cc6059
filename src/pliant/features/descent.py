"""Linear models of sparse rows, by AdaGrad in small batches (Duchi, Hazan and Singer 2011).

A step moves those weights alone whose columns the batch has. The L2 penalty, by a proximal step as
in their composite mirror descent, is made up for when a weight's turn comes. So a step costs what
its batch holds, however many columns there are.

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

BIAS_RATE = 0.1
"""The size of a bias's steps, beside those of weights."""

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
    n, shared = len(answers), prior.shape[1] == 1
    weights = _Weights.none(rows.shape[1], answers.shape[1])
    bias = run.start(answers, weight)
    bias_squares = np.full_like(bias, 1e-2)
    order = np.random.default_rng(run.seed)
    size = max(1, min(how.batch, n // MIN_BATCHES))
    done, total = 0, how.epochs * -(-n // size)
    if shared:
        rows = rows.multiply(prior[:, 0]).tocsr()
    for _ in range(how.epochs):
        drawn = order.permutation(n)
        for a in range(0, n, size):
            if run.deadline.remaining() <= 0 and done:
                return Learned(weights.values * prior, bias, finished=False)
            own = drawn[a : a + size]
            batch, columns = weights.narrowed(rows[own])
            held = weights.state.take(columns, axis=0)
            expected = 1.0 if shared else prior.take(columns, axis=0)
            score = batch @ (held[:, 0] * expected) + bias
            error = apply_link(score, run.link).astype(np.float32) - answers[own]
            error *= (weight[own] / len(own))[:, None]
            step = how.rate * (1 - (1 - LAST_STEP) * done / total)
            done += 1
            gradient = batch.T @ error
            gradient *= expected
            weights.step(columns, held, gradient, (step, how.l2 / n), done)
            gradient = error.sum(axis=0)
            bias_squares += gradient * gradient
            bias -= BIAS_RATE * step * gradient / np.sqrt(bias_squares)
    return Learned(weights.values * prior, bias, finished=True)


@dataclass(frozen=True)
class _Weights:
    """Weights on their way: `state` float32 (p, 2, V), each weight in multiples of what it is
    expected to be, and the sum of its gradients' squares; the step that each column had `last`,
    int32 (p,); and `place`, int32 (p,), room to number the columns of a batch.
    """

    state: Floats
    last: NDArray[np.int32]
    place: NDArray[np.int32]

    @classmethod
    def none(cls, n_columns: int, n_outputs: int) -> _Weights:
        """Return weights of which nothing is learned yet."""
        state = np.zeros((n_columns, 2, n_outputs), dtype=np.float32)
        state[:, 1] = 1e-6
        return cls(state, *np.zeros((2, n_columns), dtype=np.int32))

    @property
    def values(self) -> Floats:
        """The weights, float32 (p, V)."""
        return self.state[:, 0]

    def narrowed(self, batch: Any) -> tuple[Any, NDArray[np.intp]]:
        """Return a batch with those of its columns that it has values in, and which these are."""
        from scipy.sparse import csr_array

        held = np.zeros(len(self.place), dtype=bool)
        held[batch.indices] = True
        columns = np.flatnonzero(held)
        self.place[columns] = np.arange(len(columns), dtype=np.int32)
        within = batch.data, self.place.take(batch.indices), batch.indptr
        return csr_array(within, shape=(batch.shape[0], len(columns))), columns

    def step(
        self,
        columns: NDArray[np.intp],
        held: Floats,
        gradient: Floats,
        size_and_penalty: tuple[float, float],
        number: int,
    ) -> None:
        """Go down a gradient of some columns, whose state is `held`, and down the penalty for all
        steps since their last one. What is held is written over.
        """
        size, penalty = size_and_penalty
        value, squares = held[:, 0], held[:, 1]
        squares += gradient * gradient
        pace = np.float32(size) / np.sqrt(squares)
        gradient *= pace
        value -= gradient
        passed = (number - self.last.take(columns)).astype(np.float32)
        pace *= (np.float32(penalty) * passed)[:, None]
        pace += 1
        value /= pace
        self.state[columns] = held
        self.last[columns] = number


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
