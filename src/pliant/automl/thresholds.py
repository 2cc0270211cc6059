"""Thresholds: above which probability of the second of two classes it is best predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pliant.automl.scoring import Judged, checked, task_of
from pliant.compress.shrink import Shrinking
from pliant.core.errors import ConfigError, DataError
from pliant.data.target import Target, known_target
from pliant.metrics import metric_of, named
from pliant.runtime.decision import Decision
from pliant.runtime.model import Predictor

MAX_TRIED = 100
"""Thresholds that are tried: between so many quantiles of the probabilities, or between all."""


@dataclass(frozen=True)
class HeldOut:
    """Rows that the model has not learned from: their answers, probabilities (n, 1), weights."""

    target: Target
    predictions: NDArray[np.float64]
    weight: NDArray[np.float64] | None

    @classmethod
    def of_fit(cls, shrinking: Shrinking | None, predictor: Predictor) -> Self:
        """Return those of the fit, out of fold.

        Raises
        ------
        DataError
            When the fit is over and forgotten, or the model is another one than what it chose.
        """
        if shrinking is None or "optimised" in predictor.card.facts:
            why = "is from a file" if shrinking is None else "was made smaller"
            raise DataError(
                f"expected rows with answers to choose a threshold on, since the model {why}: "
                "give it X and y that it has not learned from"
            )
        experiment, predictions = shrinking.builder.experiment, shrinking.selection.predictions
        rows = experiment.valid_rows[: len(predictions)]
        table = experiment.table
        return cls(table.target.take(rows), predictions, table.roles.take(rows).weight)

    @classmethod
    def of_rows(cls, judged: Judged, predictor: Predictor) -> Self:
        """Return those of rows with known answers."""
        task, card = task_of(predictor), predictor.card
        target = known_target(card.target, judged.answers, task, predictor.classes)
        return cls(target, checked(predictor.raw(judged.rows), judged), judged.weight)


def best_threshold(metric: Any, rows: HeldOut) -> float:
    """Return the threshold with the best score by a metric of labels; of several, the middle one.

    Raises
    ------
    ConfigError
        When there are not two classes, or the metric looks at probabilities.
    """
    task = rows.target.task
    if task != "binary":
        raise ConfigError(f"expected two classes to choose a threshold between, got a {task}")
    name = named(metric)
    tried = _between(rows.predictions[:, 0])
    scores = np.array(
        [
            metric_of(name, task, decision=Decision.at(t))(
                rows.target, rows.predictions, rows.weight
            )
            for t in tried
        ]
    )
    if len(tried) > 1 and np.ptp(scores) == 0:
        raise ConfigError(
            f"expected a metric of labels, such as 'f1', to choose a threshold by, got {metric!r}, "
            "by which all are the same"
        )
    best = np.flatnonzero(scores == scores.max())
    return float(tried[best[len(best) // 2]])


def _between(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return thresholds between the probabilities that there are, MAX_TRIED at most."""
    values = np.unique(probabilities)
    if len(values) > MAX_TRIED + 1:
        values = np.unique(np.quantile(values, np.linspace(0, 1, MAX_TRIED + 1)))
    middles = (values[1:] + values[:-1]) / 2
    return middles if len(middles) else np.array([0.5])
