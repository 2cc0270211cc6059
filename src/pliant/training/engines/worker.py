"""The process of a local worker: takes jobs from a pipe, one at a time, and answers each.

It ends when the other end of the pipe is gone, whatever it is doing then; it prints nothing.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

from pliant.core.blas import one_blas_thread
from pliant.core.config import Clock
from pliant.training.engines.messages import Begun, Order, Stop
from pliant.training.engines.shipment import receive
from pliant.training.needs import make_room
from pliant.training.study import Study
from pliant.training.trainer import evaluate

SLACK, RESERVED = 2, 2 << 30
"""The system's own limit counts what is reserved, used or not: CatBoost reserves 1.1 GB. It stops
only what grows faster than the parent, which looks at what is used, can end it."""


class Desk:
    """What lies before a worker: orders to come, and the clock of the one at work."""

    def __init__(self) -> None:
        self.orders: SimpleQueue[Order] = SimpleQueue()
        self._lock = threading.Lock()
        self._clock = Clock(None)
        self._stopped = 0

    def begin(self, order: Order) -> Clock:
        """Return the clock of an order that begins now, stopped where nobody waits any more."""
        with self._lock:
            self._clock = Clock(order.job.seconds)
            if self._stopped >= order.number:
                self._clock.stop()
            return self._clock

    def stop(self, number: int) -> None:
        """Let an order's time be up, whether it has begun or not."""
        with self._lock:
            self._stopped = number
            self._clock.stop()


def main() -> None:
    """Serve the pipe named on the command line: its descriptor, the study's, bytes of memory."""
    pipe, shipment, memory = (int(text) for text in sys.argv[1:4])
    settle(memory)
    connection, desk = Connection(pipe), Desk()
    threading.Thread(target=_listen, args=(connection, desk), daemon=True).start()
    order = desk.orders.get()
    study = receive(shipment)
    with one_blas_thread():
        while True:
            make_room(order.job, study, memory)
            _answer(order, study, connection, desk)
            order = desk.orders.get()


def _answer(order: Order, study: Study, connection: Connection, desk: Desk) -> None:
    def begin() -> Clock:
        connection.send(Begun())
        return desk.begin(order)

    connection.send(evaluate(order.job, study, begin))


def _listen(connection: Connection, desk: Desk) -> None:
    """Take what comes; when the other end is gone, end the process at once."""
    while True:
        try:
            message = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        if isinstance(message, Stop):
            desk.stop(message.number)
        else:
            desk.orders.put(message)


def settle(memory: int) -> None:
    """Leave Ctrl-C to the parent, bound the memory, and be the first to go where it runs out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ImportError, OSError, ValueError):
        import resource

        most = SLACK * memory + RESERVED
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
