"""Places: where jobs can be trained together, by processes that reach each other.

An engine says where its workers are (`Node`), and asks each of them what it sees and where it could
listen; what answers is a `Place`. Its port is free when it is asked for, and may be taken by the
time it is used: training together then fails, and is tried again with other ports.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """Where a worker of a cluster is: its host's address, its threads, its bytes of memory, None
    where nobody tells.
    """

    host: str
    threads: int
    memory: int | None


@dataclass(frozen=True)
class Place:
    """Where one of several jobs that are trained together can run.

    `worker` is the engine's own name of it, and `address` where it listens, "host:port". A job
    there has so many `threads`, and may take `memory` bytes, None for any. `sees` says whether what
    the places were asked holds there.
    """

    worker: str
    address: str
    threads: int
    memory: int | None
    sees: bool


@dataclass(frozen=True)
class Answer:
    """What a worker says of itself: a port that is free there, and whether a check holds."""

    port: int
    sees: bool


def answer(check: Callable[[], bool]) -> Answer:
    """Return what this process says, being a worker."""
    return Answer(free_ports(1)[0], check())


def free_ports(count: int) -> list[int]:
    """Return so many ports of this machine that are free now, all of them different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("", 0))
        return [int(each.getsockname()[1]) for each in sockets]
