"""The Dask engine: each job is a task of a Dask cluster, there already or started here.

The study is scattered to all workers once. A task whose worker is lost is run again by Dask; what
nobody waits for any more is cancelled when it has not begun, and ends at its deadline when it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pliant.engine.remote import RETRIES, RemoteEngine, Versions, unreachable, versions
from pliant.errors import MissingLibraryError
from pliant.evaluate import Job, Outcome, evaluate
from pliant.study import Study

CONNECT_SECONDS = 20


class DaskEngine(RemoteEngine):
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

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        super().__init__(address or "this machine", workers)
        self._dask = distributed = _imported()
        self.losses = (distributed.KilledWorker,)
        self._cluster: Any = None
        try:
            if address is None:
                self._cluster = distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=None
                )
            self._client = distributed.Client(self._cluster or address, timeout=CONNECT_SECONDS)
        except (OSError, RuntimeError, TimeoutError, ValueError) as error:
            raise unreachable(self.name, error) from None
        self.check((ImportError, OSError, RuntimeError))

    def processors(self) -> int:
        """Return the threads that the workers have now."""
        return int(sum(self._client.nthreads().values()))

    def found_versions(self) -> Sequence[Versions]:
        """Return those of each worker."""
        return list(self._client.run(versions).values())

    def ship(self, study: Study) -> None:
        """Scatter the study to all workers."""
        self._scattered = self._client.scatter(study, broadcast=True, hash=False)

    def send(self, job: Job) -> Any:
        """Make a task of the cluster of a job."""
        return self._client.submit(_evaluate, self._scattered, job, pure=False, retries=RETRIES)

    def ready(self, handle: Any) -> bool:
        """Return whether the cluster is through with a task."""
        return bool(handle.done())

    def result(self, handle: Any) -> Outcome:
        """Return what came of a task."""
        outcome: Outcome = handle.result()
        return outcome

    def cancel(self, handle: Any) -> None:
        """Let a task go: it is not begun any more, or ends at its deadline."""
        handle.cancel()

    def wait_for(self, handles: Sequence[Any], seconds: float) -> None:
        """Return when one of the tasks is ready, or so many seconds have passed."""
        with suppress(self._dask.TimeoutError):
            self._dask.wait(handles, timeout=seconds, return_when="FIRST_COMPLETED")

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
