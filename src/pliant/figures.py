"""What a model costs when it is used, measured on the written file, loaded again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from pliant import artifact
from pliant.runtime.codebook import CategoryCodebook, NumberCodebook
from pliant.runtime.level import level
from pliant.runtime.model import Model
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings, Times
from pliant.runtime.schema import Column, Schema

SINGLE_ROWS, BATCH_ROWS = 100, 10_000
FEWEST_ROWS, ROWS_A_SECOND = 1_000, 50_000
"""Rows of a batch where little time is given: at least so many, and so many for each second."""

WARM_UP, FEWEST_CALLS, MOST_CALLS = 5, 20, 5_000
FIRST_DAY, DAYS, DAY = 10_957, 9_131, 86_400_000_000
"""Times that are made up lie in the years 2000 to 2024."""


@dataclass(frozen=True)
class Figures:
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


def measure(model: Model, seconds: float, frame: Frame | None = None) -> Figures:
    """Return the figures of a model, written to a temporary file and loaded again."""
    with tempfile.TemporaryDirectory(prefix="pliant-") as folder:
        path = Path(folder) / "model.pliant"
        artifact.save(model, path)
        return measure_file(path, seconds, frame)


def measure_file(
    path: Path, seconds: float, frame: Frame | None = None, threads: int = 1
) -> Figures:
    """Return the figures of a model file, calling it for about so many seconds.

    It predicts rows of `frame`, or rows made up of what its schema knows; many rows with so many
    `threads`.
    """
    model = artifact.load(path)
    frame = frame or made_up(model.schema, BATCH_ROWS)
    rows = list(rows_of(frame, SINGLE_ROWS))
    calls: list[float] = []
    source = cycle(rows)
    for _ in range(WARM_UP):
        model.raw(next(source))
    end = time.perf_counter() + seconds
    while len(calls) < FEWEST_CALLS or (len(calls) < MOST_CALLS and time.perf_counter() < end):
        calls.append(_timed(model.raw, next(source)))
    n_rows = int(np.clip(ROWS_A_SECOND * seconds, FEWEST_ROWS, BATCH_ROWS))
    batch = frame.take(np.arange(n_rows) % frame.n_rows)
    many = partial(model.raw, threads=threads)
    whole = min(_timed(many, batch) for _ in range(2))
    p50, p99 = np.quantile(calls, [0.5, 0.99])
    size = path.stat().st_size
    return Figures(float(p50), float(p99), n_rows / whole, size, level(), threads)


def made_up(schema: Schema, n_rows: int) -> Frame:
    """Return rows of values that the columns in use may have; every row is another."""
    rng = np.random.default_rng(0)
    return Frame({c.name: _column(c, n_rows, rng) for c in schema.used}, n_rows)


def _column(column: Column, n_rows: int, rng: np.random.Generator) -> RawColumn:
    book = column.codebook
    if isinstance(book, NumberCodebook):
        edges = book.edges if len(book.edges) else np.zeros(1)
        return Numbers(rng.choice(edges, n_rows))
    if isinstance(book, CategoryCodebook):
        levels = list(book.levels) or [""]
        return Strings(rng.integers(0, len(levels), n_rows).astype(np.int32), levels)
    if column.kind == "time":
        return Times((FIRST_DAY + rng.integers(0, DAYS, n_rows)) * DAY)
    texts = [f"some words of text {n}" for n in range(SINGLE_ROWS)]
    return Strings(rng.integers(0, len(texts), n_rows).astype(np.int32), texts)


def rows_of(frame: Frame, most: int) -> Iterator[dict[str, Any]]:
    """Yield the first rows as dicts of plain Python values, as a service gets them."""
    values = {name: _value_of(column) for name, column in frame.items()}
    for row in range(min(most, frame.n_rows)):
        yield {name: value(row) for name, value in values.items()}


def _value_of(column: RawColumn) -> Callable[[int], Any]:
    if isinstance(column, Numbers):
        return lambda row: float(column.values[row])
    if isinstance(column, Strings):
        return lambda row: column.levels[i] if (i := int(column.indices[row])) >= 0 else None
    return lambda row: _time(int(column.microseconds[row]))


def _time(microseconds: int) -> datetime | None:
    return None if microseconds == NOT_A_TIME else datetime.fromtimestamp(microseconds / 1e6, UTC)


def _timed(work: Callable[[Any], object], data: object) -> float:
    start = time.perf_counter()
    work(data)
    return time.perf_counter() - start
