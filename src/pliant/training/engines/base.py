"""What an engine is: something that trains jobs, on the splits of an experiment or on rows of their
own, here or elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Sequence
from types import TracebackType
from typing import Self

from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.engines.places import Place
from pliant.training.engines.task import Task as Task
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome

MIN_MEMORY = 300 * 10**6
"""Bytes without which a process that fits is of no use: the libraries alone take 200 MB."""

LIBRARY_BYTES = 200 * 10**6
"""What a worker holds before it fits anything (LightGBM, CatBoost or XGBoost imported)."""


class Engine(ABC):
    """Trains jobs, `workers` of them at once; it knows nothing of models.

    A kind of engine says how it begins a job (`submit`) and waits for one (`wait`). Whoever has
    jobs asks `run`, or a `Dispatcher` where the next job depends on what came of others: these see
    to it that there is room. `at_work` has the tasks that hold a worker, as they have noted them.

    `in_process` says that jobs run in this process, on what is prepared here, and `reads_files`
    that they can read the files of this machine. `memory` is how many bytes one job may take, None
    where nothing bounds it. `shipped_bytes` is what of the experiment went to where the jobs run:
    once for all processes of a machine, to each worker of Dask.
    """

    in_process: bool = True
    reads_files: bool = True
    memory: int | None = None
    shipped_bytes: int = 0
    _workers: int = 1
    _threads: int = 1
    at_work: tuple[Task, ...] = ()
    _experiment: Objective | None = None

    @property
    def workers(self) -> int:
        """How many jobs run at once."""
        return self._workers

    @property
    def capacity(self) -> int:
        """How many threads all jobs at work may have together: what the user allows."""
        return self._threads

    def threads(self, at_once: int) -> int:
        """Return the threads that each of `at_once` jobs may use when they run together."""
        return max(1, self._threads // at_once)

    def room(self) -> int | None:
        """Return the bytes that one job may take now; None where nothing bounds it."""
        return self.memory

    def start(self, experiment: Objective) -> None:
        """Take the experiment of the jobs to come; what must be shipped is shipped here."""
        self._experiment = experiment

    @abstractmethod
    def submit(self, job: Job) -> Task:
        """Begin a job on a worker that is free, with the threads that it names."""

    @abstractmethod
    def wait(self, tasks: Sequence[Task]) -> None:
        """Return when one of the tasks, none of which was done, is done, or earlier."""

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        """Yield the outcome of each job, in the order of the jobs.

        A job is taken from `jobs` whenever a worker and its threads are free. Closing the
        generator stops all. After Ctrl-C no job is taken: what is done already is still yielded,
        what is not as a failure, and then KeyboardInterrupt is raised.
        """
        with Dispatcher(self) as dispatcher:
            yield from dispatcher.run(jobs)

    def places(self, check: Callable[[], bool]) -> Sequence[Place]:
        """Return where jobs can be trained together, one at each place; none where that cannot be.

        `check`, which can be pickled, is asked at each of them. Their threads together are no more
        than the capacity.
        """
        return ()

    def let_go(self) -> None:
        """No job is at work: where memory is bounded, forget what was prepared for jobs."""
        if self.in_process and self.memory is not None:
            self.experiment.let_go()

    def close(self) -> None:
        """Let go of the experiment, and of all that the engine holds."""
        self._experiment = None

    @property
    def experiment(self) -> Objective:
        """The experiment that was taken last."""
        assert self._experiment is not None, "expected start() before run()"
        return self._experiment

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
