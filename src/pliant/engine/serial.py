"""The serial engine: one job after another, in this process."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from pliant.engine.base import Engine
from pliant.evaluate import Job, Outcome, evaluate


class SerialEngine(Engine):
    """Evaluates each job when its outcome is asked for; it may use all of `threads`."""

    def __init__(self, threads: int = 1, memory: int | None = None) -> None:
        self._threads = threads
        self.memory = memory

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        """Yield the outcome of each job, in the order of the jobs."""
        for job in jobs:
            yield evaluate(job, self.study)
