"""The threads of a fit, counted by the system."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import psutil
import pytest

from few_folds import FEW
from pliant.automl.fit import fit
from pliant.core.config import Budget, Resources
from pliant.data.table import Roles
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.fit_spec import FitSpec
from pliant.training.needs import FEW_CELLS

ALLOWED = 8


def threads_of(pid: int) -> int:
    """Return how many threads of a worker run, or would if there were a processor for them."""
    try:
        tasks = [(task / "stat").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
        return sum(told.rpartition(")")[2].split()[0] == "R" for told in tasks)
    except OSError:  # it has just ended
        return 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the system does not tell")
def test_the_workers_of_a_fit_have_no_more_threads_at_work_than_allowed() -> None:
    """Fits that are large enough for two threads each, on four workers."""
    n, rng = FEW_CELLS // 2, np.random.default_rng(0)
    frame = to_frame({name: rng.normal(size=n) for name in "abc"})
    question = Question("y", column_from_values(rng.integers(0, 2, n)))
    resources = Resources(ALLOWED, "local", workers=4)
    spec = FitSpec(Budget(None, 4), models=["lightgbm"], resources=resources, folds=FEW)
    counts, over = list[int](), threading.Event()

    def count() -> None:
        while not over.wait(0.02):
            counts.append(sum(threads_of(child.pid) for child in psutil.Process().children()))

    counter = threading.Thread(target=count)
    counter.start()
    try:
        fit(FrameRows(frame, question, Roles()), spec)
    finally:
        over.set()
        counter.join()
    assert max(counts) > ALLOWED // 2
    assert np.quantile(counts, 0.99) <= ALLOWED  # one that listens to its parent may be awake
