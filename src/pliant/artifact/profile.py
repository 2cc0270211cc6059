"""What a model costs when it is used, measured on the written file, loaded again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any

import numpy as np

from pliant import artifact
from pliant.core.errors import DataError
from pliant.core.temporary import temporary_folder
from pliant.runtime.level import level
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.runtime.synthetic import made_up, rows_of

SINGLE_ROWS, BATCH_ROWS = 100, 10_000
MIN_ROWS, ROWS_A_SECOND = 1_000, 50_000
"""Rows of a batch where little time is given: at least so many, and so many for each second."""

WARM_UP, MIN_CALLS, MAX_CALLS = 5, 20, 5_000


@dataclass(frozen=True)
class Profile:
    """Seconds from one row, a dict, to its prediction: median and 99th percentile; rows a second
    of a frame of 10,000, or of fewer where there is less than 0.2 s to measure, with so many
    `threads`; bytes of the file. `kernel` is the level of the compiled kernel that was in use, or
    "numpy"."""

    p50: float
    p99: float
    rows_per_second: float
    size: int
    kernel: str
    threads: int = 1


def measure(
    model: Predictor, seconds: float, frame: Frame | None = None, threads: int = 1
) -> Profile:
    """Return the profile of a model, written to a temporary file and loaded again."""
    with temporary_folder() as folder:
        path = folder / "model.pliant"
        artifact.save(model, path)
        return measure_loaded(artifact.load(path), path.stat().st_size, seconds, frame, threads)


def measure_loaded(
    model: Predictor, size: int, seconds: float, frame: Frame | None = None, threads: int = 1
) -> Profile:
    """Return the profile of a model from a file of so many bytes, called for about so many seconds.

    It predicts rows of `frame`, or rows made up of what its schema knows; many rows with so many
    `threads`.

    Raises
    ------
    DataError
        When the frame has no rows, or lacks a column that the model reads.
    """
    frame = made_up(model.schema, BATCH_ROWS) if frame is None else frame
    model.raw(frame.take(np.arange(min(1, frame.n_rows))))  # a column that is missing is named
    rows = list(rows_of(frame, SINGLE_ROWS))
    if not rows:
        raise DataError("expected rows to predict, got a table without any")
    calls: list[float] = []
    source = cycle(rows)
    for _ in range(WARM_UP):
        model.raw(next(source))
    end = time.perf_counter() + seconds
    while len(calls) < MIN_CALLS or (len(calls) < MAX_CALLS and time.perf_counter() < end):
        calls.append(_timed(model.raw, next(source)))
    n_rows = int(np.clip(ROWS_A_SECOND * seconds, MIN_ROWS, BATCH_ROWS))
    batch = frame.take(np.arange(n_rows) % frame.n_rows)
    many = partial(model.raw, threads=threads)
    whole = min(_timed(many, batch) for _ in range(2))
    p50, p99 = np.quantile(calls, [0.5, 0.99])
    return Profile(float(p50), float(p99), n_rows / whole, size, level(), threads)


def _timed(work: Callable[[Any], object], data: object) -> float:
    start = time.perf_counter()
    work(data)
    return time.perf_counter() - start
