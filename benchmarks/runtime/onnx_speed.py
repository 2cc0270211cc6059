"""A model in ONNX Runtime beside the same model in Pliant, on one thread: one row, and 10,000.

    python -m benchmarks.runtime.onnx_speed [FAMILY ...]

The table has 30 columns, numbers and categories. One row is a dict of plain values for Pliant and
of arrays (1, 1) for ONNX Runtime, rows are a frame and a dict of arrays; all are made beforehand.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import pliant
from benchmarks.scaling import cost
from pliant.compile.onnx.probe import feeds_of
from pliant.compile.onnx.verify import session_of
from pliant.models.registry import FAMILIES
from pliant.runtime.synthetic import made_up

ROWS, COLUMNS, TRAINED, REPEATS = 10_000, 30, 4_000, 5


def main() -> None:
    """Print a line of markdown a family, and one for the ensemble of three trials."""
    print("| model | ONNX, kB | one row: ONNX Runtime, us | Pliant, us | 10,000 rows: | Pliant |")
    print("|---|---|---|---|---|---|")
    for family in sys.argv[1:] or [*FAMILIES, "ensemble"]:
        print(line(family), flush=True)


def line(family: str) -> str:
    """Return what a family's model costs in both."""
    X, y = cost.make_table(TRAINED, COLUMNS)
    models, trials = (None, 3) if family == "ensemble" else ([family], 1)
    model = pliant.Classifier(trials=trials, models=models, n_jobs=1).fit(X, y).model_.predictor
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.onnx"
        done = pliant.export(model, path)
        run = session_of(path.read_bytes())
    assert done.verified is not None
    frame = made_up(model.schema, ROWS)
    feeds = feeds_of(model.schema, frame)
    one = f"{1e6 * done.verified.onnx_seconds:.0f} | {1e6 * done.verified.model_seconds:.0f}"
    many = f"{rate(lambda: run(feeds)):,.0f}/s | {rate(lambda: model.raw(frame)):,.0f}/s"
    return f"| {family} | {done.size / 1e3:,.0f} | {one} | {many} |"


def rate(work: Callable[[], object]) -> float:
    """Return rows a second, the median of a few times."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return ROWS / float(np.median(seconds))


if __name__ == "__main__":
    main()
