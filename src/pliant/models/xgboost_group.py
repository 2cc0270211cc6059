"""XGBoost's collective: how processes that train one model together find each other."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

from pliant.core.deadline import Deadline
from pliant.models.base import Part, ProcessGroup

SUM_BYTES = 16
"""What the processes add up for each code of each node: two float64 sums."""

MEETING_SECONDS, RETRIES = 300, 60
"""How long the processes of a group wait for each other, and how often XGBoost tries to connect."""

LOOK_SECONDS = 0.1
"""Seconds between looks whether another process listens."""


@contextmanager
def joined(group: ProcessGroup | None) -> Iterator[None]:
    """Be one of the group's processes, if there is one: what XGBoost sums up is then of all rows.

    The first process has the tracker, which tells the others where each of them listens.
    """
    if group is None:
        yield
        return
    from xgboost.collective import CommunicatorContext
    from xgboost.tracker import RabitTracker

    host, _, port = group.addresses[0].rpartition(":")
    tracker = None
    if group.rank == 0:
        tracker = RabitTracker(group.size, host, int(port), sortby="task", timeout=MEETING_SECONDS)
        tracker.start()
        _call_all(group)
    else:
        _wait_for_call(group)
    with CommunicatorContext(
        dmlc_communicator="rabit",
        dmlc_tracker_uri=host,
        dmlc_tracker_port=int(port),
        dmlc_task_id=f"{group.rank:06d}",
        dmlc_retry=RETRIES,
        dmlc_timeout=MEETING_SECONDS,
    ):
        yield
    if tracker is not None:
        tracker.wait_for(MEETING_SECONDS)


def _call_all(group: ProcessGroup) -> None:
    """Connect to each of the others, which wait for that: the tracker is up."""
    deadline = Deadline(MEETING_SECONDS)
    for address in group.addresses[1:]:
        host, _, port = address.rpartition(":")
        while deadline.remaining() > 0:
            with suppress(OSError), socket.create_connection((host, int(port)), MEETING_SECONDS):
                break
            time.sleep(LOOK_SECONDS)


def _wait_for_call(group: ProcessGroup) -> None:
    """Return when the first process has called. XGBoost itself, where it tries to connect before
    the tracker is up, tries again after seconds only.
    """
    with socket.create_server(("", group.port)) as server:
        server.settimeout(MEETING_SECONDS)
        server.accept()[0].close()


def share_of_second_class(part: Part, group: ProcessGroup | None) -> float:
    """Return the share of the second class among the rows, those of the whole group if any."""
    if group is None:
        return float(np.average(part.target.values, weights=part.weight))
    from xgboost.collective import Op, allreduce

    sums = np.array([part.weights @ part.target.values, part.weights.sum()], dtype=np.float64)
    second, of_all = allreduce(sums, Op.SUM)
    return float(second / of_all)
