"""What an estimator asks of a fit, from its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pliant.automl.validation import seed_of
from pliant.core.config import Budget, Limits, Resources
from pliant.data.dataset import Dataset
from pliant.data.target import Task
from pliant.metrics import named
from pliant.training.fit_spec import FitSpec
from pliant.training.folds import Folds
from pliant.training.steering import Steering

if TYPE_CHECKING:
    from pliant.automl.base import Estimator


def spec_of(estimator: Estimator, data: Dataset, task: Task) -> FitSpec:
    """Return what an estimator asks of a fit to a dataset; any number of classes is "multiclass".

    Raises
    ------
    ConfigError
        When a parameter makes no sense.
    """
    return FitSpec(
        Budget.of(estimator.budget, estimator.trials),
        named(estimator.metric),
        task,
        estimator.models,
        seed_of(estimator.random_state),
        Resources.of(estimator.n_jobs, estimator.engine, estimator.memory),
        estimator.journal,
        estimator.limits or Limits(),
        data.provenance,
        Folds.of(estimator.cv),
        Steering(
            estimator.class_weight, estimator.costs, estimator.intervals, estimator.monotone or {}
        ),
    )
