"""The local engine: each job in a process of this machine, apart from all others.

A learner that crashes, hangs or wants more memory than it may have takes its process with it and
nothing else; the trial is recorded as failed, and another process takes its place. The experiment
is shipped once: all processes map the same pages.

A worker is a plain child process at the end of a pipe, not a pool of `multiprocessing`, whose
workers import the user's main module again: a script without a guard around its main part would
then fit within its own fit. `pebble` and `loky` build on such pools.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from queue import LifoQueue

from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, SaveError
from pliant.core.memory import Shares, available_memory, resident_memory
from pliant.core.processors import Stillness
from pliant.training.engines.base import LIBRARY_BYTES
from pliant.training.engines.child import command, environment
from pliant.training.engines.messages import Begun, Order, Stop
from pliant.training.engines.places import Place, free_ports
from pliant.training.engines.pool import PoolEngine
from pliant.training.engines.recent import MAX_KEPT, Recent
from pliant.training.engines.shipment import Shipment
from pliant.training.objective import Objective
from pliant.training.records import Job, Outcome
from pliant.training.training_set import TrainingSet

TICK, LOOKS_A_SECOND = 0.05, 200
"""Seconds between looks at a job: whether it is wanted, at work, and what memory it holds; more
where so many workers would be looked at more often. Its answer is taken at once."""

GRACE_SECONDS, GRACE_SHARE = 2.0, 0.25
"""What a job may take beyond its seconds before its process is ended."""

STILL_SECONDS = 4.0
"""How long a process with a job may use no processor at all: stopped, or waiting for a disk that
does not answer. One that starves on a busy machine still gets some of its time within that."""

MAX_SECONDS = 3600.0
"""What a job may take where no clock is asked, and what preparing it may take."""

ATTEMPTS = 3
"""How often a job is tried whose process was ended from outside."""

START = "from pliant.training.engines.worker import main; main()"

FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)


class LocalEngine(PoolEngine):
    """Trains up to `workers` jobs at once, each in a process of its own.

    Each job has an outcome in time: a process that outlives its deadline by a grace, or holds more
    than its share of the memory, is ended.

    The processes start at once, so that they are up when the experiment is. Together with the
    `growth` of this one they may take `memory` bytes, by default what is free now.

    Raises
    ------
    ConfigError
        Where processes cannot inherit descriptors (Windows).
    """

    in_process = False

    def __init__(
        self,
        workers: int,
        memory: int | None = None,
        threads: int | None = None,
        growth: int = 0,
    ) -> None:
        if os.name != "posix":
            raise ConfigError("expected a POSIX system for the engine 'local', use 'threads' here")
        super().__init__(workers, threads)
        self._shipment = Shipment()
        self._bounded = memory is not None
        self._datasets = Recent[Shipment](max(MAX_KEPT, workers))
        self._shares = Shares(memory or available_memory(), workers, growth)
        self.memory = max(0, self._shares.planned - LIBRARY_BYTES)
        tick = max(TICK, workers / LOOKS_A_SECOND)
        self._all = [_Worker(self._shipment.descriptor, self._shares, tick) for _ in range(workers)]
        self._free: LifoQueue[_Worker] = LifoQueue()  # jobs one by one have one process
        for worker in self._all:
            self._free.put(worker)

    def start(self, experiment: Objective) -> None:
        """Write the experiment where all workers map it."""
        super().start(experiment)
        self.shipped_bytes = self._shipment.put(experiment)

    def places(self, check: Callable[[], bool]) -> Sequence[Place]:
        """Return one for each process, which have the threads in equal shares."""
        threads, room = max(1, self.capacity // self.workers), self.room()
        sees = check()
        return [
            Place("", f"127.0.0.1:{port}", threads, room, sees) for port in free_ports(self.workers)
        ]

    def room(self) -> int:
        """Return the bytes that one job may take now: less where this process holds more."""
        return max(0, self._shares.now() - LIBRARY_BYTES)

    def attend(self, job: Job, deadline: Deadline) -> Outcome:
        """Have a free process train a job, and watch it; its dataset is written where workers map
        it, once for all jobs that have it.
        """
        shipment = None
        if job.dataset is not None:
            try:
                shipment = self._shipped(job.dataset)
            except SaveError as error:  # there is no room for the rows of this job
                return Outcome.failed(0.0, str(error))
        worker = self._free.get()
        try:
            return worker.train(job, deadline, shipment)
        finally:
            self._free.put(worker)

    def _shipped(self, dataset: TrainingSet) -> Shipment:
        return self._datasets.get(dataset.key, lambda: Shipment.of(dataset))

    def let_go(self) -> None:
        """End all processes where memory is bounded; the next job begins another one."""
        if self._bounded:
            for worker in self._all:
                worker.end()

    def close(self) -> None:
        """End all processes."""
        super().close()
        for worker in self._all:
            worker.end()
        self._shipment.close()


class _Worker:
    """One process and the pipe to it; another process takes the place of one that has ended."""

    def __init__(self, shipment: int, shares: Shares, tick: float = TICK) -> None:
        self._shipment, self._shares, self._tick = shipment, shares, tick
        self._number = 0
        self._still = Stillness(0, 0)
        self._begin()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            said = [theirs.fileno(), self._shipment, self._shares.planned]
            self._process = subprocess.Popen(
                command(START, *map(str, said)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self._shipment),
                env=environment(),
            )
        self._pipe = Connection(ours.detach())

    def train(self, job: Job, deadline: Deadline, dataset: Shipment | None = None) -> Outcome:
        """Return what came of a job; one whose process was ended from outside is tried again."""
        start = time.perf_counter()
        if self._process.returncode is not None:
            self._begin()
        for _ in range(ATTEMPTS):
            outcome = self._attempt(job, deadline, dataset)
            if outcome is not None:
                return outcome
            reason, from_outside = self._lost()
            self._renew()
            if not from_outside or deadline.stopped or job.group:
                break
        return Outcome.failed(time.perf_counter() - start, reason)

    def _lost(self) -> tuple[str, bool]:
        """Return why the process is of no use any more, and whether that came from outside."""
        if self._still.over:
            return f"its process stood still for {STILL_SECONDS:g} s", True
        code = self._process.wait()
        return _ended(code), -code in FROM_OUTSIDE

    def _attempt(self, job: Job, deadline: Deadline, dataset: Shipment | None) -> Outcome | None:
        """Return what came of a job; None when the process ended over it, or stands still."""
        self._number += 1
        self._still = Stillness(self._process.pid, round(STILL_SECONDS / self._tick))
        start, latest = time.perf_counter(), MAX_SECONDS if job.latest is None else job.latest
        until, stopping = start + latest + GRACE_SECONDS, False
        try:
            self._order(job, dataset)
            while True:
                if self._pipe.poll(self._tick):
                    answer = self._pipe.recv()
                    if isinstance(answer, Outcome):
                        return answer
                    assert isinstance(answer, Begun)
                    allowed = MAX_SECONDS if job.seconds is None else job.seconds
                    until = time.perf_counter() + allowed * (1 + GRACE_SHARE) + GRACE_SECONDS
                if deadline.stopped and not stopping:
                    self._pipe.send(Stop(self._number))
                    until, stopping = time.perf_counter() + GRACE_SECONDS, True
                if self._still.lasts() and not job.group:  # which may wait for the others in it
                    return None
                if broken := self._broken(until):
                    self._renew()
                    return Outcome.failed(time.perf_counter() - start, broken)
        except (EOFError, OSError):
            return None

    def _order(self, job: Job, dataset: Shipment | None) -> None:
        """Send a job, and the descriptor of the file that holds its dataset, if it has one."""
        if job.dataset is None or dataset is None:
            self._pipe.send(Order(self._number, job))
            return
        self._pipe.send(Order(self._number, replace(job, dataset=None), job.dataset.key))
        send_handle(self._pipe, dataset.descriptor, self._process.pid)

    def _broken(self, until: float) -> str:
        """Return which limit a job has broken, if any."""
        if time.perf_counter() > until:
            return "did not end in time, its process was ended"
        most = self._shares.now()
        if resident_memory(self._process.pid) > most:
            return f"took more than its {most / 1e9:.2f} GB of memory"
        return ""

    def _renew(self) -> None:
        self.end()
        self._begin()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._pipe.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


def _ended(code: int) -> str:
    if code >= 0:
        return f"its process ended with exit code {code}"
    perhaps = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
    return f"its process ended by {signal.Signals(-code).name}{perhaps}"
