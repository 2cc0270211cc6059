"""The threads of a fit, counted by the system: those that run or wait for a processor."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import psutil
import pytest

from pliant.automl.fit import fit
from pliant.core.config import Budget, Resources
from pliant.data.table import Roles
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.means import FEW_CELLS
from pliant.training.request import Request

ALLOWED = 8


def at_work(pid: int) -> int:
    """Return how many threads of a process run, or would if a processor were free."""
    states = []
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            states.append(stat.read_text().rpartition(")")[2].split()[0])
        except OSError:  # it has just ended
            continue
    return states.count("R")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the system does not tell")
def test_the_workers_of_a_fit_have_no_more_threads_at_work_than_allowed() -> None:
    """Fits that are large enough for two threads each, on four workers. A thread that takes a
    message counts for a moment, so one look in twenty may find more.
    """
    rng = np.random.default_rng(0)
    frame = to_frame({name: rng.normal(size=FEW_CELLS // 2) for name in "abc"})
    question = Question("y", column_from_values(rng.integers(0, 2, FEW_CELLS // 2)))
    resources = Resources(ALLOWED, "local", workers=4)
    request = Request(Budget(None, 4), models=["lightgbm"], resources=resources)
    counts, over = list[int](), threading.Event()

    def count() -> None:
        while not over.wait(0.02):
            counts.append(sum(at_work(child.pid) for child in psutil.Process().children()))

    counter = threading.Thread(target=count)
    counter.start()
    try:
        fit(FrameRows(frame, question, Roles()), request)
    finally:
        over.set()
        counter.join()
    assert max(counts) > ALLOWED // 2, "fits of several threads were seen"
    assert np.percentile(counts, 95) <= ALLOWED
