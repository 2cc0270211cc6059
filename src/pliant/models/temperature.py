"""Temperature: how sure a linear model should be, told by rows that it has not learned from.

A penalty that ranks answers best makes scores too small, or leaves them too large. They are divided
by one number, the temperature (Guo et al., 2017): the one with the least log loss on held-out rows.
The bias stays, so that a row of which nothing is known gets the base rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import Fitted, Part
from pliant.runtime.ops import Op
from pliant.runtime.ops.outputs import apply_link

TRIED = np.exp(np.linspace(-1.4, 1.0, 49))
"""Temperatures that are tried: from a quarter to nearly three, five per cent apart."""

SPREAD = 0.3
"""The standard deviation of the logarithm that is expected of it: few rows move it little."""

SCALED = {"gram_scores": "scale", "tables": "table"}
"""Ops whose scores, but for their bias, are multiples of an array of theirs."""


def cooled(fitted: Fitted, temperature: float) -> Fitted:
    """Return a model whose scores, but for the bias, are divided by a temperature."""
    ops = tuple(_cooled(op, temperature) for op in fitted.ops)
    return replace(fitted, ops=ops, temperature=temperature * fitted.temperature)


def _cooled(op: Op, temperature: float) -> Op:
    if op.name not in SCALED:
        return op
    array = op.arrays[SCALED[op.name]]
    return replace(
        op, arrays={**op.arrays, SCALED[op.name]: (array / temperature).astype(array.dtype)}
    )


def best_temperature(fitted: Fitted, bias: NDArray[np.float64], held_out: Part) -> float:
    """Return the temperature of a classifier, `bias` (V,), with the least log loss on held-out
    rows; 1 where there are none, and of a regression.
    """
    if fitted.link == "identity" or not len(held_out):
        return 1.0
    score = fitted.scores_of(held_out) - bias
    answers, weight = held_out.target.values.astype(np.intp), held_out.weights
    rows = np.arange(len(answers))

    def loss(temperature: float) -> float:
        chances: NDArray[Any] = apply_link(score / temperature + bias, fitted.link)
        if chances.shape[1] == 1:
            chances = np.column_stack([1 - chances[:, 0], chances[:, 0]])
        said = np.log(np.maximum(chances[rows, answers], 1e-15))
        return float(-(weight * said).sum() + (np.log(temperature) / SPREAD) ** 2 / 2)

    return float(min(TRIED, key=loss))


def mean_temperature(fits: Sequence[Fitted]) -> float | None:
    """Return the geometric mean of what fits on several splits chose; None of no fits."""
    if not fits:
        return None
    return float(np.exp(np.mean([np.log(fitted.temperature) for fitted in fits])))
