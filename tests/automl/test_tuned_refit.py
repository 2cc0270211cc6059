"""The end of a tuning: which configuration is fitted, on how many rows, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer

from pliant import Float
from pliant.automl.cross_validation import splits_of
from pliant.automl.tuned_refit import refitted
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError, FitError, PliantWarning
from pliant.metrics import Measure
from pliant.models.foreign import EstimatorLearner, OwnRows, Parameters
from pliant.testing import FakeEngine, FakeTime
from pliant.training.estimator_experiment import EstimatorExperiment
from pliant.training.records import Candidate, Job, Outcome, Trial

N_TRAIN = 800


def experiment() -> EstimatorExperiment:
    X = np.random.default_rng(0).normal(size=(1_000, 2))
    rows = OwnRows.of(X, X[:, 0])
    learner = EstimatorLearner(Ridge(), {"alpha": Float(0.1, 10.0)})
    splits = splits_of(5, Ridge(), rows, 0)
    return EstimatorExperiment(learner, rows, splits, get_scorer("r2"), Measure("r2"))


def trial(number: int, score: float, status: str = "done", rows: int = N_TRAIN) -> Trial:
    candidate = Candidate("Ridge", f"c{number}", Parameters({"alpha": 1.0 + number}))
    outcomes = (Outcome(score, 2.0),) * 5
    return Trial(number, candidate, status, score, rows, outcomes, "said" * (status == "failed"))


def after(
    trials: list[Trial], answer: Any, deadline: Deadline | None = None
) -> tuple[Trial, list[Job]]:
    """Return the trial that was fitted on a fake engine, and the jobs of that."""
    engine = FakeEngine(FakeTime(), answer)
    engine.start(experiment())
    chosen, model = refitted(trials, experiment(), engine, deadline or Deadline(None))
    assert model == "model"
    return chosen, [task.job for task in engine.tasks]


def good(job: Job) -> Outcome:
    return Outcome(np.nan, 1.0, estimator="model")


def test_the_best_that_was_tried_on_every_fold_is_fitted_on_all_rows() -> None:
    trials = [trial(0, 0.7), trial(1, 0.8), trial(2, 0.9, "dropped"), trial(3, 0.95, "cut")]
    chosen, jobs = after(trials, good)
    assert chosen is trials[1]
    assert [(job.split, job.rows, job.seconds) for job in jobs] == [(None, None, None)]


def test_where_time_has_cut_all_the_best_of_these_is() -> None:
    trials = [trial(0, 0.7, "cut"), trial(1, 0.8, "cut"), trial(2, -np.inf, "failed")]
    assert after(trials, good)[0] is trials[1]


def test_the_next_best_is_fitted_where_the_best_cannot_be() -> None:
    def answer(job: Job) -> Outcome:
        return Outcome.failed(1.0, "too much") if job.candidate.label == "c1" else good(job)

    trials = [trial(0, 0.7), trial(1, 0.8)]
    with pytest.warns(PliantWarning, match=r"{'alpha': 2.0} could not be fitted .*: too much"):
        chosen, _ = after(trials, answer)
    assert chosen is trials[0]


@pytest.mark.filterwarnings("ignore::pliant.PliantWarning")
def test_it_is_said_where_none_can_be() -> None:
    with pytest.raises(FitError, match="fitted on all rows, but: no; no; no"):
        after([trial(n, 0.5) for n in range(9)], lambda job: Outcome.failed(1.0, "no"))
    with pytest.raises(FitError, match=r"all failed \(said\)"):
        after([trial(0, -np.inf, "failed")], good)


@pytest.mark.parametrize(
    ("rows", "left", "expected"),
    [(N_TRAIN, 1.0, None), (N_TRAIN // 4, 100.0, None), (N_TRAIN // 4, 4.0, 600)],
)
def test_rows_are_fewer_only_where_those_of_the_trials_were_and_time_is_short(
    rows: int, left: float, expected: int | None
) -> None:
    """A fit on 200 rows took 2 s, so that all 1,000 take 10 s."""
    deadline = Deadline(left, now=lambda: 0.0)
    chosen = replace(trial(0, 0.8), rows=rows)
    if expected is None:
        _, jobs = after([chosen], good, deadline)
    else:
        with pytest.warns(PliantWarning, match="fitted on 600 of 1,000 rows"):
            _, jobs = after([chosen], good, deadline)
    assert [job.rows for job in jobs] == [expected]
    assert jobs[0].seconds is not None
    deadline.stop()  # by Ctrl-C: what it was to be, it becomes
    assert after([chosen], good, deadline)[1][0].rows is None


def test_where_the_cluster_is_lost_it_is_fitted_here() -> None:
    def lost(job: Job) -> Outcome:
        raise ClusterError("expected a cluster, but it has gone")

    engine = FakeEngine(FakeTime(), lost)
    engine.start(experiment())
    with pytest.warns(PliantWarning, match="it has gone; the fit on all rows is made here"):
        _, model = refitted([trial(0, 0.8)], experiment(), engine, Deadline(None))
    assert model.coef_.shape == (2,)
