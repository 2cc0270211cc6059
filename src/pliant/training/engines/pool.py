"""What engines of this machine share: a thread that attends to each job at work."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from pliant.core.deadline import Deadline
from pliant.training.engines.base import Engine, Task
from pliant.training.records import Job, Outcome


class PoolTask(Task):
    """A job in a thread of a pool; its deadline is how it is stopped."""

    def __init__(self, job: Job, deadline: Deadline, future: Future[Outcome]) -> None:
        self.job, self._deadline, self.future = job, deadline, future

    def done(self) -> bool:
        """Return whether the thread is through with it."""
        return self.future.done()

    def outcome(self) -> Outcome:
        """Return what came of it."""
        return self.future.result()

    def stop(self) -> None:
        """Let its time be up."""
        self.future.cancel()
        self._deadline.stop()


class PoolEngine(Engine):
    """Attends to up to `workers` jobs at once, on `threads` in all: one each by default."""

    def __init__(self, workers: int, threads: int | None = None) -> None:
        self._workers, self._threads = workers, threads or workers
        self._pool = ThreadPoolExecutor(workers)

    @abstractmethod
    def attend(self, job: Job, deadline: Deadline) -> Outcome:
        """Return what came of a job; `deadline` counts its seconds once it has begun."""

    def submit(self, job: Job) -> PoolTask:
        """Give a job to a thread."""
        deadline = Deadline(job.seconds)
        return PoolTask(job, deadline, self._pool.submit(self.attend, job, deadline))

    def wait(self, tasks: Sequence[Task]) -> None:
        """Return when one of the tasks is done."""
        wait([t.future for t in tasks if isinstance(t, PoolTask)], return_when=FIRST_COMPLETED)

    def close(self) -> None:
        """Wait for the threads, whose jobs have been stopped."""
        self._pool.shutdown()
        super().close()
