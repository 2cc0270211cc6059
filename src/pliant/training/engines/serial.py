"""The serial engine: one job after another, in this process."""

from __future__ import annotations

from collections.abc import Sequence

from pliant.training.engines.base import Engine, Task
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome
from pliant.training.trainer import train


class SerialTask(Task):
    """A job that is trained when its outcome is waited for."""

    def __init__(self, job: Job, experiment: Objective) -> None:
        self.job, self._experiment = job, experiment
        self._outcome: Outcome | None = None
        self._stopped = False

    def done(self) -> bool:
        """Return whether it was trained, or never will be."""
        return self._stopped or self._outcome is not None

    def outcome(self) -> Outcome:
        """Train the job, once."""
        if self._outcome is None:
            self._outcome = train(self.job, self._experiment)
        return self._outcome

    def stop(self) -> None:
        """Do not begin."""
        self._stopped = True


class SerialEngine(Engine):
    """Trains each job when its outcome is asked for; it may use all of `threads`.

    An error of a learner is a failed outcome. One that ignores its deadline, or ends the process,
    holds up, or ends, all: nothing stands between them here.
    """

    def __init__(self, threads: int = 1, memory: int | None = None) -> None:
        self._threads = threads
        self.memory = memory

    def submit(self, job: Job) -> SerialTask:
        """Take a job."""
        return SerialTask(job, self.experiment)

    def wait(self, tasks: Sequence[Task]) -> None:
        """Train the first of the tasks."""
        for task in tasks[:1]:
            task.outcome()
