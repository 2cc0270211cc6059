"""The end of a tuning: the best configuration, fitted on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pliant.core.callers import warn
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError, FitError, PliantWarning
from pliant.training.engines.base import Engine
from pliant.training.engines.serial import SerialEngine
from pliant.training.estimator_experiment import EstimatorExperiment, received
from pliant.training.records import Job, Outcome, Trial

MAX_REFITS = 3
"""Configurations, the best ones, of which one must be fitted on all rows in the end."""

PATIENCE, MIN_SECONDS = 3.0, 10.0
"""How many times its foretold seconds a fit on all rows may take, and how many more, where a clock
is asked and a process can be ended."""


def refitted(
    trials: Sequence[Trial], experiment: EstimatorExperiment, engine: Engine, deadline: Deadline
) -> tuple[Trial, Any]:
    """Return the best trial whose configuration can be fitted on all rows, and that estimator.

    Where a cluster is lost, the fit is made here.

    Raises
    ------
    FitError
        When all trials failed, or not one of the best can be fitted on all rows.
    """
    reasons = []
    timed = deadline.seconds is not None
    for trial in ranked(trials)[:MAX_REFITS]:
        foretold = PATIENCE * experiment.costs.again(trial, experiment.n_rows) + MIN_SECONDS
        seconds = max(foretold, deadline.remaining()) if timed else None
        outcome = _outcome(Job(trial.candidate, seconds=seconds), experiment, engine)
        if not outcome.reason:
            return trial, received(outcome)
        reasons.append(outcome.reason)
        params = experiment.learner.params(trial.candidate.config)
        warn(f"{params} could not be fitted on all rows: {outcome.reason}", PliantWarning)
    raise FitError(
        f"expected a configuration that can be fitted on all rows, but: {'; '.join(reasons)}"
    )


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials to choose from, the best first: those that were tried on every fold, or
    where there are none those that time has cut.

    Raises
    ------
    FitError
        When all failed.
    """
    for wanted in ("done", "cut"):
        found = [trial for trial in trials if trial.status == wanted]
        if found:
            return sorted(found, key=lambda trial: trial.score, reverse=True)
    reasons = "; ".join(dict.fromkeys(trial.reason for trial in trials[:3]))
    raise FitError(f"expected a configuration that works, but all failed ({reasons})")


def _outcome(job: Job, experiment: EstimatorExperiment, engine: Engine) -> Outcome:
    try:
        return next(engine.run([job]))
    except ClusterError as error:
        warn(f"{error}; the fit on all rows is made here", PliantWarning)
    with SerialEngine() as here:
        here.start(experiment)
        return next(here.run([job]))
