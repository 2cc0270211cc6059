"""Jobs that are trained together: one model of rows that no process holds alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pliant.core.config import Resources
from pliant.models.family import IncrementalFamily, default_config
from pliant.models.registry import FAMILIES
from pliant.testing import FakeEngine, FakeTime, check_together, family_data, small_experiment
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.engines.local import LocalEngine
from pliant.training.engines.places import free_ports
from pliant.training.engines.select import make_engine
from pliant.training.records import Candidate, Job, Outcome

TOGETHER = [
    name for name, f in FAMILIES.items() if isinstance(f, IncrementalFamily) and f.data_parallel
]


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    with LocalEngine(2) as made:
        made.start(small_experiment())
        yield made


def test_ports_are_all_different() -> None:
    assert len(set(free_ports(50))) == 50


@pytest.mark.parametrize("name", TOGETHER)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_processes_make_one_model_of_all_rows(engine: LocalEngine, name: str, task: str) -> None:
    candidate = Candidate(name, "default", default_config(FAMILIES[name]))
    check_together(engine, candidate, family_data(task, 6_000))


@pytest.mark.parametrize("engine", ["serial", "threads"])
def test_one_process_has_no_places(engine: str) -> None:
    with make_engine(Resources(2, engine), None) as made:
        assert made.places(bool) == ()


def jobs(count: int) -> list[Job]:
    return [Job(Candidate("additive", str(i), None), i) for i in range(count)]


def test_they_begin_together_once_all_is_free() -> None:
    engine = FakeEngine(FakeTime(), lambda job: Outcome(0.9, 1.0 + (job.split or 0)), 3, 3)
    with Dispatcher(engine) as dispatcher:
        dispatcher.submit(jobs(1)[0])
        outcomes = dispatcher.together(jobs(3))
    assert [outcome.seconds for outcome in outcomes] == [1.0, 2.0, 3.0]
    assert [task.begun for task in engine.tasks] == [0.0, 1.0, 1.0, 1.0]


def test_where_one_fails_the_others_are_stopped() -> None:
    def answer(job: Job) -> Outcome:
        return Outcome.failed(2.0, "it died") if job.split == 1 else Outcome(0.9, 100.0)

    engine = FakeEngine(FakeTime(), answer, workers=3, threads=3, lingers=1.0)
    with Dispatcher(engine) as dispatcher:
        assert [outcome.reason for outcome in dispatcher.together(jobs(3))] == ["it died"]
    assert [task.over for task in engine.tasks] == [3.0, 2.0, 3.0]
