"""The serial engine: one job after another, in this process."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from pliant.engine.base import Job
from pliant.evaluate import Outcome, evaluate


class SerialEngine:
    """Evaluates each job when its outcome is asked for."""

    workers = 1

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        """Yield the outcome of each job, in the order of the jobs."""
        for job in jobs:
            yield evaluate(job.candidate, job.prepared, job.limits)
