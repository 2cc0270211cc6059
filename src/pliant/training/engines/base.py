"""What an engine is: something that trains jobs, on the splits of a study or on rows of their own,
here or elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from pliant.training.records import INTERRUPTED, Job, Outcome
from pliant.training.study import Study


class Task(ABC):
    """A job that an engine has taken."""

    @abstractmethod
    def done(self) -> bool:
        """Return whether its worker is free again."""

    @abstractmethod
    def outcome(self) -> Outcome:
        """Return what came of it, once it is done."""

    @abstractmethod
    def stop(self) -> None:
        """Let it end soon; nobody will ask for its outcome."""


class Engine(ABC):
    """Trains jobs, `workers` of them at once; it knows nothing of models.

    `in_process` says that jobs run in this process, on what is prepared here, and `reads_files`
    that they can read the files of this machine. `memory` is how many bytes one job may take, None
    where nothing bounds it. `shipped_bytes` is what of the study went to where the jobs run: once
    for all processes of a machine, to each worker of Dask.
    """

    in_process: bool = True
    reads_files: bool = True
    memory: int | None = None
    shipped_bytes: int = 0
    _workers: int = 1
    _threads: int = 1
    _study: Study | None = None
    _leaving: tuple[Task, ...] = ()

    @property
    def workers(self) -> int:
        """How many jobs run at once."""
        return self._workers

    def threads(self, at_once: int) -> int:
        """Return the threads that each of `at_once` jobs may use when they run together."""
        return max(1, self._threads // at_once)

    def room(self) -> int | None:
        """Return the bytes that one job may take now; None where nothing bounds it."""
        return self.memory

    def start(self, study: Study) -> None:
        """Take the study that the jobs to come are of; what must be shipped is shipped here."""
        self._study = study

    @abstractmethod
    def submit(self, job: Job) -> Task:
        """Take a job; a worker is free."""

    @abstractmethod
    def wait(self, tasks: Sequence[Task]) -> None:
        """Return when one of the tasks is done, or earlier."""

    def run(self, jobs: Iterable[Job | None]) -> Generator[Outcome, Sequence[int] | None, None]:
        """Yield the outcome of each job, in the order of the jobs.

        A job is taken from `jobs` whenever a worker is free; None says that there is none until
        the next outcome was looked at. Positions that are sent, 0 for the very next, say which
        outcomes to come nobody wants any more: their jobs are stopped. Closing the generator stops
        all. After Ctrl-C no job is taken, but what is done already is still yielded.
        """
        taken: deque[Task] = deque()
        source = iter(jobs)
        try:
            while True:
                if taken and taken[0].done():
                    unwanted = yield taken.popleft().outcome()
                    gone = [taken[place] for place in unwanted or ()]
                    taken = deque(task for task in taken if task not in gone)
                    self._stop(gone)
                    continue
                self._fill(taken, source)
                at_work = self._at_work(taken)
                if not at_work and not taken:
                    return
                if at_work and not (taken and taken[0].done()):
                    self.wait(at_work)
        except KeyboardInterrupt:
            yield from self._there(taken)
            raise
        finally:
            self._stop(taken)

    def _there(self, taken: deque[Task]) -> Generator[Outcome, Sequence[int] | None, None]:
        """Yield what has come by the time that Ctrl-C does, and a failure for what has not."""
        while taken:
            task = taken.popleft()
            if task.done():
                unwanted = yield task.outcome()
            else:
                self._stop([task])
                unwanted = yield Outcome.failed(0.0, INTERRUPTED)
            gone = [taken[place] for place in unwanted or ()]
            for each in gone:
                taken.remove(each)
            self._stop(gone)

    def _fill(self, taken: deque[Task], source: Iterator[Job | None]) -> None:
        """Take jobs while workers are free."""
        while len(self._at_work(taken)) < self.workers:
            job = next(source, None)
            if job is None:
                return
            taken.append(self.submit(job))

    def _at_work(self, taken: Iterable[Task]) -> list[Task]:
        """Return the tasks that hold a worker, those that were stopped and still do so too."""
        self._leaving = tuple(task for task in self._leaving if not task.done())
        return [*(task for task in taken if not task.done()), *self._leaving]

    def _stop(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            task.stop()
            self._leaving += (task,)

    def let_go(self) -> None:
        """No job is at work: where memory is bounded, forget what was prepared for jobs."""
        if self.in_process and self.memory is not None:
            self.study.let_go()

    def close(self) -> None:
        """Let go of the study, and of all that the engine holds."""
        self._study = None

    @property
    def study(self) -> Study:
        """The study that was taken last."""
        assert self._study is not None, "expected start() before run()"
        return self._study

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
