"""An engine of one machine inside a cluster's worker: jobs run in child processes of the worker.

A learner that crashes, hangs or devours memory then ends its own process, as with the local engine,
and not the worker, which holds the table and perhaps other jobs.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from threading import Lock

from pliant.training.engines.local import LocalEngine
from pliant.training.engines.pool import PoolEngine
from pliant.training.engines.threads import ThreadEngine
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome

LOOK_SECONDS = 0.1
"""Seconds between looks at whether a job is still wanted; its answer is taken at once."""


class Outpost:
    """What a cluster's worker holds of an experiment; sent to another worker, it is the experiment
    alone.

    Its processes come up with the first job, and end when nobody holds it any more.
    """

    def __init__(self, experiment: Objective) -> None:
        self.experiment = experiment
        self._lock = Lock()
        self._engine: PoolEngine | None = None
        self._size: tuple[int, int | None] = 0, None
        self._end: Callable[[], object] = lambda: None

    def __reduce__(self) -> tuple[type[Outpost], tuple[Objective]]:
        return Outpost, (self.experiment,)

    def train(
        self, job: Job, workers: int, memory: int | None, wanted: Callable[[], bool]
    ) -> Outcome:
        """Return what came of a job, which is stopped once it is not wanted any more.

        There are `workers` processes, which together may take `memory` bytes, by default what is
        free; a job for this very worker, to be trained together with others, has one with all that.
        """
        task = self._up(1 if job.worker else workers, memory).submit(job)
        while not task.ended.wait(LOOK_SECONDS):
            if not wanted():
                task.stop()
        return task.outcome()

    def _up(self, workers: int, memory: int | None) -> PoolEngine:
        with self._lock:
            if self._engine is None or self._size != (workers, memory):
                self._end()  # the engine of another size, where nothing is at work any more
                engine, self._size = _engine(workers, memory), (workers, memory)
                engine.start(self.experiment)
                self._end = weakref.finalize(self, engine.close)
                self._engine = engine
            return self._engine


def _engine(workers: int, memory: int | None) -> PoolEngine:
    """Return the engine of processes, or of threads where these cannot inherit a file (Windows)."""
    return LocalEngine(workers, memory) if os.name == "posix" else ThreadEngine(workers, memory)
