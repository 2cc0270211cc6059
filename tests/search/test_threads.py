"""The thread law of a search: those at work are at most the allowed ones, and hardly fewer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.core.deadline import Deadline
from pliant.data.table import Table
from pliant.models.additive import AdditiveConfig
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.search.pace import Pace
from pliant.search.plan import Plan
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.testing import FakeEngine, FakeTime, small_table
from pliant.training.context import FitContext
from pliant.training.experiment import Experiment, Splitting
from pliant.training.needs import FEW_CELLS
from pliant.training.records import Candidate, Job, Outcome

LARGE = FEW_CELLS // 2  # rows of three columns each: a fit may have many threads
PREDICTIONS = np.zeros((LARGE // 4, 1))
CONFIG = default_config(FAMILIES["lightgbm"])


@cache
def table(n: int) -> Table:
    return small_table(n)


@cache
def experiment(splits: int, n: int = LARGE) -> Experiment:
    return Experiment(table(n), Splitting(1 / max(splits, 4), splits), None, 0)


def searched(engine: FakeEngine, of: Experiment, seconds: float | None, trials: int | None) -> int:
    """Search on a fake engine; return how many trials there were. What others took is unknown."""
    of = replace(of)
    candidates = tuple(Candidate("lightgbm", str(number), CONFIG) for number in range(400))
    plan = Plan(candidates, 0, len(of.splits), 1, 0.25, seconds, trials)
    engine.start(of)
    context = FitContext(Deadline(seconds, engine.time.now))
    return len(Search(plan, engine, context).run([Portfolio(candidates)]))


def fake(workers: int, threads: int, seed: int = 0, lingers: float = 0.0) -> FakeEngine:
    """Return an engine whose fits take one to four seconds, and of which every third is bad."""
    rng = np.random.default_rng(seed)
    took, score = rng.uniform(1, 4, 400), np.where(rng.random(400) < 0.3, 0.5, 0.9)

    def answer(job: Job) -> Outcome:
        number = int(job.candidate.label)
        seconds = took[number] * (1 + 0.1 * (job.split or 0))
        return Outcome(score[number], seconds, PREDICTIONS)

    return FakeEngine(FakeTime(), answer, workers, threads, lingers)


@settings(max_examples=60, deadline=None)
@given(
    workers=st.integers(1, 128),
    each=st.sampled_from([1, 1, 2, 8]),
    splits=st.integers(1, 8),
    deadline=st.sampled_from([None, 20.0, 60.0]),
    lingers=st.sampled_from([0.0, 2.5]),
    n=st.sampled_from([LARGE, 400]),
    seed=st.integers(0, 9),
)
def test_no_more_threads_are_at_work_than_allowed(
    workers: int,
    each: int,
    splits: int,
    deadline: float | None,
    lingers: float,
    n: int,
    seed: int,
) -> None:
    engine = fake(workers, workers * each, seed, lingers)
    assert searched(engine, experiment(splits, n), deadline, 30) > 0
    assert engine.most_threads() <= engine.capacity


@pytest.mark.parametrize("workers", [1, 2, 3, 5, 8, 16])
@pytest.mark.parametrize("splits", [2, 3, 8])
@pytest.mark.parametrize(("seconds", "trials"), [(None, 150), (120.0, None)])
def test_hardly_fewer_threads_are_at_work_where_there_is_enough_to_do(
    workers: int, splits: int, seconds: float | None, trials: int | None
) -> None:
    engine = fake(workers, workers)
    assert searched(engine, experiment(splits), seconds, trials) < 400
    assert engine.thread_seconds() >= 0.9 * engine.capacity * engine.time.seconds


def test_two_hundred_trials_keep_fifty_workers_busy() -> None:
    """Whatever the deadline says: there is none."""
    for splits in (2, 4):
        engine = fake(50, 50)
        assert searched(engine, experiment(splits), None, 200) == 200
        assert engine.thread_seconds() >= 0.85 * 50 * engine.time.seconds


def test_few_large_fits_have_many_threads_each_and_small_ones_one() -> None:
    assert {task.job.threads for task in few_trials(16, LARGE).tasks} == {2}
    assert {task.job.threads for task in few_trials(64, LARGE).tasks} == {8}
    assert {task.job.threads for task in few_trials(64, 400).tasks} == {1}
    assert {task.job.threads for task in few_trials(2, LARGE).tasks} == {1}


def few_trials(threads: int, n: int) -> FakeEngine:
    """Search with as many workers as threads: four candidates of two splits are under way."""
    engine = fake(threads, threads)
    assert searched(engine, experiment(2, n), None, 20) == 20
    return engine


def test_a_fit_has_as_few_threads_as_let_it_end_in_time() -> None:
    """And no more than help, by the family's hint, nor than its share beside the other split."""
    candidate, pace = Candidate("lightgbm", "one", CONFIG), Pace(experiment(2), fake(16, 16), 10)
    costs = experiment(2).costs
    hints = {n: costs.hint(costs.work(candidate, LARGE, n)) for n in (1, 2, 4, 8)}
    assert hints[4] == hints[8] < hints[2]
    for threads, seconds in ((1, hints[1]), (2, hints[2]), (4, hints[4]), (4, 0.0)):
        assert pace.threads(candidate, LARGE, seconds) == threads
    assert Pace(experiment(8), fake(16, 16), 10).threads(candidate, LARGE, 0.0) == 2
    assert pace.threads(Candidate("additive", "one", AdditiveConfig()), LARGE, 0.0) == 1
