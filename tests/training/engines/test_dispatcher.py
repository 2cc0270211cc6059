"""The dispatcher: the threads at work are at most those allowed, whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.testing import FakeEngine, FakeTime
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.engines.task import Task
from pliant.training.records import INTERRUPTED, Candidate, Job, Outcome

CANDIDATE = Candidate("additive", "some", None)
Kind = tuple[float, int]
KINDS = st.lists(st.tuples(st.floats(0.1, 9.0), st.integers(1, 12)), min_size=1, max_size=40)


def job(kind: Kind, number: int = 0) -> Job:
    """Return a job of so many seconds and threads; its number is its split."""
    return Job(CANDIDATE, number, seconds=kind[0], threads=kind[1])


def jobs(kinds: Sequence[Kind]) -> list[Job]:
    return [job(kind, number) for number, kind in enumerate(kinds)]


def fake(workers: int = 1, threads: int | None = None, lingers: float = 0.0) -> FakeEngine:
    """Return an engine on which each job takes its seconds, and has its number for a score."""
    return FakeEngine(
        FakeTime(), lambda job: Outcome(float(job.split or 0), 1e9), workers, threads, lingers
    )


@settings(max_examples=100, deadline=None)
@given(KINDS, st.integers(1, 128), st.integers(1, 4))
def test_no_more_threads_are_at_work_than_allowed(
    kinds: list[Kind], workers: int, each: int
) -> None:
    engine = fake(workers, workers * each)
    assert [o.score for o in engine.run(jobs(kinds))] == list(range(len(kinds)))
    assert engine.most_threads() <= engine.capacity


@settings(max_examples=100, deadline=None)
@given(KINDS, st.integers(1, 16), st.data())
def test_what_was_cancelled_counts_until_it_is_gone(
    kinds: list[Kind], workers: int, data: st.DataObject
) -> None:
    """By whomever it was submitted: a caller follows another one that leaves in the midst."""
    engine = fake(workers, lingers=3.0)
    for _ in range(3):
        with closing(engine.run(jobs(kinds))) as outcomes:
            for _ in range(data.draw(st.integers(0, len(kinds)))):
                next(outcomes)
    assert len(list(engine.run(jobs(kinds)))) == len(kinds)
    assert engine.most_threads() <= workers


def test_there_is_room_for_as_many_workers_and_threads_as_are_free() -> None:
    engine = fake(workers=3, threads=4)
    with Dispatcher(engine) as dispatcher:
        first = dispatcher.submit(job((5.0, 3)))
        assert [dispatcher.fits(n) for n in (1, 2, 100)] == [True, False, False]
        dispatcher.submit(job((1.0, 1)))
        assert not dispatcher.fits()  # a worker is free, but no thread
        dispatcher.wait(first)
        assert engine.time.seconds == 1.0
        assert dispatcher.fits()
        assert not first.done()


def test_a_job_that_asks_for_more_threads_than_there_are_gets_all() -> None:
    engine = fake(workers=2, threads=4)
    (outcome,) = engine.run([job((1.0, 9))])
    assert outcome.score == 0
    assert engine.tasks[0].job.threads == 4


def test_leaving_cancels_what_is_out_and_nothing_else() -> None:
    engine = fake(workers=2)
    with Dispatcher(engine) as mine:
        with Dispatcher(engine) as other:
            theirs = other.submit(job((9.0, 1)))
            kept = mine.submit(job((9.0, 1)))
        assert theirs.done()
        assert not kept.done()
    assert kept.done()


def test_jobs_are_made_when_a_worker_is_free() -> None:
    made: list[int] = []

    def source() -> Iterator[Job]:
        for number in range(6):
            made.append(number)
            yield job((1.0, 1), number)

    with closing(fake(workers=2).run(source())) as outcomes:
        assert next(outcomes).score == 0
        assert made == [0, 1]


class Interrupted(FakeEngine):
    """Ctrl-C comes at the second wait."""

    def wait(self, tasks: Sequence[Task]) -> None:
        if self.time.seconds > 0:
            raise KeyboardInterrupt
        super().wait(tasks)


def test_ctrl_c_keeps_what_is_done() -> None:
    engine = Interrupted(FakeTime(), lambda job: Outcome(0.5, 1e9), workers=3)
    running, brought = engine.run(jobs([(2.0, 1), (1.0, 1), (9.0, 1)])), list[str]()
    with pytest.raises(KeyboardInterrupt):
        brought.extend(outcome.reason for outcome in running)
    assert brought == [INTERRUPTED, "", INTERRUPTED]
    assert all(task.done() for task in engine.tasks)
