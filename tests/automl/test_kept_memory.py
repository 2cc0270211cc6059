"""`--memory` is kept: what all processes of a fit hold together, looked at ten times a second."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from few_folds import FEW
from pliant import Classifier
from pliant.core.memory import Shares, resident_memory
from pliant.models.base import Shape
from pliant.models.registry import families_of
from pliant.search.plan import portfolio

LOOK_SECONDS = 0.1

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of children")


@contextmanager
def watched() -> Iterator[list[int]]:
    """Give the bytes that this process and its children hold together, look after look."""
    seen, over = list[int](), threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            seen.append(sum(resident_memory(pid) for pid in (os.getpid(), *children())))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def children() -> list[int]:
    found = []
    for task in Path("/proc/self/task").iterdir():
        try:
            found += [int(pid) for pid in (task / "children").read_text().split()]
        except OSError:  # the thread has ended
            continue
    return found


def table(n_rows: int, n_columns: int, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_columns)).astype(np.float32)
    signal = X[:, 0] * X[:, 1] + X[:, 2] + 0.5 * rng.normal(size=n_rows)
    cuts = np.quantile(signal, np.arange(1, n_classes) / n_classes)
    return X, np.digitize(signal, cuts)


def test_memory_is_kept_by_a_short_fit() -> None:
    """Of eight classes: what each trial predicts takes 1.3 MB."""
    X, y = table(20_000, 3, 8)
    memory = resident_memory() + 450 * 10**6
    with watched() as seen:
        model = Classifier(trials=6, models=["additive"], memory=memory, n_jobs=1, cv=FEW).fit(X, y)
    assert model.score(X, y) > 0.3
    assert max(seen) < memory


def test_what_this_process_takes_beyond_its_own_the_others_lack() -> None:
    shares = Shares(400 * 10**6, 2, 100 * 10**6)
    assert shares.planned == shares.now() == 150 * 10**6
    taken = np.ones(180 * 10**6 // 8)
    assert 90 * 10**6 < shares.now() < 120 * 10**6
    assert shares.planned == 150 * 10**6
    del taken


@pytest.mark.slow
def test_memory_is_kept_by_every_candidate_of_the_plan() -> None:
    """By those that read pairs of numbers too; there are no categories to be crossed."""
    X, y = table(2_500, 6, 2)
    shape = Shape(*X.shape, 1, 1, ("arithmetic",))
    planned = {c.name for c in portfolio(families_of(None), shape)}
    memory = resident_memory() + 600 * 10**6
    model = Classifier(trials=len(planned), memory=memory, cv=FEW)
    with watched() as seen:
        model.fit(X, y)
    assert {t.candidate.name for t in model.trials_ if t.status != "failed"} == planned
    assert len(seen) > 100
    assert max(seen) < memory
