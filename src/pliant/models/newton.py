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

from pliant.encode.decode import Decoder
from pliant.errors import FitError
from pliant.models.base import Part
from pliant.runtime.ops.outputs import apply_link

ROWS_AT_ONCE = 20_000
"""Rows whose inputs are floats at once."""

MOST_CELLS = 20_000_000
"""Numbers that the sums may hold: 160 MB."""

FIRST_STEPS = 8
"""Newton's steps on the first block; its loss does not change visibly after some five."""

LEAST_CURVATURE = 1e-6

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
        if n_outputs * n_inputs**2 > MOST_CELLS:
            most = int((MOST_CELLS / n_outputs) ** 0.5)
            raise FitError(f"expected at most {most} inputs to sum over blocks, got {n_inputs}")
        shape = (n_outputs, n_inputs, n_inputs)
        return cls(decoder, np.zeros(shape), np.zeros(shape[:2]))

    def weights(self, penalty: float) -> Floats:
        """Return the weights (V, P) at which the summed loss is least; the bias is free."""
        ridge = np.full(self.slope.shape[1], penalty)
        ridge[-1] = LEAST_CURVATURE
        pairs = zip(self.curvature, self.slope, strict=True)
        return np.array([np.linalg.solve(a + np.diag(ridge), b) for a, b in pairs])

    def plus(self, part: Part, weights: Floats, link: str) -> Sums:
        """Return the sums with those of a block, at the given weights, added."""
        curvature, slope = self.curvature.copy(), self.slope.copy()
        for start in range(0, len(part), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            inputs = self.decoder(part.X[rows])
            values = np.column_stack([inputs, np.ones(len(inputs), dtype=np.float32)])
            score = values @ weights.T
            wanted, weight = _one_hot(part, rows, score.shape[1]), part.weights[rows, None]
            said = apply_link(score, link)
            bent = np.ones_like(said)
            if link != "identity":
                bent = np.maximum(said * (1 - said), LEAST_CURVATURE)
            pull = weight * (bent * score + wanted - said)
            for v in range(len(slope)):
                curvature[v] += values.T @ (values * (weight * bent)[:, v : v + 1])
                slope[v] += values.T @ pull[:, v]
        return Sums(self.decoder, curvature, slope)


def _one_hot(part: Part, rows: slice, n_outputs: int) -> Floats:
    """Return what the outputs should be, float64 (n, V)."""
    values = part.target.values[rows]
    if n_outputs == 1:
        return values[:, None].astype(np.float64)
    return np.eye(n_outputs)[values.astype(np.intp)]
