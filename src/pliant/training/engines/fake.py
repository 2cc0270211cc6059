"""The fake engine: lets virtual time pass instead of fitting, for tests of what asks an engine.

As a transport of httpx that calls a function instead of a server: thousands of jobs on a hundred
workers are over in a second, in the order in which they would be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

from pliant.training.engines.base import Engine, Task
from pliant.training.records import Job, Outcome


class FakeTime:
    """Time that passes when it is told to; `now` goes into a `Deadline`."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """Return the seconds so far."""
        return self.seconds

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


class FakeTask(Task):
    """A job that will be over at a moment that is known."""

    def __init__(self, job: Job, outcome: Outcome, engine: FakeEngine) -> None:
        self.job, self._outcome, self._engine = job, outcome, engine
        self.begun = engine.time.seconds
        self.over = self.begun + outcome.seconds

    def done(self) -> bool:
        """Return whether that moment has come."""
        return self._engine.time.seconds >= self.over

    def outcome(self) -> Outcome:
        """Return what was told."""
        return self._outcome

    def stop(self) -> None:
        """Be over as soon as the engine lets go of what is stopped."""
        self.over = min(self.over, self._engine.time.seconds + self._engine.lingers)


class FakeEngine(Engine):
    """Asks `answer` for the outcome of each job, whose seconds then pass, no more than the job has.

    Nothing of the experiment is prepared or shipped. A job that is stopped holds its worker for
    `lingers` seconds more. `tasks` has every job that was taken, and when it began and was over.

    Examples
    --------
    >>> from pliant.training.records import Candidate, Job, Outcome
    >>> time = FakeTime()
    >>> engine = FakeEngine(time, lambda job: Outcome(0.9, 3.0), workers=2, threads=2)
    >>> jobs = [Job(Candidate("additive", "default", None), split) for split in range(4)]
    >>> [outcome.score for outcome in engine.run(jobs)], time.seconds
    ([0.9, 0.9, 0.9, 0.9], 6.0)
    >>> engine.most_threads(), engine.thread_seconds()
    (2, 12.0)
    """

    in_process = False

    def __init__(
        self,
        time: FakeTime,
        answer: Callable[[Job], Outcome],
        workers: int = 1,
        threads: int | None = None,
        lingers: float = 0.0,
    ) -> None:
        self.time, self.answer, self.lingers = time, answer, lingers
        self._workers, self._threads = workers, threads or workers
        self.tasks: list[FakeTask] = []

    def submit(self, job: Job) -> FakeTask:
        """Begin a job."""
        outcome = self.answer(job)
        if job.seconds is not None:
            outcome = replace(outcome, seconds=min(outcome.seconds, job.seconds))
        self.tasks.append(FakeTask(job, outcome, self))
        return self.tasks[-1]

    def wait(self, tasks: Sequence[Task]) -> None:
        """Let time pass until the first of the tasks is over."""
        over = min(task.over for task in tasks if isinstance(task, FakeTask))
        self.time.seconds = max(over, self.time.seconds)

    def most_threads(self) -> int:
        """Return the most threads that were at work at any moment."""
        changes = [(task.begun, task.job.threads) for task in self.tasks]
        changes += [(task.over, -task.job.threads) for task in self.tasks]
        at_work = accumulate(threads for _, threads in sorted(changes))
        return max(at_work, default=0)

    def thread_seconds(self) -> float:
        """Return the seconds that threads were at work, all together."""
        return sum((task.over - task.begun) * task.job.threads for task in self.tasks)
