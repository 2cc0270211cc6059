"""Metrics: how good predictions are, greater is better for every one of them.

AUC, log loss, RMSE and accuracy are computed here with NumPy, so that a search needs no other
library; every other name is a scikit-learn scorer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.narrow import Narrow
from pliant.data.target import Target, Task

Floats = NDArray[np.float64]
ScoreFunction = Callable[[Narrow | Floats, Floats, Floats | None], float]

DEFAULT: dict[Task, str] = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "regression": "neg_root_mean_squared_error",
}
"""The metric of a task when nobody names one."""


@dataclass(frozen=True)
class Metric:
    """A metric by its scikit-learn name; `function(values, predictions, weight)` scores.

    Predictions have the shape (n, V) of `Target.n_outputs`: probabilities or numbers.
    """

    name: str
    function: ScoreFunction

    def __call__(self, target: Target, predictions: Floats, weight: Floats | None) -> float:
        """Return the score of predictions float64 (n, V), greater is better."""
        return float(self.function(target.values, predictions, weight))

    @property
    def label(self) -> str:
        """The name for people, without scikit-learn's "neg_"."""
        return self.name.removeprefix("neg_")

    def loss(self, score: float) -> float:
        """Return how far a score is from the best there could be."""
        return -score if self.name.startswith("neg_") else 1 - score

    def score_of(self, loss: float) -> float:
        """Return the score that is so far from the best there could be."""
        return -loss if self.name.startswith("neg_") else 1 - loss

    def shown(self, score: float) -> float:
        """Return the score as people read it: losses are positive."""
        return -score if self.name.startswith("neg_") else score


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


def accuracy(values: Narrow | Floats, p: Floats, weight: Floats | None) -> float:
    """Return the share of rows whose most probable class is right."""
    return float(np.average(labels_of(p) == values, weights=weight))


def labels_of(probabilities: Floats) -> NDArray[np.int64]:
    """Return the most probable class number of each row, int64 (n,)."""
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


_OWN: dict[str, tuple[ScoreFunction, tuple[Task, ...]]] = {
    "roc_auc": (roc_auc, ("binary",)),
    "neg_log_loss": (neg_log_loss, ("binary", "multiclass")),
    "neg_root_mean_squared_error": (neg_rmse, ("regression",)),
    "neg_mean_absolute_error": (neg_mae, ("regression",)),
    "r2": (r2, ("regression",)),
    "accuracy": (accuracy, ("binary", "multiclass")),
}
ALIASES = {"auc": "roc_auc", "log_loss": "neg_log_loss", "rmse": "neg_root_mean_squared_error"}
"""Short names for what most people ask for."""


LOSS: dict[Task, Metric] = {
    "binary": Metric("neg_log_loss", neg_log_loss),
    "multiclass": Metric("neg_log_loss", neg_log_loss),
    "regression": Metric("neg_root_mean_squared_error", neg_rmse),
}
"""What models of a task are trained for, and by which their rounds are chosen, whatever the metric
is. A metric that looks at ranks or labels is often as good as it gets after a round or two, where
all chances are still near the base rate (`python -m benchmarks.quality.chances`)."""

USUAL: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "neg_log_loss", "accuracy"),
    "multiclass": ("neg_log_loss", "accuracy"),
    "regression": ("neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"),
}
"""What people look at for each task."""


def metric_of(name: str | None, task: Task) -> Metric:
    """Return the metric of that scikit-learn scorer name; the task's default for None.

    Raises
    ------
    ConfigError
        When no scorer has that name.
    """
    name = DEFAULT[task] if name is None else ALIASES.get(name, name)
    function, tasks = _OWN.get(name, (None, ()))
    if function is not None and task in tasks:
        return Metric(name, function)
    from pliant.scorers import scorer_function

    if task == "regression" and name in ("roc_auc", "neg_log_loss", "accuracy"):
        raise ConfigError(f"expected a metric for a regression, got {name!r}")
    return Metric(name, scorer_function(name, task))
