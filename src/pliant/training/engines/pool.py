"""What engines of this machine share: a thread that attends to each job at work.

Ctrl-C may come at any moment of the thread that submits and waits. Locks that Python code takes,
such as those of `concurrent.futures`, would stay taken then, and the others wait for ever: so this
thread takes none, and queues that are written in C stand between them.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Lock, Thread

from pliant.core.deadline import Deadline
from pliant.training.engines.base import Engine, Task
from pliant.training.records import INTERRUPTED, Job, Outcome


class PoolTask(Task):
    """A job for a thread of a pool, stopped by its deadline; `ended` is set in the end."""

    def __init__(self, job: Job, deadline: Deadline) -> None:
        self.job, self._deadline, self.ended = job, deadline, Event()
        self._outcome: Outcome | None = None
        self._error: BaseException | None = None

    def run(self, attend: Callable[[Job, Deadline], Outcome]) -> None:
        """Have it attended to here, unless it was stopped before."""
        with suppress(BaseException):  # raised where the outcome is asked for
            try:
                stopped = self._deadline.stopped
                failed = Outcome.failed(0.0, INTERRUPTED) if stopped else None
                self._outcome = failed or attend(self.job, self._deadline)
            finally:
                self._error = sys.exc_info()[1]
        self.ended.set()

    def done(self) -> bool:
        """Return whether the thread is through with it."""
        return self.ended.is_set()

    def outcome(self) -> Outcome:
        """Return what came of it."""
        if self._outcome is None:
            raise self._error or RuntimeError("expected a job that has ended")
        return self._outcome

    def stop(self) -> None:
        """Let its time be up."""
        self._deadline.stop()


class PoolEngine(Engine):
    """Attends to up to `workers` jobs at once, on `threads` in all: one each by default."""

    def __init__(self, workers: int, threads: int | None = None) -> None:
        self._workers, self._threads = workers, threads or workers
        self._given: SimpleQueue[PoolTask | None] = SimpleQueue()
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._beginning = Lock()
        self._serving = [Thread(target=self._serve, daemon=True) for _ in range(workers)]

    @abstractmethod
    def attend(self, job: Job, deadline: Deadline) -> Outcome:
        """Return what came of a job; `deadline` counts its seconds once it has begun."""

    def submit(self, job: Job) -> PoolTask:
        """Give a job to a thread."""
        with self._beginning:
            for thread in self._serving:
                if thread.ident is None:
                    thread.start()
        task = PoolTask(job, Deadline(job.seconds))
        self._given.put(task)
        return task

    def wait(self, tasks: Sequence[Task]) -> None:
        """Return when one of the tasks is done, or another was."""
        if not any(task.done() for task in tasks):
            self._ended.get()

    def close(self) -> None:
        """Wait for the threads, whose jobs have been stopped."""
        for _ in self._serving:
            self._given.put(None)
        for thread in self._serving:
            if thread.ident is not None:
                thread.join()
        super().close()

    def _serve(self) -> None:
        while (task := self._given.get()) is not None:
            task.run(self.attend)
            self._ended.put(None)
