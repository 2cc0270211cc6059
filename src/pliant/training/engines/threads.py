"""The thread engine: several jobs at once, each in a thread of this process.

Learners release Python's lock while they work, so two fits of one thread each take about half
the time of one after the other, where one fit of two threads gains less
(`benchmarks/scaling/threads.py`, 10,000 rows, two cores: LightGBM 1.89 times against 1.51, CatBoost
1.91 against 1.38).
"""

from __future__ import annotations

from pliant.core.deadline import Deadline
from pliant.training.engines.pool import PoolEngine
from pliant.training.records import Job, Outcome
from pliant.training.trainer import train


class ThreadEngine(PoolEngine):
    """Trains up to `workers` jobs at once; what nobody waits for any more is stopped.

    Together they may take `memory` bytes, None for any; nothing here enforces that. An error of a
    learner is a failed outcome; one that ignores its deadline holds its thread, and the fit waits.
    """

    def __init__(self, workers: int, memory: int | None = None, threads: int | None = None) -> None:
        super().__init__(workers, threads)
        self.memory = None if memory is None else memory // workers

    def attend(self, job: Job, deadline: Deadline) -> Outcome:
        """Train a job here."""
        return train(job, self.experiment, deadline.restarted)
