"""Pilot fits: how long an estimator takes, told by fits on few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer

from pliant import Float
from pliant.automl.cross_validation import splits_of
from pliant.automl.pilot import pilot
from pliant.metrics import Measure
from pliant.models.foreign import EstimatorLearner, Growth, OwnRows
from pliant.testing import FakeEngine, FakeTime
from pliant.training.estimator_experiment import EstimatorExperiment
from pliant.training.records import Candidate, Job, Outcome


def growth(answer: Any, n: int = 12_000, seconds: float = 60.0) -> tuple[Growth, list[int | None]]:
    """Return what a learner knows after pilot fits on a fake engine, and the rows of these."""
    rows = OwnRows.of(np.zeros((n, 10)), np.arange(n) * 1.0)
    learner = EstimatorLearner(Ridge(), {"alpha": Float(0.1, 1.0)})
    splits = splits_of(5, Ridge(), rows, 0)
    experiment = EstimatorExperiment(learner, rows, splits, get_scorer("r2"), Measure("r2"))
    engine = FakeEngine(FakeTime(), answer)
    engine.start(experiment)
    pilot(experiment, Candidate("Ridge", "as given", None), engine, seconds)
    return learner.growth, [task.job.rows for task in engine.tasks]


def took(job: Job) -> Outcome:
    """A fit whose time grows with the square of its rows."""
    assert job.rows is not None
    return Outcome(0.5, 1e-6 * job.rows**2)


def test_it_tells_how_long_fits_take_and_how_that_grows() -> None:
    found, rows = growth(took)
    assert rows == [500, 2_000]
    assert found.power == pytest.approx(2.0)
    assert found.seconds_on(8_000 * 10) == pytest.approx(64.0)


def test_a_fit_that_takes_no_time_grows_with_its_rows() -> None:
    found, _ = growth(lambda job: Outcome(0.5, 1e-9 * job.rows**2))
    assert found == Growth(0.004, 20_000, 1.0)


@pytest.mark.parametrize(("n", "expected"), [(1_000, []), (3_000, [500]), (10_000, [500, 2_000])])
def test_few_rows_are_worth_no_pilot(n: int, expected: list[int]) -> None:
    found, rows = growth(took, n)
    assert rows == expected
    assert (found == Growth()) is (expected == [])


def test_what_fails_says_nothing_and_what_was_ended_that_it_takes_so_long() -> None:
    assert growth(lambda job: Outcome.failed(0.1, "ValueError: no")) == (Growth(), [500])
    found, rows = growth(lambda job: Outcome.failed(9.0, "did not end in time"))
    assert (found, rows) == (Growth(6.0, 5_000, 1.0), [500])
