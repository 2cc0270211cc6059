"""Pace: what a fit takes is told without making anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.core.deadline import Deadline
from pliant.models.additive import AdditiveConfig
from pliant.search.pace import Pace
from pliant.search.plan import Plan
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.testing import FakeEngine, FakeTime, small_experiment
from pliant.training.context import FitContext
from pliant.training.engines.serial import SerialEngine
from pliant.training.experiment import Experiment
from pliant.training.records import Candidate, Job, Outcome

CANDIDATE = Candidate("additive", "default", AdditiveConfig(), "arithmetic")


def test_no_features_are_made_to_tell_what_a_fit_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = small_experiment()
    monkeypatch.setattr(Experiment, "prepared", lambda *_: pytest.fail("features were made"))
    engine = SerialEngine(1, 10**9)
    engine.start(experiment)
    pace = Pace(experiment, engine, 1)
    assert pace.within(CANDIDATE, 10.0, first=True) is not None
    assert pace.too_large(CANDIDATE, 100) == ""


def test_without_a_clock_nothing_depends_on_how_fast_fits_are() -> None:
    """Nor on whether a family was measured: no fit begins with a part of its rows then."""
    experiment = small_experiment(2, 120_000)
    predictions = np.zeros((len(experiment.splits[0].valid), 1))
    candidates = tuple(replace(CANDIDATE, label=str(number)) for number in range(6))

    def jobs(seconds: float | None, slow: float) -> list[Job]:
        engine = FakeEngine(FakeTime(), lambda job: Outcome(0.7, slow, predictions), 2)
        engine.start(replace(experiment))
        plan = Plan(candidates, 0, 2, 1, 0.25, seconds, 6)
        context = FitContext(Deadline(seconds, engine.time.now))
        Search(plan, engine, context).run([Portfolio(candidates)])
        return [task.job for task in engine.tasks]

    assert jobs(None, 0.01) == jobs(None, 1_000.0)
    n_rows = len(experiment.splits[0].train)
    assert {job.rows for job in jobs(None, 0.01)} == {n_rows}
    assert {job.rows for job in jobs(1_000.0, 0.01)} == {n_rows, n_rows // 4}
