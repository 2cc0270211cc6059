"""Whether a user's metric works, asked once before anything is trained."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.target import Target
from pliant.training.experiment import Experiment
from pliant.training.trainer import failure_of

Floats = NDArray[np.float64]


def refuse_broken_metric(experiment: Experiment) -> None:
    """Raise where a metric from outside fails on held-out rows and predictions like a model's.

    Raises
    ------
    ConfigError
        When it raises, or what it returns is no finite number.
    """
    if not experiment.brought_metric:
        return
    table, rows, metric = experiment.table, experiment.splits[0].valid, experiment.measure
    target, weight = table.target.take(rows), table.roles.take(rows).weight
    found = list[float]()

    def score() -> None:
        found.append(metric(target, likely_predictions(target), weight))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that of few rows is no news
        reason = failure_of(score)
    if reason:
        raise ConfigError(
            f"expected the metric {metric.label!r} to score held-out rows, but it raises {reason}"
            f"{_hint(target, weight)}"
        )
    if not np.isfinite(found[0]):
        raise ConfigError(
            f"expected the metric {metric.label!r} to return a finite number for held-out rows, "
            f"got {found[0]}"
        )


def likely_predictions(target: Target) -> Floats:
    """Return predictions float64 (n, V) that are neither right nor alike, the same every time."""
    rng, n = np.random.default_rng(0), len(target.values)
    if target.task == "regression":
        return rng.permutation(target.values.astype(np.float64))[:, None]
    n_classes = len(target.classes)
    truth = np.eye(n_classes)[target.values.astype(np.intp)]
    mixed = 0.3 * truth + 0.7 * rng.dirichlet(np.ones(n_classes), n)
    return mixed[:, 1:] if n_classes == 2 else mixed


def _hint(target: Target, weight: Floats | None) -> str:
    """Return what a metric is given, in case it expected something else."""
    what = "numbers" if target.task == "regression" else "predicted labels, or probabilities where "
    if target.task != "regression":
        what += "its second parameter is called y_proba or make_scorer says so"
    more = "" if weight is None else "; and sample_weight, since rows have weights"
    return f" (it gets the true values, and {what}{more})"
