"""The Ray engine: each job is a task of a Ray cluster, there already or started here.

The study goes into the object store once, one copy a node, and every worker process reads it
there without copying. Ray runs a task again whose worker or node is lost.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pliant.engine.remote import RETRIES, RemoteEngine, Versions, unreachable, versions
from pliant.errors import MissingLibraryError
from pliant.evaluate import Job, Outcome, evaluate
from pliant.study import Study

ANSWER_SECONDS = 120
"""What the first worker may take to come up and say its versions."""

CALL_SECONDS = 2.0
"""How long a cluster of this machine may take to answer a call."""


class RayEngine(RemoteEngine):
    """Evaluates as many jobs at once as the cluster has processors, or `workers`.

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
        self.losses = (self._ray.exceptions.RayError,)
        self._ours = not self._ray.is_initialized()
        if self._ours:
            _connect(self._ray, address, workers, self.name)
        self._evaluate = self._ray.remote(max_retries=RETRIES)(_evaluate)
        self.check((self._ray.exceptions.RayError, ImportError))

    def processors(self) -> int:
        """Return the processors that the cluster has now."""
        return int(self._ray.cluster_resources().get("CPU", 1))

    def found_versions(self) -> Sequence[Versions]:
        """Return those of the first worker."""
        return [self._ray.get(self._ray.remote(versions).remote(), timeout=ANSWER_SECONDS)]

    def ship(self, study: Study) -> None:
        """Put the study into the object store."""
        self._reference = self._ray.put(study)

    def send(self, job: Job) -> Any:
        """Make a task of the cluster of a job."""
        return self._evaluate.options(num_cpus=job.threads).remote([self._reference], job)

    def ready(self, handle: Any) -> bool:
        """Return whether the cluster is through with a task."""
        found, _ = self._ray.wait([handle], timeout=0, fetch_local=False)
        return bool(found)

    def result(self, handle: Any) -> Outcome:
        """Return what came of a task."""
        outcome: Outcome = self._ray.get(handle)
        return outcome

    def cancel(self, handle: Any) -> None:
        """End a task, and its worker process with it."""
        self._ray.cancel(handle, force=True)

    def wait_for(self, handles: Sequence[Any], seconds: float) -> None:
        """Return when one of the tasks is ready, or so many seconds have passed."""
        self._ray.wait(list(handles), timeout=seconds)

    def close(self) -> None:
        """Let go of the study, and of the cluster when it was joined or started here."""
        super().close()
        self._reference = None
        if self._ours:
            self._ray.shutdown()


def _evaluate(reference: list[Any], job: Job) -> Outcome:
    """Evaluate a job in a worker of the cluster."""
    return evaluate(job, _study(reference[0]))


@lru_cache(maxsize=1)
def _study(reference: Any) -> Study:
    """Return the study of a reference; what was prepared of it stays for the next job."""
    study: Study = _imported().get(reference)
    return study


def _imported() -> Any:
    try:
        import ray
    except ImportError:
        raise MissingLibraryError(
            'the engine "ray" needs Ray, which is not installed: pip install "pliant[ray]"'
        ) from None
    return ray


def _connect(ray: Any, address: str | None, workers: int | None, cluster: str) -> None:
    quiet = {"logging_level": "error", "log_to_driver": False}
    try:
        if there := address or running_cluster():
            ray.init(address=there, **quiet)
        else:
            ray.init("local", num_cpus=workers, include_dashboard=False, **quiet)
    except (ConnectionError, RuntimeError, OSError, ValueError) as error:
        raise unreachable(cluster, error) from None


def running_cluster() -> str | None:
    """Return the address of the cluster of this machine; None where there is none that answers.

    It is `RAY_ADDRESS`, or what Ray notes in a file. The note of a cluster that was killed stays,
    and Ray would wait minutes for it.
    """
    if named := os.environ.get("RAY_ADDRESS"):
        return named
    folder = os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()
    try:
        noted = Path(folder, "ray", "ray_current_cluster").read_text().strip()
        host, _, port = noted.rpartition(":")
        socket.create_connection((host, int(port)), timeout=CALL_SECONDS).close()
    except (OSError, ValueError):
        return None
    return noted
