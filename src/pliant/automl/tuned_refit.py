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
"""Configurations, the best ones, of which one must be fitted in the end."""

OVERTIME, MIN_SECONDS = 1.5, 2.0
"""How many times the seconds left the last fit may be foretold to take before it has fewer rows, as
long as those of its trials were fewer too; and what is taken to be left at the least."""

PATIENCE, MORE_SECONDS = 3.0, 10.0
"""How many times its foretold seconds the last fit may take, and how many more, where a clock is
asked and a process can be ended."""


def refitted(
    trials: Sequence[Trial], experiment: EstimatorExperiment, engine: Engine, deadline: Deadline
) -> tuple[Trial, Any]:
    """Return the best trial whose configuration can be fitted on all rows, and that estimator.

    Where the trials had fewer rows for want of time, all rows may take too long; a warning says how
    many it was fitted on. Where a cluster is lost, the fit is made here.

    Raises
    ------
    FitError
        When all trials failed, or not one of the best can be fitted on all rows.
    """
    reasons = []
    for trial in ranked(trials)[:MAX_REFITS]:
        job = _job(trial, experiment, deadline)
        outcome = _outcome(job, experiment, engine)
        if not outcome.reason:
            if job.rows is not None:
                _warn_of(job.rows, experiment)
            return trial, received(outcome)
        reasons.append(outcome.reason)
        params = experiment.learner.params(trial.candidate.config)
        warn(f"{params} could not be fitted on all rows: {outcome.reason}", PliantWarning)
    raise FitError(
        f"expected a configuration that can be fitted on all rows, but: {'; '.join(reasons)}"
    )


def _job(trial: Trial, experiment: EstimatorExperiment, deadline: Deadline) -> Job:
    """Return the last fit of a trial's configuration, on as many rows as time allows."""
    foretold = experiment.costs.again(trial, experiment.n_rows)
    if deadline.seconds is None or deadline.stopped:
        return Job(trial.candidate)
    left = OVERTIME * max(deadline.remaining(), MIN_SECONDS)
    rows = None
    if foretold > left and trial.rows < len(experiment.splits[0].train):
        rows = max(trial.rows, int(experiment.n_rows * left / foretold))
    seconds = PATIENCE * foretold + MORE_SECONDS
    if experiment.learner.punctual:  # it would use all of them
        seconds = max(deadline.remaining(), MIN_SECONDS)
    return Job(trial.candidate, None, rows, seconds)


def _warn_of(rows: int, experiment: EstimatorExperiment) -> None:
    warn(
        f"the estimator is fitted on {rows:,} of {experiment.n_rows:,} rows: all would take longer "
        "than the budget",
        PliantWarning,
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
    """Return what came of a job; Ctrl-C is raised."""
    try:
        (outcome,) = engine.run([job])
        return outcome
    except ClusterError as error:
        warn(f"{error}; the fit on all rows is made here", PliantWarning)
    with SerialEngine() as here:
        here.start(experiment)
        (outcome,) = here.run([job])
        return outcome
