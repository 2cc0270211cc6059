"""The dispatcher: what one caller has given to an engine, and what there is room for.

The thread law: at every moment the threads of all jobs at work on an engine are at most its
`capacity`. A job takes its `threads` when it is submitted and gives them back when its worker is
free again. One that was cancelled and still holds its worker counts, whoever submitted it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pliant.training.engines.task import Task
from pliant.training.records import INTERRUPTED, Job, Outcome

if TYPE_CHECKING:
    from pliant.training.engines.base import Engine


class Dispatcher:
    """Submits jobs of one caller to an engine, and cancels them by their tasks.

    As a context manager, it cancels on leaving what nobody will ask for any more.

    Examples
    --------
    >>> from pliant.testing import FakeEngine, FakeTime
    >>> from pliant.training.records import Candidate, Job, Outcome
    >>> job = Job(Candidate("additive", "default", None), 0, threads=3)
    >>> engine = FakeEngine(FakeTime(), lambda job: Outcome(0.9, 2.0), workers=4, threads=4)
    >>> with Dispatcher(engine) as dispatcher:
    ...     task = dispatcher.submit(job)
    ...     print(dispatcher.fits(1), dispatcher.fits(2))
    ...     dispatcher.wait()
    ...     print(task.outcome().score)
    True False
    0.9
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own: list[Task] = []

    def fits(self, threads: int = 1) -> bool:
        """Return whether a worker is free, and so many threads are; all of them for more."""
        at_work, engine = self._at_work(), self._engine
        if len(at_work) >= engine.workers:
            return False
        taken = sum(task.job.threads for task in at_work)
        return taken + min(threads, engine.capacity) <= engine.capacity

    def submit(self, job: Job) -> Task:
        """Give away a job that fits; one that asks for more threads than there are gets all."""
        most = self._engine.capacity
        task = self._engine.submit(job if job.threads <= most else replace(job, threads=most))
        self._engine.at_work += (task,)
        self._own.append(task)
        return task

    def wait(self, first: Task | None = None) -> None:
        """Return when one of the tasks that hold a worker is done, or earlier; at once where the
        `first` is done already.
        """
        at_work = self._at_work()
        if at_work and (first is None or first in at_work):
            self._engine.wait(at_work)

    def cancel(self, task: Task) -> None:
        """Let a task end soon, whose outcome nobody will ask for."""
        self._own = [each for each in self._own if each is not task]
        task.stop()

    def close(self) -> None:
        """Cancel all tasks that are not done."""
        for task in self._own:
            task.stop()
        self._own.clear()

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        """Yield the outcome of each job, in the order of the jobs, as `Engine.run` says."""
        sent, source = deque[Task](), iter(jobs)
        job: Job | None = None  # the next one, made once a worker is free, that waits for threads
        more = True
        try:
            while True:
                if sent and sent[0].done():
                    yield sent.popleft().outcome()
                    continue
                if more and job is None and self.fits():
                    job = next(source, None)
                    more = job is not None
                if job is not None and self.fits(job.threads):
                    sent.append(self.submit(job))
                    job = None
                elif sent or more:
                    self.wait(sent[0] if sent else None)
                else:
                    return
        except KeyboardInterrupt:
            for task in sent:
                yield task.outcome() if task.done() else Outcome.failed(0.0, INTERRUPTED)
            raise

    def together(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return the outcomes of jobs that are trained together, once nothing else is at work.

        Where one of them fails, the others wait for it in vain and are cancelled: there is then the
        outcome of that one alone.
        """
        while not self.fits(self._engine.capacity):
            self.wait()
        tasks = [self.submit(job) for job in jobs]
        while True:
            over = [task for task in tasks if task.done()]
            failed = [outcome for task in over if (outcome := task.outcome()).reason]
            if failed:
                self.close()
                return failed[:1]
            if len(over) == len(tasks):
                return [task.outcome() for task in tasks]
            self.wait()

    def _at_work(self) -> list[Task]:
        """Return the tasks that hold a worker of the engine, those of other callers too."""
        at_work = [task for task in self._engine.at_work if not task.done()]
        self._engine.at_work = tuple(at_work)
        self._own = [task for task in self._own if task in at_work]
        return at_work

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
