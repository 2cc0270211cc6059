"""The Dask engine: each job is a task of a Dask cluster, there already or started here.

The study is scattered to all workers once. A task whose worker is lost is run again by Dask; what
nobody waits for any more is cancelled when it has not begun, and ends at its deadline when it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pliant.config import Clock
from pliant.engine.base import Engine, Task
from pliant.engine.remote import check_versions, patience, unreachable, versions
from pliant.engine.shipment import pickled_bytes
from pliant.errors import ClusterError, MissingLibraryError
from pliant.evaluate import Job, Outcome, evaluate
from pliant.study import Study

CONNECT_SECONDS = 20
RETRIES = 3


class _DaskTask(Task):
    """A task of the cluster, given up after `limit` seconds."""

    def __init__(self, future: Any, limit: float) -> None:
        self.future = future
        self._clock, self._limit = Clock(limit), limit

    def done(self) -> bool:
        """Return whether the cluster is through with it, or it is given up."""
        return bool(self.future.done()) or self._clock.remaining() <= 0

    def outcome(self) -> Outcome:
        """Return what came of it; what was lost for good is a failed outcome."""
        if not self.future.done():
            self.stop()
            return Outcome.failed(self._limit, f"did not end in {self._limit:.0f} s, was left")
        try:
            outcome: Outcome = self.future.result()
        except _imported().KilledWorker as error:
            said = " ".join(str(error).split())[:200]
            return Outcome.failed(0.0, f"lost by the cluster: {said}")
        return outcome

    def stop(self) -> None:
        """Let it go: it is not begun any more, or ends at its deadline."""
        self.future.cancel()


class DaskEngine(Engine):
    """Evaluates as many jobs at once as the cluster's workers have threads, or `workers`.

    `address` is that of a scheduler, such as "tcp://scheduler:8786"; None starts a cluster of
    `workers` processes on this machine.

    Raises
    ------
    ClusterError
        When the cluster cannot be reached, or its Python or this package has another version.
    MissingLibraryError
        When distributed is not installed.
    """

    in_process = False

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        distributed = _imported()
        self._cluster_name = address or "this machine"
        self._limit = workers
        self._cluster: Any = None
        try:
            if address is None:
                self._cluster = distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=None
                )
            self._client = distributed.Client(self._cluster or address, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise unreachable(self._cluster_name, error) from None
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    @property
    def workers(self) -> int:
        """How many jobs run at once: the threads that the workers have now."""
        now = int(sum(self._client.nthreads().values()))
        return max(1, now if self._limit is None else min(now, self._limit))

    def threads(self, at_once: int) -> int:
        """Return one: the threads of a worker run jobs of their own."""
        return 1

    def start(self, study: Study) -> None:
        """Scatter the study to all workers."""
        super().start(study)
        self._scattered = self._client.scatter(study, broadcast=True, hash=False)
        self.shipped_bytes = pickled_bytes(study)

    def submit(self, job: Job) -> Task:
        """Make a task of the cluster of a job."""
        future = self._client.submit(_evaluate, self._scattered, job, pure=False, retries=RETRIES)
        return _DaskTask(future, patience(job.seconds))

    def wait(self, tasks: Sequence[Task]) -> None:
        """Return when one of the tasks is done, or after a second: one may be late."""
        distributed = _imported()
        with suppress(distributed.TimeoutError):
            futures = [t.future for t in tasks if isinstance(t, _DaskTask)]
            distributed.wait(futures, timeout=1.0, return_when="FIRST_COMPLETED")

    def _check(self) -> None:
        """Ask all workers for their versions."""
        try:
            found = self._client.run(versions)
        except (ImportError, OSError, RuntimeError) as error:
            raise unreachable(self._cluster_name, error) from None
        if not found:
            raise ClusterError(f"expected workers at {self._cluster_name}, got none")
        check_versions(self._cluster_name, found.values())

    def close(self) -> None:
        """Let go of the study, and of the cluster when it was started here."""
        super().close()
        self._scattered = None
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _evaluate(study: Study, job: Job) -> Outcome:
    """Evaluate a job in a worker of the cluster; all jobs there share the study."""
    return evaluate(job, study)


def _imported() -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingLibraryError(
            'the engine "dask" needs Dask, which is not installed: pip install "pliant[dask]"'
        ) from None
    return distributed
