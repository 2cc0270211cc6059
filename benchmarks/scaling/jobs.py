"""The work that `scaling.py` gives to workers; they import this file."""

from __future__ import annotations

import operator
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.models.additive import AdditiveConfig
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.raw import Frame
from pliant.training.engines.shipment import pickled_bytes
from pliant.training.experiment import Experiment, Splitting
from pliant.training.fit_spec import FitSpec
from pliant.training.records import Candidate, Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRIALS, SECONDS = 200, 0.25
SUM_VALUES = 100_000_000
REPEATS = 5


class Spins(AdditiveConfig):
    """Keeps a core at work for a quarter of a second when a learner asks for its rounds."""

    def __getattribute__(self, name: str) -> Any:
        """Return the setting, `rounds` with delay."""
        if name == "rounds":
            until = time.perf_counter() + SECONDS
            while time.perf_counter() < until:
                pass
        return super().__getattribute__(name)


def jobs(count: int) -> list[Job]:
    """Return so many trials of a quarter of a second, on one split or the other."""
    config = Spins(rounds=1)
    return [Job(Candidate("additive", "spins", config), number % 2) for number in range(count)]


def tiny() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a table of 1,000 rows that any fit is through with at once."""
    X = np.random.default_rng(0).normal(size=(1000, 5))
    return X, X[:, 0] > 0


def wide() -> tuple[Frame, Question]:
    """Return a table of 10,000 rows and 1,500 numbers, as many distinct values as rows in each."""
    X = np.random.default_rng(0).normal(size=(10_000, 1500))
    return to_frame(X), Question("y", column_from_values(X[:, 0] > 0))


def names() -> tuple[Frame, Question]:
    """Return a table of 20,000 rows and 9 columns of up to 4,000 names, many of them rare."""
    found = np.random.default_rng(0).zipf(1.3, (20_000, 9)) % 4000
    frame = to_frame({f"c{j}": [f"name{v}" for v in found[:, j]] for j in range(9)})
    return frame, Question("y", column_from_values(found[:, 0] > 2))


def shipped(frame: Frame, question: Question) -> list[int]:
    """Return the rows and columns of a table, the bytes shipped of it, and those of its codes."""
    table, _ = FrameRows(frame, question).table(FitSpec(), None)
    codes = table.coded.codes.nbytes + table.coded.ids.nbytes
    experiment = Experiment(table, Splitting(0.25, 4), None, 0)
    return [len(table), len(frame), pickled_bytes(experiment), codes]


def sum_of_logs(chunk: NDArray[np.float64]) -> float:
    """Return the sum of logarithms, in blocks that stay in the cache: bound by computing."""
    blocks = range(0, len(chunk), 1 << 14)
    return float(sum(np.log(chunk[start : start + (1 << 14)]).sum() for start in blocks))


def sums() -> dict[str, Any]:
    """Return seconds of sums over a memory-mapped file, in turns.

    One core, two workers, and two bare threads that each take half: what the machine allows.
    """
    with tempfile.TemporaryDirectory() as folder:
        values = _mapped(Path(folder) / "values.f64")
        size = values.nbytes
        sum_of_logs(values)  # into the page cache
        found = {name: _sums(function, values) for name, function in FUNCTIONS.items()}
    return {"bytes": size, **found}


def _sums(function: Any, values: NDArray[np.float64]) -> list[float]:
    from pliant import map_reduce

    half = len(values) // 2
    parts = values[:half], values[half:]

    def two_workers() -> float:
        return float(map_reduce(function, values, reduce=operator.add, workers=2))

    def two_threads() -> float:
        with ThreadPoolExecutor(2) as pool:
            return float(sum(pool.map(function, parts)))

    ways = (lambda: function(values), two_workers, two_threads)
    times = [[_timed(way) for way in ways] for _ in range(REPEATS)]
    return [float(seconds) for seconds in np.median(times, axis=0)]


def _mapped(path: Path) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for _ in range(100):
            rng.uniform(1.0, 2.0, SUM_VALUES // 100).tofile(file)
    return np.memmap(path, dtype=np.float64, mode="r")


def _timed(work: Callable[[], float]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


FUNCTIONS: dict[str, Any] = {"sum": np.sum, "logs": sum_of_logs}
