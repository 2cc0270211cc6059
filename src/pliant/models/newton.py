"""Linear models of more rows than memory holds: Newton's method on sums over blocks.

Each block adds the curvature of its loss, and the slope that goes with it, at the weights so far.
Of a squared loss the sums are exact: the weights are those of all rows at once. Of a log loss each
block adds a quadratic that is close to its loss near those weights; the first block, on which
several steps are taken, brings them there. (Iterated: McCullagh and Nelder, 1989; one step from a
good start is as good as all of them on many rows: Le Cam, 1956.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.core.deadline import Deadline
from pliant.core.errors import FitError
from pliant.features.decode import Decoder
from pliant.models.base import Part
from pliant.runtime.ops.outputs import apply_link

ROWS_AT_ONCE = 20_000
"""Rows whose inputs are floats at once."""

MAX_CELLS = 1_000_000
"""Numbers that the sums may hold, and products that a row takes: a thousand inputs, one output."""

FIRST_STEPS, FIRST_ROWS = 8, 50_000
"""Newton's steps on the first rows; their loss does not change visibly after some five."""

MIN_CURVATURE = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """What blocks have added so far: `curvature` (V, P, P) and `slope` (V, P); P with the bias."""

    decoder: Decoder
    curvature: Floats
    slope: Floats

    @classmethod
    def none(cls, decoder: Decoder, n_outputs: int) -> Sums:
        """Return the sums of no rows.

        Raises
        ------
        FitError
            When they would take too much memory.
        """
        n_inputs = len(decoder.feature) + 1
        if n_outputs * n_inputs**2 > MAX_CELLS:
            most = int((MAX_CELLS / n_outputs) ** 0.5)
            raise FitError(f"expected at most {most} inputs to sum over blocks, got {n_inputs}")
        shape = (n_outputs, n_inputs, n_inputs)
        return cls(decoder, np.zeros(shape), np.zeros(shape[:2]))

    def weights(self, penalty: float) -> Floats:
        """Return the weights (V, P) at which the summed loss is least; the bias is free."""
        ridge = np.full(self.slope.shape[1], penalty)
        ridge[-1] = MIN_CURVATURE
        pairs = zip(self.curvature, self.slope, strict=True)
        return np.array([np.linalg.solve(a + np.diag(ridge), b) for a, b in pairs])

    def plus(self, part: Part, weights: Floats, link: str, deadline: Deadline) -> Sums:
        """Return the sums with those of a block added, at the given weights; of its first rows,
        where time is up before the last.
        """
        curvature, slope = self.curvature.copy(), self.slope.copy()
        for start in range(0, len(part), ROWS_AT_ONCE):
            if start and deadline.remaining() <= 0:
                break
            rows = slice(start, start + ROWS_AT_ONCE)
            inputs = self.decoder(part.X[rows])
            values = np.column_stack([inputs, np.ones(len(inputs), dtype=np.float32)])
            score = values @ weights.T
            wanted, weight = _one_hot(part, rows, score.shape[1]), part.weights[rows, None]
            said = apply_link(score, link)
            bent = np.ones_like(said)
            if link != "identity":
                bent = np.maximum(said * (1 - said), MIN_CURVATURE)
            pull = weight * (bent * score + wanted - said)
            for v in range(len(slope)):
                heavy = values * (weight * bent)[:, v : v + 1].astype(np.float32)
                curvature[v] += values.T @ heavy
                slope[v] += values.T @ pull[:, v]
        return Sums(self.decoder, curvature, slope)


def started(decoder: Decoder, part: Part, link: str, penalty: float, deadline: Deadline) -> Floats:
    """Return weights (V, P) that fit the first rows of a block: where its quadratic is taken."""
    none = sums = Sums.none(decoder, part.target.n_outputs)
    if link == "identity":  # a squared loss is the same quadratic everywhere
        return none.weights(penalty)
    rows = np.arange(min(len(part), FIRST_ROWS))
    weight = None if part.weight is None else part.weight[rows]
    first = Part(part.X[rows], part.target.take(rows), weight)
    for _ in range(FIRST_STEPS):
        sums = none.plus(first, sums.weights(penalty), link, deadline)
        if deadline.remaining() <= 0:
            break
    return sums.weights(penalty)


def _one_hot(part: Part, rows: slice, n_outputs: int) -> Floats:
    """Return what the outputs should be, float64 (n, V)."""
    values = part.target.values[rows]
    if n_outputs == 1:
        return values[:, None].astype(np.float64)
    return np.eye(n_outputs)[values.astype(np.intp)]
