"""Training in a process that was forked from one that had trained already.

OpenMP keeps its threads for whoever used it. In a forked process they are gone, but libraries that
ask again from the thread that forked wait for them for ever (libgomp: LightGBM, XGBoost,
scikit-learn). A new thread gets new ones, so there such work is done in one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from math import isinf
from multiprocessing import TimeoutError as NotInTime
from multiprocessing.pool import ThreadPool
from typing import TypeVar

from pliant.core.deadline import Deadline

R = TypeVar("R")

GRACE_SECONDS, GRACE_SHARE = 2.0, 0.25
"""What work may take beyond its seconds before nobody waits for it any more."""


class _Process:
    """Whether this process was forked."""

    forked = False

    @classmethod
    def note(cls) -> None:
        """Note that it was."""
        cls.forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Process.note)


def with_own_threads(work: Callable[[], R], deadline: Deadline) -> R:
    """Return what work in a library returns that has threads of its own; `deadline` has its
    seconds.

    Raises
    ------
    TimeoutError
        In a forked process, when the work goes on long after its time.
    """
    if not _Process.forked or threading.current_thread() is not threading.main_thread():
        return work()
    return in_a_new_thread(work, deadline)


def in_a_new_thread(
    work: Callable[[], R], deadline: Deadline, grace_seconds: float = GRACE_SECONDS
) -> R:
    """Return what work returns that is done in a thread of its own.

    Raises
    ------
    TimeoutError
        When it goes on for more than `grace_seconds`, and a share, beyond its time.
    """
    seconds = deadline.remaining() * (1 + GRACE_SHARE) + grace_seconds
    with ThreadPool(1) as pool:  # one that hangs does not keep the process
        try:
            return pool.apply_async(work).get(None if isinf(seconds) else seconds)
        except KeyboardInterrupt:
            deadline.stop()
            raise
        except NotInTime:
            raise TimeoutError("did not end in time") from None
