"""Metrics that NumPy computes, so that a search needs no other library; greater is better."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.data.narrow import Narrow
from pliant.data.target import Target
from pliant.runtime.decision import Decision

Floats = NDArray[np.float64]


def roc_auc(values: Narrow | Floats, scores: Floats, weight: Floats | None) -> float:
    """Return the area under the ROC curve; 0.5 when only one class is present."""
    score = scores[:, 0]
    order = np.argsort(score, kind="stable")
    w = np.ones(len(score)) if weight is None else weight[order]
    positive = np.where(values[order] == 1, w, 0.0)
    negative = w - positive
    # Ties share their mean rank: sum by distinct score.
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    cum_pos, cum_neg = np.cumsum(positive)[ends], np.cumsum(negative)[ends]
    pos, neg = np.diff(cum_pos, prepend=0.0), np.diff(cum_neg, prepend=0.0)
    if cum_pos[-1] <= 0 or cum_neg[-1] <= 0:
        return 0.5
    return float((pos * (cum_neg - 0.5 * neg)).sum() / (cum_pos[-1] * cum_neg[-1]))


def neg_log_loss(values: Narrow | Floats, p: Floats, weight: Floats | None) -> float:
    """Return minus the mean log loss in nats; probabilities are clipped to 1e-15."""
    return float(np.average(-_surprise(values, p), weights=weight))


def _surprise(values: Narrow | Floats, p: Floats) -> Floats:
    """Return the log loss of each row."""
    y = values.astype(np.intp)
    right = np.where(y == 1, p[:, 0], 1 - p[:, 0]) if p.shape[1] == 1 else p[np.arange(len(y)), y]
    return np.asarray(-np.log(np.clip(right, 1e-15, 1.0)))


def row_losses(target: Target, p: Floats) -> Floats:
    """Return the loss of each row that models are trained for: log loss, or the squared error."""
    if target.task == "regression":
        return np.asarray((target.values - p[:, 0]) ** 2)
    return _surprise(target.values, p)


def neg_rmse(values: Narrow | Floats, p: Floats, weight: Floats | None) -> float:
    """Return minus the root of the mean squared error."""
    return -float(np.sqrt(np.average((values - p[:, 0]) ** 2, weights=weight)))


def accuracy(
    values: Narrow | Floats, p: Floats, weight: Floats | None, decision: Decision | None = None
) -> float:
    """Return the share of rows whose class is right: the most probable one, or a decision's."""
    return float(np.average(labels_of(p, decision) == values, weights=weight))


def labels_of(probabilities: Floats, decision: Decision | None = None) -> NDArray[np.int64]:
    """Return the most probable class number of each row, or that of a decision, int64 (n,)."""
    if decision is not None:
        return decision.pick(probabilities).astype(np.int64)
    if probabilities.shape[1] == 1:
        return (probabilities[:, 0] > 0.5).astype(np.int64)
    return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)


def neg_mae(values: Narrow | Floats, p: Floats, weight: Floats | None) -> float:
    """Return minus the mean absolute error."""
    return -float(np.average(np.abs(values - p[:, 0]), weights=weight))


def r2(values: Narrow | Floats, p: Floats, weight: Floats | None) -> float:
    """Return the share of the variance that is explained; 0 when there is none."""
    mean = np.average(values, weights=weight)
    total = float(np.average((values - mean) ** 2, weights=weight))
    rest = float(np.average((values - p[:, 0]) ** 2, weights=weight))
    return 1 - rest / total if total > 0 else 0.0
