"""The Dask engine: each job is a task of a Dask cluster, there already or started here.

The experiment is scattered to all workers once. A task whose worker is lost is run again by Dask;
where the last worker with the experiment is lost, the experiment is shipped again and its tasks
with it. What nobody waits for any more is cancelled when it has not begun, and stopped when it has.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pliant.core.config import Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError, MissingLibraryError
from pliant.training.engines.dask_here import DaskHere
from pliant.training.engines.outpost import Outpost
from pliant.training.engines.places import Node
from pliant.training.engines.recent import Recent
from pliant.training.engines.remote import RETRIES, RemoteEngine, failure
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome
from pliant.training.training_set import TrainingSet

CONNECT_SECONDS = 20
"""What a scheduler may take to answer the first call."""

UP_SECONDS, UP_SECONDS_EACH = 60, 5
"""What workers that are started here may take to come up: the first, and each more of them."""

AGAIN_SECONDS = 5.0
"""How long a scheduler that has gone is waited for."""

WORKERS_SECONDS, WORKERS_SECONDS_UNTIMED = 15, 120
"""How long another worker is waited for where all are lost; more where no clock is asked."""

MIN_SECONDS = 1
"""How long workers are waited for that were waited for in vain before."""

LOGS = ("distributed", "distributed.client")
"""Loggers that Dask gives a level of their own."""

LOST = ("cancelled", "lost")
"""What Dask calls a task that needs what has gone with the workers."""


class DaskEngine(RemoteEngine):
    """Trains as many jobs at once as the cluster's workers have threads, or `workers`.

    `address` is that of a scheduler, such as "tcp://scheduler:8786"; None starts a cluster of
    `workers` processes on this machine.

    Raises
    ------
    ClusterError
        When the cluster cannot be reached, or its Python or this package has another version.
    MissingLibraryError
        When distributed is not installed.
    """

    troubles = (ImportError, OSError, RuntimeError, ValueError)

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        super().__init__(address or "this machine", workers)
        self._dask = _imported()
        self._client: Any = None
        self._here: DaskHere | None = None
        self._scattered: Any = None
        self._datasets = Recent[Any]()
        self._quiet = _quiet()
        try:
            with self.reached():
                self._join(address, workers)
        except BaseException:
            self.close()
            raise
        self.check()

    def _join(self, address: str | None, workers: int | None) -> None:
        """Become a client of the scheduler that was named, or of one that is started here."""
        if address is not None:
            self._client = self._dask.Client(address, timeout=CONNECT_SECONDS)
            return
        workers = workers or Resources().processors
        self._here = DaskHere(self._dask, workers)
        self._client = self._dask.Client(self._here.address, timeout=CONNECT_SECONDS)
        self._client.wait_for_workers(workers, timeout=UP_SECONDS + UP_SECONDS_EACH * workers)

    def processors(self) -> int:
        """Return the threads that the workers have now."""
        self._expect_scheduler()
        return int(sum(self._client.nthreads().values()))

    def nodes(self) -> Mapping[str, Node]:
        """Return its workers by their addresses."""
        workers = self._client.scheduler_info()["workers"]
        return {
            name: Node(
                str(urlsplit(name).hostname), int(said["nthreads"]), said["memory_limit"] or None
            )
            for name, said in workers.items()
        }

    def each(self, function: Callable[[], Any]) -> Mapping[str, Any]:
        """Return what a function returned at each worker, or the error that came of it."""
        answers: dict[str, Any] = self._client.run(function, on_error="return")
        return answers

    def has(self, worker: str) -> bool:
        """Return whether a worker is still there: one that comes back has another address."""
        return not worker or worker in self._client.nthreads()

    def ship(self, experiment: Objective) -> None:
        """Scatter the experiment to all workers."""
        self._scatter(experiment, WORKERS_SECONDS_UNTIMED)

    def send(self, job: Job) -> Any:
        """Make a task of a job; the experiment is shipped again where it was lost."""
        self._expect_scheduler()
        if self._scattered.status in LOST:
            timed = WORKERS_SECONDS_UNTIMED if job.seconds is None else WORKERS_SECONDS
            self._scatter(self.experiment, MIN_SECONDS if self.gone else timed)
        rows, job = self._rows_of(job), replace(job, dataset=None)
        parts = self._scattered, job, rows
        options = {"workers": [job.worker], "retries": 0} if job.worker else {"retries": RETRIES}
        return self._client.submit(_train, *parts, pure=False, **options)

    def _rows_of(self, job: Job) -> Any:
        """Return the dataset of a job as one of the cluster's workers holds it, None of a split."""
        dataset = job.dataset
        if dataset is None:
            return None

        def sent() -> Any:
            return self._client.scatter(dataset, hash=False, timeout=WORKERS_SECONDS)

        rows = self._datasets.get(dataset.key, sent)
        if rows.status in LOST:
            self._datasets.forget(dataset.key)
            rows = self._datasets.get(dataset.key, sent)
        return rows

    def _scatter(self, experiment: Objective, seconds: float) -> None:
        """Send the experiment to all workers that there are within some seconds, one at least."""
        scatter, deadline = self._client.scatter, Deadline(seconds)
        while True:
            try:
                left = max(MIN_SECONDS, deadline.remaining())
                sent = scatter(Outpost(experiment), broadcast=True, hash=False, timeout=left)
            except TimeoutError:
                raise ClusterError(
                    f"expected workers at {self.name} to take the table, got none in {seconds:g} s"
                ) from None
            except OSError:  # a worker went while it was sent
                self._expect_scheduler()
                if deadline.remaining() <= 0:
                    raise
            else:
                self._scattered = sent
                return

    def lost(self, handle: Any) -> bool:
        """Return whether a task, or its outcome, has gone with what its workers held."""
        return handle.status in LOST

    def ready(self, handle: Any) -> bool:
        """Return whether the cluster is through with a task."""
        return bool(handle.done())

    def result(self, handle: Any) -> Outcome | None:
        """Return what came of a task; None where it has gone with the worker that held it.

        That can happen at any moment, also between two questions about the same task.
        """
        if handle.status == "error":
            return failure(handle.exception())
        try:
            outcome: Outcome = handle.result()
        except CancelledError:
            return None
        return outcome

    def cancel(self, handle: Any) -> None:
        """Let a task go: it is not begun any more, or stopped."""
        handle.cancel()

    def wait_for(self, handles: Sequence[Any], seconds: float) -> None:
        """Return when one of the tasks is ready, or so many seconds have passed."""
        with suppress(self._dask.TimeoutError, CancelledError):
            self._dask.wait(handles, timeout=seconds, return_when="FIRST_COMPLETED")

    def close(self) -> None:
        """Let go of the experiment, and of the cluster when it was started here."""
        super().close()
        self._scattered = None
        if self._client is not None:
            self._client.close()
        if self._here is not None:
            self._here.close()
        self._quiet.close()

    def _expect_scheduler(self) -> None:
        """Raise ClusterError where the scheduler has gone, and does not come back in a while."""
        deadline = Deadline(0.0 if self.gone else AGAIN_SECONDS)
        while self._client.status == "connecting" and deadline.remaining() > 0:
            time.sleep(0.05)
        if self._client.status != "running":
            raise ClusterError(f"expected the scheduler at {self.name} to answer, but it has gone")


def _train(post: Outpost, job: Job, dataset: TrainingSet | None) -> Outcome:
    """Train a job in a child process of a worker of the cluster; all jobs share the experiment."""
    worker = _imported().get_worker()
    key, tasks = worker.get_current_task(), worker.state.tasks

    def wanted() -> bool:
        task = tasks.get(key)
        return task is not None and task.state != "cancelled"

    memory = worker.memory_manager.memory_limit or None
    job = replace(job, dataset=dataset)
    return post.train(job, worker.state.nthreads, memory, wanted)


def _quiet() -> ExitStack:
    """Silence Dask's loggers until the stack is closed: what goes wrong is said in one sentence."""
    silenced = ExitStack()
    for log in map(logging.getLogger, LOGS):
        silenced.callback(log.setLevel, log.level)
        log.setLevel(logging.CRITICAL)
    return silenced


def _imported() -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingLibraryError(
            'the engine "dask" needs Dask, which is not installed: pip install "pliant[dask]"'
        ) from None
    return distributed
