"""The search: time, trials, races, failures and Ctrl-C, by a deadline that is told the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.core.deadline import Deadline
from pliant.models.additive import AdditiveConfig
from pliant.search.halving import Halving
from pliant.search.journal import JournalEntry
from pliant.search.plan import Plan
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.testing import FakeEngine, FakeTime, small_experiment
from pliant.training.context import FitContext
from pliant.training.engines.task import Task
from pliant.training.progress import Progress
from pliant.training.records import Candidate, Job, Outcome, Trial

STUDIES = {folds: small_experiment(folds) for folds in (1, 2, 4)}
Made = Callable[[Job], tuple[float, float, str]]


def answering(made: Made) -> Callable[[Job], Outcome]:
    """Return what a fake engine asks: `made` tells a job's seconds, score and failure."""

    def answer(job: Job) -> Outcome:
        seconds, score, reason = made(job)
        if reason:
            return Outcome.failed(seconds, reason)
        assert job.split is not None
        n_rows = len(STUDIES[2].table) // 4
        return Outcome(score, seconds, np.zeros((n_rows, 1)))

    return answer


def candidates(n: int) -> tuple[Candidate, ...]:
    return tuple(Candidate("additive", f"c{i}", AdditiveConfig()) for i in range(n))


def searched(
    made: Made,
    seconds: float | None = None,
    trials: int | None = None,
    folds: int = 2,
    tell: Callable[[Progress], None] = lambda progress: None,
    workers: int = 1,
    journal: Any = None,
    proposed: Sequence[Candidate] = (),
    halving: Halving | None = None,
) -> tuple[list[Trial], FakeTime]:
    time = FakeTime()
    plan = Plan(tuple(proposed) or candidates(30), 0, folds, 1, 0.25, seconds, trials)
    plan = replace(plan, halving=halving or Halving())
    context = FitContext(Deadline(seconds, time.now), tell=tell)
    engine = FakeEngine(time, answering(made), workers)
    engine.start(replace(STUDIES[folds]))  # what earlier searches took is unknown
    found = Search(plan, engine, context, journal).run([Portfolio(plan.candidates)])
    return found, time


def number(job: Job) -> int:
    return int(job.candidate.label[1:])


def test_a_known_family_is_tried_on_fewer_rows_first() -> None:
    """And goes on to all rows where its score there is among the best."""
    scores, rows = [0.9, 0.5, 0.4, 0.6], list[tuple[int, int]]()

    def made(job: Job) -> tuple[float, float, str]:
        rows.append((number(job), job.rows))
        return 1.0, scores[number(job)], ""

    whole = len(STUDIES[1].splits[0].train)
    few = Halving(reduction=3, min_rows=whole // 3)
    trials, _ = searched(made, 60.0, folds=1, proposed=candidates(4), halving=few)
    assert rows == [
        (0, whole),
        (1, whole // 3),
        (1, whole),
        (2, whole // 3),
        (3, whole // 3),
        (3, whole),
    ]
    assert [trial.first_step for trial in trials] == [None, 0.5, 0.4, 0.6]
    assert [trial.rows for trial in trials] == [whole, whole, whole // 3, whole]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 50.0), min_size=30, max_size=30),
    st.sampled_from([1.0, 10.0, 60.0]),
    st.sampled_from([1, 2, 4]),
    st.sampled_from([1, 2, 3, 9]),
)
def test_the_budget_holds_whatever_fits_take(
    costs: list[float], seconds: float, folds: int, workers: int
) -> None:
    def made(job: Job) -> tuple[float, float, str]:
        return costs[number(job)], 0.7, ""

    trials, time = searched(made, seconds, folds=folds, workers=workers)
    assert trials
    assert time.seconds <= seconds


def test_time_is_left_for_the_refits() -> None:
    """What refits of the best trials will take is not searched away."""
    trials, time = searched(lambda job: (1.0, 0.7 + 0.001 * number(job), ""), 60.0)
    assert len(trials) > 5
    assert 35 < time.seconds < 60 - 4 * 1.3


def test_what_takes_more_than_a_fifth_comes_after_the_cheaper_ones() -> None:
    """Foretold by its hint and by what the others took beside theirs."""
    cheap, dear = AdditiveConfig(rounds=10_000), AdditiveConfig(rounds=400_000)
    configs = [cheap, cheap, dear, cheap, dear, cheap]
    proposed = [Candidate("additive", f"c{i}", config) for i, config in enumerate(configs)]

    def made(job: Job) -> tuple[float, float, str]:
        return job.candidate.config.rounds / 50_000, 0.7, ""

    for seconds, order in ((60.0, [0, 1, 3, 5, 2, 4]), (200.0, [0, 1, 2, 3, 4, 5])):
        trials, _ = searched(made, seconds, proposed=proposed)
        assert [int(trial.candidate.label[1:]) for trial in trials] == order
    trials, _ = searched(made, None, 6, proposed=proposed)
    assert [int(trial.candidate.label[1:]) for trial in trials] == [0, 1, 2, 3, 4, 5]


def test_trials_are_counted() -> None:
    trials, _ = searched(lambda job: (1.0, 0.7, ""), trials=7)
    assert [t.number for t in trials] == list(range(7))
    assert {t.status for t in trials} == {"done"}


def test_no_more_proposals_end_the_search() -> None:
    trials, _ = searched(lambda job: (0.001, 0.7, ""), 60.0)
    assert len(trials) == 30


def test_the_clearly_worse_is_dropped_after_a_fold() -> None:
    trials, _ = searched(lambda job: (1.0, 0.9 if number(job) == 0 else 0.5, ""), trials=3)
    assert [t.status for t in trials] == ["done", "dropped", "dropped"]
    assert [len(t.outcomes) for t in trials] == [2, 1, 1]
    assert trials[1].score == pytest.approx(0.5)


def test_what_is_about_as_good_is_not_dropped() -> None:
    trials, _ = searched(lambda job: (1.0, 0.9 if number(job) == 0 else 0.899, ""), trials=3)
    assert [t.status for t in trials] == ["done"] * 3


def test_a_dropped_trial_is_judged_by_the_same_folds() -> None:
    """The best had luck on the first fold; what is dropped there is not called as good."""

    def made(job: Job) -> tuple[float, float, str]:
        first = job is engine_jobs[0] if engine_jobs else True
        engine_jobs.append(job)
        return 1.0, (0.95 if first else 0.85) if number(job) == 0 else 0.7, ""

    engine_jobs: list[Job] = []
    trials, _ = searched(made, trials=2)
    assert trials[0].score == pytest.approx(0.9)
    assert trials[1].score == pytest.approx(0.9 + 0.7 - 0.95)


def test_a_failure_is_recorded_and_the_search_goes_on() -> None:
    trials, _ = searched(
        lambda job: (0.1, 0.7, "ValueError: no" if number(job) == 1 else ""), trials=3
    )
    assert [t.status for t in trials] == ["done", "failed", "done"]
    assert trials[1].reason == "ValueError: no"
    assert trials[1].score == -np.inf


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.0, 9.0), st.floats(0.1, 0.9)), min_size=30, max_size=30),
    st.sampled_from([2, 3, 5, 16]),
)
def test_without_a_clock_workers_change_nothing(
    fits: list[tuple[float, float]], workers: int
) -> None:
    """Neither how many there are nor which of them is through first."""

    def made(job: Job) -> tuple[float, float, str]:
        seconds, score = fits[number(job)]
        return seconds * (1 + (job.split or 0) % 3), score, "no" if score > 0.85 else ""

    def told(count: int) -> list[tuple[object, ...]]:
        trials, _ = searched(made, trials=20, folds=4, workers=count)
        return [(t.number, t.candidate, t.status, t.score, len(t.outcomes)) for t in trials]

    assert told(workers) == told(1)


class Kept:
    """A journal that has the first trials of an earlier search."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.steps = [JournalEntry(trial.candidate, trial, 0.0) for trial in trials]

    @property
    def more(self) -> bool:
        return bool(self.steps)

    def recall(self, candidate: Candidate) -> JournalEntry | None:
        found = next((s for s in self.steps if s.proposed == candidate), None)
        if found:
            self.steps.remove(found)
        return found

    def record(self, step: JournalEntry) -> None:
        """What is new need not be kept here."""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.5, 0.9), min_size=30, max_size=30),
    st.sampled_from([1, 2, 5]),
    st.integers(0, 12),
)
def test_what_was_interrupted_ends_the_same(scores: list[float], workers: int, kept: int) -> None:
    def made(job: Job) -> tuple[float, float, str]:
        return 1.0, scores[number(job)] + 0.01 * (job.split or 0), ""

    whole, _ = searched(made, trials=12, folds=4, workers=workers)
    again, _ = searched(made, trials=12, folds=4, workers=workers, journal=Kept(whole[:kept]))
    assert [(t.number, t.status, t.score) for t in again] == [
        (t.number, t.status, t.score) for t in whole
    ]


def test_a_worker_that_is_free_begins_the_next_candidate() -> None:
    """Uneven splits on two workers: nobody waits for the end of a trial."""
    _, alone = searched(lambda job: (1.0 + (job.split or 0) % 2, 0.7, ""), trials=20, folds=4)
    _, both = searched(
        lambda job: (1.0 + (job.split or 0) % 2, 0.7, ""), trials=20, folds=4, workers=2
    )
    assert both.seconds <= 0.52 * alone.seconds


def test_a_first_split_that_is_worse_costs_no_other() -> None:
    """The first of the next candidate goes between, so nothing is begun in vain."""
    begun: list[tuple[int, int | None]] = []

    def made(job: Job) -> tuple[float, float, str]:
        begun.append((number(job), job.split))
        return 1.0, 0.5 if number(job) % 2 else 0.9, ""

    trials, _ = searched(made, trials=8, folds=4, workers=2)
    assert [t.status for t in trials] == ["done", "dropped"] * 4
    assert {split for n, split in begun if n % 2} == {0}


def test_ctrl_c_keeps_what_there_is() -> None:
    def made(job: Job) -> tuple[float, float, str]:
        if number(job) == 2:
            raise KeyboardInterrupt
        return 1.0, 0.7, ""

    trials, _ = searched(made, trials=9)
    assert [t.number for t in trials] == [0]


def test_ctrl_c_before_there_is_anything_goes_on_up() -> None:
    def made(job: Job) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        searched(made, trials=9)


def test_progress_is_told() -> None:
    heard: list[Progress] = []
    searched(lambda job: (1.0, 0.7, ""), 60.0, 3, tell=heard.append)
    assert [p.trials for p in heard] == [0, 1, 2]
    assert [p.best for p in heard] == [None, 0.7, 0.7]
    assert [p.running for p in heard] == ["additive c0", "additive c1", "additive c2"]


class Interrupted(FakeEngine):
    """Is interrupted after some seconds."""

    def wait(self, tasks: Sequence[Task]) -> None:
        if self.time.seconds > 6:
            raise KeyboardInterrupt
        super().wait(tasks)


def test_trials_after_one_that_ctrl_c_cut_are_counted_on() -> None:
    """What is over is kept, and a trial's number is its place, as the card has it."""
    time = FakeTime()
    plan = Plan(candidates(9), 0, 2, 1, 0.25, 60.0, None)
    answer = answering(lambda job: (50.0 if number(job) == 1 else 1.0, 0.7, ""))
    engine = Interrupted(time, answer, 3)
    engine.start(STUDIES[2])
    trials = Search(plan, engine, FitContext(Deadline(60.0, time.now))).run(
        [Portfolio(plan.candidates)]
    )
    assert len(trials) > 1
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert "c1" not in [trial.candidate.label for trial in trials]
