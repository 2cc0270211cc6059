"""What the engines of clusters share: how jobs are given away, waited for and given up.

A cluster is asked for its versions before any work. Its workers have child processes for the jobs
(`outpost.py`); where a worker itself is lost, the cluster runs its jobs again. What it loses for
good, or does not bring back in time, is a failed outcome; a cluster that is gone is a ClusterError.
"""

from __future__ import annotations

import platform
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Any

from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError, PliantError
from pliant.training.engines.base import LIBRARY_BYTES, MIN_MEMORY, Engine, Task
from pliant.training.engines.places import Answer, Node, Place, answer
from pliant.training.engines.shipment import pickled_bytes
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome

Versions = tuple[str, str]
"""Of Python, without its patch, and of this package."""

RETRIES = 3
"""How often a cluster runs a job again whose worker is lost."""

GRACE_SHARE, GRACE_SECONDS = 0.5, 60.0
"""What a job may take beyond its seconds before it is given up: queues and preparing included."""

MAX_SECONDS = 3600.0
"""What a job may take where no clock is asked."""

LOOK_SECONDS = 1.0
"""Seconds between looks at whether a job is late, and at how many workers there are."""


class RemoteTask(Task):
    """A job that a cluster has, by the cluster's own handle; it is given up after its patience.

    Its outcome is fetched as soon as it is there. A job that has gone with what the cluster lost is
    sent again, and so is one whose outcome went before it was here.
    """

    def __init__(self, cluster: RemoteEngine, job: Job) -> None:
        self._cluster, self.job = cluster, job
        self._limit = patience(job.seconds)
        self._deadline, self._times, self._wanted = Deadline(self._limit), 1, True
        self._outcome: Outcome | None = None
        self.handle = cluster.send(job)

    def done(self) -> bool:
        """Return whether its outcome is here, or nobody waits for it and its worker is free."""
        if not self._wanted:
            return self._cluster.ready(self.handle)
        if self._outcome is None:
            with self._cluster.reached():
                self._look()
        return self._outcome is not None or self._deadline.remaining() <= 0

    def outcome(self) -> Outcome:
        """Return what came of it; what was lost for good is a failed outcome."""
        if self._outcome is None:
            self.stop()
            return Outcome.failed(self._limit, f"did not end in {self._limit:.0f} s, was given up")
        return self._outcome

    def stop(self) -> None:
        """Tell the cluster that nobody waits for it any more."""
        if self._outcome is None:
            self._wanted = False
            self._cluster.cancel(self.handle)

    def _look(self) -> None:
        """Fetch the outcome where it is there; send the job again where it was lost."""
        cluster = self._cluster
        if cluster.ready(self.handle):
            self._outcome = cluster.result(self.handle)
            lost = self._outcome is None
        else:
            lost = cluster.lost(self.handle) or not cluster.has(self.job.worker)
        if lost and self.job.worker:
            self._outcome = failure("the worker that it was for")
        elif lost and self._times > RETRIES:
            self._outcome = failure("all workers that held it, again and again")
        elif lost:
            self._times += 1
            self.handle = cluster.send(self.job)


class RemoteEngine(Engine):
    """Trains as many jobs at once as the cluster has processors, or `limit`.

    A job ends as with the local engine, whatever its learner does, since a child process has it.

    `troubles` are the errors of a cluster that does not answer; `gone` says that it did not once.
    """

    in_process = False
    reads_files = False
    troubles: tuple[type[Exception], ...] = (OSError,)
    gone: bool = False
    _seen: int = 1
    _next_look: float = 0.0

    def __init__(self, name: str, limit: int | None) -> None:
        self.name, self._limit = name, limit

    @abstractmethod
    def processors(self) -> int:
        """Return how many jobs of one thread the cluster can run at once now."""

    @abstractmethod
    def nodes(self) -> Mapping[str, Node]:
        """Return where its workers are now, by the names by which a job can name one."""

    @abstractmethod
    def each(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        """Return what a function, which can be pickled, returned at each node, or the error that
        came of it.
        """

    def has(self, worker: str) -> bool:
        """Return whether the worker that a job names is still there; also where it names none."""
        return True

    @abstractmethod
    def ship(self, experiment: Objective) -> None:
        """Send the experiment to where the jobs will be."""

    @abstractmethod
    def send(self, job: Job) -> Any:
        """Give a job to the cluster; return its handle."""

    @abstractmethod
    def ready(self, handle: Any) -> bool:
        """Return whether the cluster is through with a job."""

    @abstractmethod
    def result(self, handle: Any) -> Outcome | None:
        """Return what came of a job that was ready; None where that is lost since."""

    def lost(self, handle: Any) -> bool:
        """Return whether a job has gone with what the cluster lost, and must be sent again."""
        return False

    @abstractmethod
    def cancel(self, handle: Any) -> None:
        """Let a job go."""

    @abstractmethod
    def wait_for(self, handles: Sequence[Any], seconds: float) -> None:
        """Return when one of the jobs is ready, or so many seconds have passed."""

    @property
    def workers(self) -> int:
        """How many jobs run at once, by what the cluster said within the last second: asking it
        takes milliseconds. As before where it is gone: who submits hears it.
        """
        if time.monotonic() >= self._next_look:
            with suppress(ClusterError), self.reached():
                self._seen = self.processors()
            self._next_look = time.monotonic() + LOOK_SECONDS
        return self.capacity

    @property
    def capacity(self) -> int:
        """One thread a worker, by what the cluster had when it was last asked."""
        now = self._seen
        return max(1, now if self._limit is None else min(now, self._limit))

    def threads(self, at_once: int) -> int:
        """Return one: a worker may have no more to give."""
        return 1

    def start(self, experiment: Objective) -> None:
        """Ship the experiment, once."""
        super().start(experiment)
        with self.reached():
            self.ship(experiment)
        self.shipped_bytes = pickled_bytes(experiment)

    def places(self, check: Callable[[], bool]) -> Sequence[Place]:
        """Return one for each node that answers, as far as there is capacity."""
        with self.reached():
            self._seen = self.processors()
            nodes, answers = self.nodes(), self.each(partial(answer, check))
        left, found = self.capacity, list[Place]()
        for name, said in answers.items():
            if isinstance(said, Answer) and name in nodes and left:
                node, threads = nodes[name], min(left, nodes[name].threads)
                address, left = f"{node.host}:{said.port}", left - threads
                memory = None if node.memory is None else node.memory - LIBRARY_BYTES
                found.append(Place(name, address, threads, memory, said.sees))
        return found

    def submit(self, job: Job) -> Task:
        """Give a job to the cluster."""
        with self.reached():
            return RemoteTask(self, job)

    def wait(self, tasks: Sequence[Task]) -> None:
        """Return when one of the tasks is done, or after a while: one may be late."""
        with self.reached():
            self.wait_for([t.handle for t in tasks if isinstance(t, RemoteTask)], LOOK_SECONDS)

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Raise ClusterError where the cluster does not answer."""
        try:
            yield
        except ClusterError:
            self.gone = True
            raise
        except PliantError:
            raise
        except self.troubles as error:
            self.gone = True
            raise unreachable(self.name, error) from None

    def check(self) -> None:
        """Ask the workers for their versions and memory; close and raise ClusterError where they
        differ from here, or where that is too little to fit anything.
        """
        try:
            with self.reached():
                found, nodes = self.each(versions), self.nodes()
                for said in found.values():
                    if isinstance(said, Exception):
                        raise said
            if not found:
                raise ClusterError(f"expected workers at {self.name}, got none")
            check_versions(self.name, found.values())
            known = [n.memory // n.threads for n in nodes.values() if n.memory is not None]
            each = min(known, default=MIN_MEMORY)
            if each < MIN_MEMORY:
                raise ClusterError(
                    f"expected {MIN_MEMORY / 1e9:.2f} GB of memory or more for each processor of "
                    f"the workers at {self.name}, got {each / 1e9:.2f} GB"
                )
        except BaseException:
            self.close()
            raise


def versions() -> Versions:
    """Return the versions that are here."""
    return ".".join(platform.python_version_tuple()[:2]), version("pliant")


def check_versions(cluster: str, found: Iterable[Versions]) -> None:
    """Raise ClusterError unless all workers have the versions that are here."""
    here = versions()
    for there in found:
        if there != here:
            raise ClusterError(
                f"expected Python {here[0]} and pliant {here[1]} on every worker of {cluster}, "
                f"got Python {there[0]} and pliant {there[1]}"
            )


def patience(seconds: float | None) -> float:
    """Return the seconds after which a job is given up."""
    return MAX_SECONDS if seconds is None else seconds * (1 + GRACE_SHARE) + GRACE_SECONDS


def unreachable(cluster: str, error: Exception) -> ClusterError:
    """Return the error of a cluster that does not answer."""
    said = _line(error) or type(error).__name__
    return ClusterError(f"expected a cluster at {cluster}, but could not use one there: {said}")


def failure(error: Exception | str) -> Outcome:
    """Return the outcome of a job that a cluster has lost for good."""
    said = error if isinstance(error, str) else f"{type(error).__name__}: {_line(error)}"
    return Outcome.failed(0.0, f"lost by the cluster: {said}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
