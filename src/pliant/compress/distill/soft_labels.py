"""Soft labels: what a student learns from, in a form that every model family takes.

A regression's label is the teacher's number, that of two classes the chance of the second. A row
of more classes is there once for each class that has a chance, weighing as much as the class is
probable: the loss of such rows is that of the probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import Part

MIN_CHANCE = 0.02
"""The probability below which a class is left out of a row's label; the others share its part."""


def soft_labels(part: Part, teacher: NDArray[np.float64]) -> Part:
    """Return the rows of a part with the teacher's labels.

    `teacher` float64 (n, V) holds predictions in the unit of the part's target. The weights of the
    rows that one row becomes sum to its weight.
    """
    target, weight = part.target, part.weights
    if target.task != "multiclass":
        return replace(part, target=replace(target, values=teacher[:, 0]))
    chance = teacher
    best = chance == chance.max(axis=1, keepdims=True)
    chance = np.where(best | (chance >= MIN_CHANCE), chance, 0.0)
    chance /= chance.sum(axis=1, keepdims=True)
    row, label = np.nonzero(chance)
    made = replace(target, values=label.astype(np.uint16))
    return Part(np.ascontiguousarray(part.X[row]), made, weight[row] * chance[row, label])


def joined(parts: Sequence[Part]) -> Part:
    """Return the rows of all parts, one after another."""
    values = np.concatenate([part.target.values for part in parts])
    weight = None
    if any(part.weight is not None for part in parts):
        weight = np.concatenate([part.weights for part in parts])
    X = np.concatenate([part.X for part in parts])
    return Part(X, replace(parts[0].target, values=values), weight)
