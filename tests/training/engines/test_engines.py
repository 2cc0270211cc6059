"""Engines: every one keeps the contract; what nobody waits for is stopped; names and addresses."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pliant.core.config import Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError, ConfigError
from pliant.core.memory import resident_memory
from pliant.models.lightgbm import LightGBMConfig
from pliant.testing import check_engine, small_experiment
from pliant.training.engines.base import Engine
from pliant.training.engines.local import LocalEngine
from pliant.training.engines.select import make_engine, one_by_one
from pliant.training.engines.serial import SerialEngine
from pliant.training.engines.threads import ThreadEngine
from pliant.training.records import Candidate, Job

ENGINES = {
    "serial": lambda: SerialEngine(),
    "two threads": lambda: ThreadEngine(2),
    "five threads": lambda: ThreadEngine(5),
    "two processes": lambda: LocalEngine(2),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with ENGINES[request.param]() as made:
        yield made


def test_engine_keeps_the_contract(engine: Engine) -> None:
    check_engine(engine)


@pytest.mark.parametrize("kind", ["two threads", "two processes"])
def test_a_job_that_nobody_waits_for_is_stopped(kind: str) -> None:
    """A fit of days ends once the caller has gone, and the next job finds a worker."""
    endless = LightGBMConfig(learning_rate=1e-9, num_leaves=2)
    jobs = [
        Job(Candidate("additive", "bad", None), 0),
        Job(Candidate("lightgbm", "endless", endless), 0, rounds=10**9),
    ]
    with ENGINES[kind]() as engine:
        engine.start(small_experiment(2))
        running = engine.run(jobs)
        assert next(running).reason
        time.sleep(0.5)
        deadline = Deadline(None)
        running.close()
        assert deadline.elapsed() < 10.0
        check_engine(engine)


def test_threads_are_shared_by_those_at_work_together() -> None:
    assert ThreadEngine(8).threads(4) == 2
    assert ThreadEngine(2).threads(4) == 1
    assert SerialEngine(8).threads(1) == 8


@pytest.mark.parametrize(
    ("resources", "seconds", "kind", "workers"),
    [
        (Resources(1), 60.0, SerialEngine, 1),
        (Resources(3), 60.0, ThreadEngine, 3),
        (Resources(3, "serial"), 60.0, SerialEngine, 1),
        (Resources(2, "local"), None, LocalEngine, 2),
        (Resources(2, memory=10**10), 60.0, LocalEngine, 2),
        (Resources(2, memory=10**10), 1.0, ThreadEngine, 2),
    ],
)
def test_the_engine_that_is_meant(
    resources: Resources, seconds: float | None, kind: type[Engine], workers: int
) -> None:
    with make_engine(resources, seconds) as engine:
        assert type(engine) is kind
        assert engine.workers == workers


def test_little_memory_means_fewer_workers() -> None:
    with make_engine(Resources(64, "local", resident_memory() + 6 * 10**8), None) as engine:
        assert 1 <= engine.workers <= 3


@pytest.mark.parametrize("kind", ["threads", "local"])
def test_jobs_that_are_run_one_by_one_have_all_of_the_memory(kind: str) -> None:
    memory = resident_memory() + 10**9
    resources = Resources(2, kind, memory)
    with make_engine(resources, None) as engine:
        engine.start(small_experiment(2))
        with one_by_one(engine, resources) as alone:
            assert (alone.workers, alone.threads(1)) == (1, 2)
            assert alone.in_process is engine.in_process
            assert alone.room() > 1.5 * engine.memory
            check_engine(alone)
        check_engine(engine)


def test_an_engine_without_bounds_runs_jobs_one_by_one_as_it_is() -> None:
    with make_engine(Resources(2), None) as engine:
        engine.start(small_experiment(2))
        with one_by_one(engine, Resources(2)) as same:
            assert same is engine
        check_engine(engine)


def test_too_little_memory_is_said() -> None:
    with pytest.raises(
        ConfigError, match=r"expected \d\.\d\d GB of memory or more .* got 0\.00 GB"
    ):
        make_engine(Resources(2, memory=1000), None)


def test_an_unknown_engine_is_said() -> None:
    with pytest.raises(ConfigError, match=r"expected the engine to be auto, .* got 'spark'"):
        make_engine(Resources(engine="spark"), None)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["ray://127.0.0.1:9", "tcp://127.0.0.1:9"])
def test_a_cluster_that_is_not_there_is_said_before_any_work(address: str) -> None:
    pytest.importorskip("ray" if address.startswith("ray") else "distributed")
    with pytest.raises(ClusterError, match=f"expected a cluster at {address}") as said:
        make_engine(Resources(engine=address), None)
    assert "pip" not in str(said.value)  # the extra of an engine has all that it needs
