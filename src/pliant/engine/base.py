"""What an engine is: something that evaluates the jobs of a study, here or elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from pliant.config import Clock
from pliant.evaluate import Job, Outcome
from pliant.study import Study


class Engine(ABC):
    """Evaluates jobs, `workers` of them at once; it knows nothing of models.

    `in_process` says that jobs run in this process, on what is prepared here. `memory` is how many
    bytes one job may take, None where nothing bounds it. `shipped_bytes` is what of the study went
    to where the jobs run: once for all processes of a machine, to each worker of Dask.
    """

    in_process: bool = True
    memory: int | None = None
    shipped_bytes: int = 0
    _workers: int = 1
    _threads: int = 1
    _study: Study | None = None

    @property
    def workers(self) -> int:
        """How many jobs run at once."""
        return self._workers

    def threads(self, at_once: int) -> int:
        """Return the threads that each of `at_once` jobs may use when they run together."""
        return max(1, self._threads // at_once)

    def start(self, study: Study) -> None:
        """Take the study that the jobs to come are of; what must be shipped is shipped here."""
        self._study = study

    @abstractmethod
    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        """Yield the outcome of each job, in the order of the jobs; closed, stop what still runs."""

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


def side_by_side(
    jobs: Iterable[Job], workers: int, work: Callable[[Job, Clock], Outcome]
) -> Generator[Outcome, None, None]:
    """Yield the outcomes of `work` in the order of the jobs, up to `workers` of them at once.

    A job's clock is stopped when nobody waits for its outcome any more.
    """
    running: deque[tuple[Clock, Future[Outcome]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for job in jobs:
                clock = Clock(job.seconds)
                running.append((clock, pool.submit(work, job, clock)))
                if len(running) == workers:
                    yield running.popleft()[1].result()
            while running:
                yield running.popleft()[1].result()
        finally:
            for clock, future in running:
                future.cancel()
                clock.stop()
