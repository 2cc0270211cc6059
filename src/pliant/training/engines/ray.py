"""The Ray engine: each job is a task of a Ray cluster, there already or started here.

The experiment goes into the object store once, one copy a node, and every worker process reads it
there, for a child process of its own. Ray runs a task again whose worker or node is lost.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from pliant.core.deadline import Deadline
from pliant.core.errors import MissingLibraryError
from pliant.training.engines.outpost import Outpost
from pliant.training.engines.places import Node
from pliant.training.engines.recent import Recent
from pliant.training.engines.remote import (
    RETRIES,
    RemoteEngine,
    failure,
    unreachable,
)
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome
from pliant.training.training_set import TrainingSet

ANSWER_SECONDS = 120
"""What the workers may take to come up and say something of themselves."""

CONNECT_SECONDS = 20.0
"""How long a cluster that was named may take to answer the first call."""

CALL_SECONDS = 2.0
"""How long a cluster of this machine may take to answer a call."""

ASK_SECONDS = 0.5
"""Seconds between a worker's questions whether its task is still wanted."""


class RayEngine(RemoteEngine):
    """Trains as many jobs at once as the cluster has processors, or `workers`.

    `address` is that of a cluster, such as "ray://head:10001"; None joins the one of this machine,
    or starts one of `workers` processors.

    Raises
    ------
    ClusterError
        When the cluster cannot be reached, or its Python or this package has another version.
    MissingLibraryError
        When Ray is not installed.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        super().__init__(address or "this machine", workers)
        self._ray = _imported()
        errors = self._ray.exceptions
        self.troubles = (errors.RayError, ImportError, OSError, RuntimeError)
        self._ours = not self._ray.is_initialized()
        if self._ours:
            _connect(self._ray, address, workers, self.name)
        self._train = self._ray.remote(max_retries=RETRIES)(_train)
        self._datasets = Recent[Any]()
        self._unwanted: Any = None
        self._numbers = count()
        self.check()

    def processors(self) -> int:
        """Return the processors that the cluster has now."""
        return int(self._ray.cluster_resources().get("CPU", 1))

    def nodes(self) -> Mapping[str, Node]:
        """Return the machines that are alive and have processors for tasks, by Ray's own names."""
        found = ((n, n["Resources"]) for n in self._ray.nodes() if n["Alive"])
        return {
            node["NodeID"]: Node(node["NodeManagerAddress"], int(has["CPU"]), _memory_of(has))
            for node, has in found
            if has.get("CPU", 0) >= 1
        }

    def each(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        """Return what a function returned on each node, or its error; where there is none yet, on
        the first that comes up in a cluster which grows as it is asked.
        """
        task, get = self._ray.remote(max_retries=0, num_cpus=0)(_called), self._ray.get
        nodes = self.nodes()
        asked = {name: task.options(**self._pinned(name)).remote(function) for name in nodes}
        asked = asked or {"": task.options(num_cpus=1).remote(function)}
        answers: dict[str, Any] = {}
        deadline = Deadline(ANSWER_SECONDS)
        for name, reference in asked.items():
            try:
                answers[name] = get(reference, timeout=max(0.0, deadline.remaining()))
            except self._ray.exceptions.RayError as error:
                answers[name] = error
        return answers

    def _pinned(self, node: str) -> dict[str, Any]:
        """Return the options of a task that runs on one node, or fails where that has gone."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return {"scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=False)}

    def ship(self, experiment: Objective) -> None:
        """Put the experiment into the object store."""
        self._reference = self._ray.put(experiment)
        self._unwanted = self._ray.remote(num_cpus=0, max_restarts=-1)(_Unwanted).remote()

    def send(self, job: Job) -> _Sent:
        """Make a task of the cluster of a job; its dataset goes into the object store, once."""
        put, dataset = self._ray.put, job.dataset
        shipped = dataset and self._datasets.get(dataset.key, lambda: put(dataset))
        options = {"max_retries": 0, **self._pinned(job.worker)} if job.worker else {}
        task, key = self._train.options(num_cpus=job.threads, **options), next(self._numbers)
        asked = self._unwanted, key
        reference = task.remote([self._reference], replace(job, dataset=None), shipped, asked)
        return _Sent(key, reference, reference.future())

    def ready(self, handle: _Sent) -> bool:
        """Return whether the cluster is through with a task."""
        return handle.future.done()

    def result(self, handle: _Sent) -> Outcome | None:
        """Return what came of a task; None where a node that held it has gone, and Ray, which
        would run it again, knows no longer how.
        """
        try:
            return handle.future.result()
        except self._ray.exceptions.ObjectLostError:
            return None
        except self._ray.exceptions.RayError as error:
            return failure(error)

    def cancel(self, handle: _Sent) -> None:
        """Let a task end soon: its worker asks whether it is wanted.

        `ray.cancel` may end the whole program where the task is just about to end ("Check failed:
        it != submissible_tasks_.end()", Ray's issues 54846 and 54798; 2.60 still does).
        """
        if not handle.future.done():
            self._unwanted.add.remote(handle.key)

    def wait_for(self, handles: Sequence[_Sent], seconds: float) -> None:
        """Return when one of the tasks is ready, or so many seconds have passed."""
        wait([handle.future for handle in handles], seconds, FIRST_COMPLETED)

    def close(self) -> None:
        """Let go of the experiment, and of the cluster when it was joined or started here."""
        super().close()
        self._reference = self._unwanted = None
        if self._ours:
            self._ray.shutdown()


@dataclass(frozen=True)
class _Sent:
    """A task of the cluster: its key, Ray's reference, and the future that is told when it is over,
    so that nobody need ask the cluster about each task again and again.
    """

    key: int
    reference: Any
    future: Future[Outcome]


class _Unwanted:
    """The keys of tasks that nobody waits for any more: an actor of the cluster."""

    def __init__(self) -> None:
        self._keys = set[int]()

    def add(self, key: int) -> None:
        """Take a key."""
        self._keys.add(key)

    def has(self, key: int) -> bool:
        """Return whether a key is there."""
        return key in self._keys


class _Wanted:
    """Asks now and then whether a task is wanted; where nobody answers, it is."""

    def __init__(self, unwanted: Any, key: int) -> None:
        self._unwanted, self._key = unwanted, key
        self._ray, self._next = _imported(), 0.0

    def __call__(self) -> bool:
        """Return whether the task is wanted, by the last answer."""
        if time.monotonic() < self._next:
            return True
        self._next = time.monotonic() + ASK_SECONDS
        with suppress(self._ray.exceptions.RayError):
            return not self._ray.get(self._unwanted.has.remote(self._key), timeout=CALL_SECONDS)
        return True


def _train(
    reference: list[Any], job: Job, dataset: TrainingSet | None, asked: tuple[Any, int]
) -> Outcome:
    """Train a job in the child process of a worker of the cluster."""
    job, wanted = replace(job, dataset=dataset), _Wanted(*asked)
    if not wanted():
        return Outcome.failed(0.0, "nobody waits for it any more")
    return _outpost(reference[0]).train(job, 1, _memory(bool(job.worker)), wanted)


def _called(function: Callable[[], Any]) -> Any:
    """Return what a function returns; Ray itself takes no partial ones."""
    return function()


@lru_cache(maxsize=1)
def _outpost(reference: Any) -> Outpost:
    """Return the outpost of an experiment; what was prepared there stays for the next job."""
    return Outpost(_imported().get(reference))


@lru_cache(maxsize=2)
def _memory(whole: bool) -> int | None:
    """Return the bytes of this node, for each processor or as a whole, None where nobody says."""
    ray = _imported()
    here = ray.get_runtime_context().get_node_id()
    found = [node["Resources"] for node in ray.nodes() if node["NodeID"] == here]
    memory = _memory_of(found[0]) if found else None
    return memory if memory is None or whole else int(memory / max(1.0, found[0]["CPU"]))


def _memory_of(resources: dict[str, float]) -> int | None:
    """Return the bytes of a node; None of one that has no processors, or does not say."""
    return int(resources["memory"]) if resources.get("CPU") and "memory" in resources else None


def _imported() -> Any:
    try:
        import ray
    except ImportError:
        raise MissingLibraryError(
            'the engine "ray" needs Ray, which is not installed: pip install "pliant[ray]"'
        ) from None
    return ray


def _connect(ray: Any, address: str | None, workers: int | None, cluster: str) -> None:
    quiet: dict[str, Any] = {"logging_level": "error", "log_to_driver": False}
    ours = signal.getsignal(signal.SIGTERM)
    try:
        if there := address or running_cluster():
            _call(there)
            with warnings.catch_warnings(action="ignore"):  # the error says it again
                ray.init(address=there, **quiet)
        else:
            # As a client's job, for which workers look at no file of the working directory.
            apart = ray.job_config.JobConfig(_client_job=True)
            options = quiet | {"include_dashboard": False, "job_config": apart}
            ray.init("local", num_cpus=workers, **options)
    except (ConnectionError, RuntimeError, OSError, ValueError) as error:
        raise unreachable(cluster, error) from None
    finally:
        if callable(ours) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)  # Ray takes it, to end at once


def _call(address: str) -> None:
    """Raise OSError where nobody listens at an address: Ray would try for half a minute."""
    host, _, port = address.removeprefix("ray://").partition("/")[0].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()


def running_cluster() -> str | None:
    """Return the address of the cluster of this machine; None where there is none that answers.

    It is `RAY_ADDRESS`, or what Ray notes in a file. The note of a cluster that was killed stays,
    and Ray would wait minutes for it.
    """
    if named := os.environ.get("RAY_ADDRESS"):
        return named
    try:
        folder = os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()
        noted = Path(folder, "ray", "ray_current_cluster").read_text().strip()
        host, _, port = noted.rpartition(":")
        socket.create_connection((host, int(port)), timeout=CALL_SECONDS).close()
    except (OSError, ValueError):
        return None
    return noted
