"""Scores of a model on the rows that it was prepared with: those held out, or some of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.data.target import Target
from pliant.metrics import LOSS, Metric
from pliant.models.base import Fitted
from pliant.training.prepared import Prepared
from pliant.training.records import Outcome

SEEN_ROWS = 5_000
"""Rows on which what was trained on all of them is scored."""


def scored(fitted: Fitted, prepared: Prepared, metric: Metric) -> Outcome:
    """Return what came of a model, but for the seconds that it took.

    Raises
    ------
    ArithmeticError
        When it predicts what is not finite for rows that were held out.
    """
    valid = prepared.data.valid
    if valid is None:
        score, by_loss = seen_scores(fitted, prepared, metric)
        return Outcome(score, 0.0, None, fitted, by_loss=by_loss)
    predictions = prepared.scale.up(fitted.predict(valid.X, valid.own))
    if not np.isfinite(predictions).all():
        raise ArithmeticError("predictions that are not finite")
    score, by_loss = _scores(metric, prepared.target, predictions, valid.weight)
    return Outcome(score, 0.0, predictions, fitted, by_loss=by_loss)


def seen_scores(fitted: Fitted, prepared: Prepared, metric: Metric) -> tuple[float, float]:
    """Return the scores on some of the rows that were trained on; not numbers where none is."""
    train, scale = prepared.data.train, prepared.scale
    rows = np.linspace(0, len(train) - 1, min(len(train), SEEN_ROWS)).astype(np.intp)
    seen = train.take(rows)
    predictions = scale.up(fitted.predict(seen.X, seen.own))
    if not np.isfinite(predictions).all():
        return np.nan, np.nan
    return _scores(metric, scale.back(seen.target), predictions, seen.weight)


def _scores(
    metric: Metric,
    target: Target,
    predictions: NDArray[np.float64],
    weight: NDArray[np.float64] | None,
) -> tuple[float, float]:
    """Return the scores by the metric and by what models are trained for."""
    by_loss = LOSS[target.task](target, predictions, weight)
    return metric(target, predictions, weight), by_loss
