"""What a metric is: how good predictions are, greater is better for every one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pliant.data.narrow import Narrow
from pliant.data.target import Target

Floats = NDArray[np.float64]
Values = Narrow | Floats
OfValues = Callable[[Values, Floats, Floats | None], float]
ScoreFunction = Callable[[Target, Floats, Floats | None], float]


@dataclass(frozen=True)
class Measure:
    """How scores are called, compared and shown; greater is better.

    `best` is the best score there could be, 0 for a loss, whose name begins with "neg_".

    Examples
    --------
    >>> measure = Measure("neg_root_mean_squared_error", best=0.0)
    >>> measure.label, measure.loss(-2.5), measure.shown(-2.5)
    ('root_mean_squared_error', 2.5, 2.5)
    """

    name: str
    best: float = field(default=1.0, kw_only=True)

    @property
    def label(self) -> str:
        """The name for people, without scikit-learn's "neg_"."""
        return self.name.removeprefix("neg_")

    def loss(self, score: float) -> float:
        """Return how far a score is from the best there could be."""
        return self.best - score

    def score_of(self, loss: float) -> float:
        """Return the score that is so far from the best there could be."""
        return self.best - loss

    def shown(self, score: float) -> float:
        """Return the score as people read it: losses are positive."""
        return -score if self.name.startswith("neg_") else score


@dataclass(frozen=True)
class Metric(Measure):
    """A metric by its scikit-learn name; `function(target, predictions, weight)` scores.

    Predictions have the shape (n, V) of `Target.n_outputs`: probabilities or numbers.
    """

    function: ScoreFunction

    def __call__(self, target: Target, predictions: Floats, weight: Floats | None) -> float:
        """Return the score of predictions float64 (n, V), greater is better."""
        return float(self.function(target, predictions, weight))

    @classmethod
    def of_values(cls, name: str, function: OfValues) -> Metric:
        """Return the metric of a function of the target's values: class numbers, or numbers."""
        best = 0.0 if name.startswith("neg_") else 1.0
        return cls(name, partial(_on_values, function), best=best)


def _on_values(
    function: OfValues,
    target: Target,
    predictions: Floats,
    weight: Floats | None,
) -> float:
    return function(target.values, predictions, weight)
