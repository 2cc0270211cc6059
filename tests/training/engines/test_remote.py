"""What a cluster loses: a job, or its outcome on the way here, is sent again; not for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any

import pytest

from pliant import ClusterError
from pliant.models.additive import AdditiveConfig
from pliant.testing import small_experiment
from pliant.training.engines import remote
from pliant.training.engines.dask import DaskEngine
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.engines.places import Node
from pliant.training.engines.remote import RETRIES, RemoteEngine
from pliant.training.experiment import Experiment
from pliant.training.records import Candidate, Job, Outcome

JOBS = [Job(Candidate("additive", "one", AdditiveConfig()), split) for split in range(2)]


class FakeCluster(RemoteEngine):
    """Is through with a job at once; of each split, loses so many jobs and so many outcomes."""

    troubles = (ConnectionError,)

    def __init__(self, jobs: int = 0, outcomes: int = 0) -> None:
        super().__init__("nowhere", None)
        self._jobs, self._outcomes = [jobs] * len(JOBS), [outcomes] * len(JOBS)
        self.sent: list[Job] = []
        self.let_go_of: list[Job] = []
        self.breaks, self.looks = False, 0
        self.bytes_each: int | None = None
        self.start(small_experiment(2))

    def processors(self) -> int:
        self.looks += 1
        return 4

    def nodes(self) -> Mapping[str, Node]:
        return {"one": Node("10.0.0.1", 1, self.bytes_each), "two": Node("10.0.0.2", 3, None)}

    def each(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        return {"one": function(), "two": function()}

    def ship(self, experiment: Experiment) -> None: ...

    def send(self, job: Job) -> Job:
        self.sent.append(job)
        return job

    def lost(self, handle: Job) -> bool:
        return self._takes(self._jobs, handle)

    def ready(self, handle: Job) -> bool:
        return not self._jobs[handle.split or 0]

    def result(self, handle: Job) -> Outcome | None:
        if self.breaks:
            raise ConnectionError("it is gone")
        return None if self._takes(self._outcomes, handle) else Outcome(0.9, 1.0)

    def cancel(self, handle: Job) -> None:
        self.let_go_of.append(handle)

    def wait_for(self, handles: Sequence[Job], seconds: float) -> None: ...

    def _takes(self, left: list[int], job: Job) -> bool:
        left[job.split or 0] -= 1
        return left[job.split or 0] >= 0


@pytest.mark.parametrize(
    "lost", [{"jobs": 1}, {"outcomes": 1}, {"jobs": 1, "outcomes": RETRIES - 1}]
)
def test_what_is_lost_is_sent_again(lost: dict[str, int]) -> None:
    cluster = FakeCluster(**lost)
    assert [outcome.score for outcome in cluster.run(JOBS)] == [0.9, 0.9]
    assert len(cluster.sent) == len(JOBS) * (1 + sum(lost.values()))
    assert not cluster.let_go_of


@pytest.mark.parametrize("lost", [{"jobs": 9}, {"outcomes": 9}])
def test_what_is_lost_again_and_again_is_a_failed_outcome(lost: dict[str, int]) -> None:
    cluster = FakeCluster(**lost)
    for outcome in cluster.run(JOBS):
        assert outcome.reason == "lost by the cluster: all workers that held it, again and again"
    assert len(cluster.sent) == len(JOBS) * (1 + RETRIES)


def test_an_outcome_that_is_here_is_not_lost_any_more() -> None:
    cluster = FakeCluster()
    with Dispatcher(cluster) as dispatcher:
        task = dispatcher.submit(JOBS[0])
        assert task.done()
        cluster.breaks = True
        assert task.done()
        assert task.outcome().score == 0.9


def test_what_nobody_waits_for_is_not_sent_again() -> None:
    cluster = FakeCluster(jobs=1)
    task = cluster.submit(JOBS[0])
    task.stop()
    assert not task.done()
    assert cluster.sent == cluster.let_go_of == [JOBS[0]]


def test_a_cluster_that_goes_while_an_outcome_is_fetched_is_an_error() -> None:
    cluster = FakeCluster()
    cluster.breaks = True
    with pytest.raises(ClusterError, match=r"expected a cluster at nowhere, but .*: it is gone"):
        list(cluster.run(JOBS))
    assert cluster.gone


def test_how_many_workers_there_are_is_not_asked_for_each_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = FakeCluster()
    assert len(list(cluster.run(JOBS * 50))) == 100
    assert cluster.looks <= 5  # once a second
    monkeypatch.setattr(remote, "LOOK_SECONDS", 0.0)
    again = FakeCluster()
    assert len(list(again.run(JOBS * 50))) == 100
    assert again.looks >= 100


def test_workers_with_too_little_memory_are_refused() -> None:
    cluster = FakeCluster()
    for enough in (None, 300 * 10**6):
        cluster.bytes_each = enough
        cluster.check()
    cluster.bytes_each = 120 * 10**6
    said = r"expected 0\.30 GB of memory or more for each processor .* at nowhere, got 0\.12 GB"
    with pytest.raises(ClusterError, match=said):
        cluster.check()


@dataclass
class FakeFuture:
    """A future of Dask whose status is read once more before what it tells has changed."""

    status: str
    told: Any

    def result(self) -> Any:
        if isinstance(self.told, BaseException):
            raise self.told
        return self.told

    def exception(self) -> Any:
        return self.told


def test_dask_loses_an_outcome_after_it_was_ready() -> None:
    engine = object.__new__(DaskEngine)
    assert engine.result(FakeFuture("finished", CancelledError("reason: unknown"))) is None
    assert engine.result(FakeFuture("cancelled", CancelledError("scheduler lost"))) is None
    assert engine.result(FakeFuture("finished", Outcome(0.5, 1.0))) == Outcome(0.5, 1.0)
    failed = engine.result(FakeFuture("error", ValueError("harm")))
    assert failed is not None
    assert failed.reason == "lost by the cluster: ValueError: harm"
