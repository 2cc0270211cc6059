"""What a search costs its own process: milliseconds a trial, in the end as at the start."""

from __future__ import annotations

import time

import numpy as np

from pliant.core.deadline import Deadline
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.search.bayes import Bayes
from pliant.search.plan import Plan
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.testing import FakeEngine, FakeTime, small_experiment
from pliant.training.context import FitContext
from pliant.training.records import Candidate, Job, Outcome

TRIALS, WORKERS, SECONDS = 600, 32, 0.25
DEFAULT = Candidate("lightgbm", "default", default_config(FAMILIES["lightgbm"]))
EXPERIMENT = small_experiment(1)


def answer(job: Job) -> Outcome:
    """Say that a fit took its time, and that more leaves are better."""
    score = 0.9 - abs(np.log(job.candidate.config.num_leaves / 40)) / 50
    predictions = np.zeros((len(EXPERIMENT.splits[0].valid), 1))
    return Outcome(float(score), SECONDS, predictions)


def test_a_trial_costs_few_milliseconds_and_no_worker_waits() -> None:
    """Processor time, since the clock says more of the machine; a trial takes one or two."""
    engine, marks = FakeEngine(FakeTime(), answer, WORKERS), list[float]()
    engine.start(EXPERIMENT)
    plan = Plan((DEFAULT,), TRIALS, 1, 1, 0.25, None, TRIALS)
    context = FitContext(Deadline(None), tell=lambda _: marks.append(time.process_time()))
    strategies = [Portfolio([DEFAULT]), Bayes([FAMILIES["lightgbm"]], TRIALS, 0)]
    trials = Search(plan, engine, context).run(strategies)
    assert [trial.number for trial in trials] == list(range(TRIALS))
    assert engine.time.seconds <= 1.02 * SECONDS * np.ceil(TRIALS / WORKERS)
    middle, end = (1e3 * (marks[to] - marks[to - 150]) / 150 for to in (TRIALS // 2, TRIALS - 1))
    assert max(middle, end) < 5
    assert end < 2 * middle + 1
