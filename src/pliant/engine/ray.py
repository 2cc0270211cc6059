"""The Ray engine: each job is a task of a Ray cluster, there already or started here.

The study goes into the object store once, one copy a node, and every worker process reads it
there without copying. Ray runs a task again whose worker or node is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pliant.config import Clock
from pliant.engine.base import Engine, Task
from pliant.engine.remote import check_versions, patience, unreachable, versions
from pliant.engine.shipment import pickled_bytes
from pliant.errors import MissingLibraryError
from pliant.evaluate import Job, Outcome, evaluate
from pliant.study import Study

RETRIES = 3


class _RayTask(Task):
    """A task of the cluster, given up after `limit` seconds."""

    def __init__(self, ray: Any, reference: Any, limit: float) -> None:
        self._ray, self.reference = ray, reference
        self._clock, self._limit = Clock(limit), limit

    def done(self) -> bool:
        """Return whether the cluster is through with it, or it is given up."""
        ready, _ = self._ray.wait([self.reference], timeout=0, fetch_local=False)
        return bool(ready) or self._clock.remaining() <= 0

    def outcome(self) -> Outcome:
        """Return what came of it; what was lost for good is a failed outcome."""
        late = self._clock.remaining() <= 0
        try:
            outcome: Outcome = self._ray.get(self.reference, timeout=0 if late else None)
        except self._ray.exceptions.GetTimeoutError:
            self.stop()
            return Outcome.failed(self._limit, f"did not end in {self._limit:.0f} s, was ended")
        except self._ray.exceptions.RayError as error:
            said = " ".join(str(error).split())[:200]
            return Outcome.failed(0.0, f"lost by the cluster: {type(error).__name__}: {said}")
        return outcome

    def stop(self) -> None:
        """End it, and the worker process with it."""
        self._ray.cancel(self.reference, force=True)


class RayEngine(Engine):
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

    in_process = False

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        self._ray = _imported()
        self._cluster = address or "this machine"
        self._ours = not self._ray.is_initialized()
        if self._ours:
            _connect(self._ray, address, workers, self._cluster)
        self._limit = workers
        self._evaluate = self._ray.remote(max_retries=RETRIES)(_evaluate)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    @property
    def workers(self) -> int:
        """How many jobs run at once: the processors that the cluster has now."""
        now = int(self._ray.cluster_resources().get("CPU", 1))
        return max(1, now if self._limit is None else min(now, self._limit))

    def threads(self, at_once: int) -> int:
        """Return one: a node may have no more to give."""
        return 1

    def start(self, study: Study) -> None:
        """Put the study into the object store."""
        super().start(study)
        self._reference = self._ray.put(study)
        self.shipped_bytes = pickled_bytes(study)

    def submit(self, job: Job) -> Task:
        """Make a task of the cluster of a job."""
        task = self._evaluate.options(num_cpus=job.threads)
        return _RayTask(self._ray, task.remote([self._reference], job), patience(job.seconds))

    def wait(self, tasks: Sequence[Task]) -> None:
        """Return when one of the tasks is done, or after a second: one may be late."""
        self._ray.wait([t.reference for t in tasks if isinstance(t, _RayTask)], timeout=1.0)

    def _check(self) -> None:
        """Ask a worker for its versions."""
        try:
            found = self._ray.get(self._ray.remote(versions).remote(), timeout=120)
        except (self._ray.exceptions.RayError, ImportError) as error:
            raise unreachable(self._cluster, error) from None
        check_versions(self._cluster, [found])

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
        if address is not None:
            ray.init(address=address, **quiet)
            return
        try:
            ray.init(address="auto", **quiet)
        except ConnectionError:
            ray.init(num_cpus=workers, include_dashboard=False, **quiet)
    except (ConnectionError, RuntimeError, OSError, ValueError) as error:
        raise unreachable(cluster, error) from None
