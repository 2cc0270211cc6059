"""The thread engine: several jobs at once, each in a thread of this process.

Learners release Python's lock while they work, so two fits of one thread each take about half
the time of one after the other, where one fit of two threads gains less (`benchmarks/threads.py`,
10,000 rows, two cores: LightGBM 1.89 times against 1.51, CatBoost 1.91 against 1.38).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from pliant.engine.base import Job
from pliant.evaluate import Outcome, evaluate


class ThreadEngine:
    """Evaluates up to `workers` jobs at once; what nobody waits for any more is stopped."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        """Yield the outcome of each job, in the order of the jobs."""
        running: deque[tuple[Job, Future[Outcome]]] = deque()
        with ThreadPoolExecutor(self.workers) as pool:
            try:
                for job in jobs:
                    future = pool.submit(evaluate, job.candidate, job.prepared, job.limits)
                    running.append((job, future))
                    if len(running) == self.workers:
                        yield running.popleft()[1].result()
                while running:
                    yield running.popleft()[1].result()
            finally:
                for job, future in running:
                    future.cancel()
                    job.limits.clock.stop()
