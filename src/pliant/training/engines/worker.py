"""The process of a local worker: takes jobs from a pipe, one at a time, and answers each.

It ends when the other end of the pipe is gone, whatever it is doing then; it prints nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from pathlib import Path
from queue import SimpleQueue

from pliant.core.allocator import process_is_ours
from pliant.core.blas import one_blas_thread
from pliant.core.deadline import Deadline
from pliant.core.memory import give_back
from pliant.training.engines.messages import Begun, Order, Stop
from pliant.training.engines.recent import Recent
from pliant.training.engines.shipment import receive
from pliant.training.needs import lacks_room
from pliant.training.objective import Objective
from pliant.training.trainer import train
from pliant.training.training_set import TrainingSet

SLACK, RESERVED = 2, 2 << 30
"""The system's own limit counts what is reserved, used or not: CatBoost reserves 1.1 GB. It stops
only what grows faster than the parent, which looks at what is used, can end it."""

MAX_DATASETS = 2
"""Datasets that a worker keeps, with what libraries have made of them."""


class Desk:
    """What lies before a worker: orders to come, each with the descriptor of its dataset, if it has
    one, and the deadline of the one at work.
    """

    def __init__(self) -> None:
        self.orders: SimpleQueue[tuple[Order, int | None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._deadline = Deadline(None)
        self._stopped = 0

    def begin(self, order: Order) -> Deadline:
        """Return the deadline of an order that begins now, stopped where nobody waits any more."""
        with self._lock:
            self._deadline = Deadline(order.job.seconds)
            if self._stopped >= order.number:
                self._deadline.stop()
            return self._deadline

    def stop(self, number: int) -> None:
        """Let an order's time be up, whether it has begun or not."""
        with self._lock:
            self._stopped = number
            self._deadline.stop()


def main() -> None:
    """Serve a pipe; the command line has its descriptor, the experiment's, bytes of memory."""
    pipe, shipment, memory = (int(text) for text in sys.argv[1:4])
    settle(memory)
    connection, desk = Connection(pipe), Desk()
    threading.Thread(target=_listen, args=(connection, desk), daemon=True).start()
    arrived = desk.orders.get()
    experiment, datasets = receive(shipment), Recent[TrainingSet](MAX_DATASETS)
    with one_blas_thread():
        while True:
            order = _with_dataset(*arrived, datasets)
            if lacks_room(order.job, experiment, memory):
                experiment.let_go()
                datasets.forget_others(order.dataset)
                give_back()
            _answer(order, experiment, connection, desk)
            arrived = desk.orders.get()


def _with_dataset(order: Order, descriptor: int | None, datasets: Recent[TrainingSet]) -> Order:
    """Return an order whose job has its dataset, mapped where it was not held."""
    if descriptor is None:
        return order
    try:
        dataset = datasets.get(order.dataset, lambda: receive(descriptor))
    finally:
        os.close(descriptor)
    return replace(order, job=replace(order.job, dataset=dataset))


def _answer(order: Order, experiment: Objective, connection: Connection, desk: Desk) -> None:
    def begin() -> Deadline:
        connection.send(Begun())
        return desk.begin(order)

    connection.send(train(order.job, experiment, begin))


def _listen(connection: Connection, desk: Desk) -> None:
    """Take what comes; when the other end is gone, end the process at once."""
    while True:
        try:
            message = connection.recv()
            if isinstance(message, Stop):
                desk.stop(message.number)
                continue
            dataset = recv_handle(connection) if message.dataset else None
        except (EOFError, OSError, RuntimeError):
            os._exit(0)
        desk.orders.put((message, dataset))


def settle(memory: int) -> None:
    """Leave Ctrl-C to the parent, bound the memory, and be the first to go where it runs out."""
    process_is_ours()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ImportError, OSError, ValueError):
        import resource

        most = SLACK * memory + RESERVED
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
