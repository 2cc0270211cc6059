"""The curve of cost against work: rows, columns, trials, each with the others held.

    python -m benchmarks.scaling.cost --out benchmarks/results/cost.jsonl

No clock bounds these fits: a number of trials is asked for, and what it takes is measured, each
point in a process of its own. Points whose line is there are skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.board import board
from benchmarks.common import machine, process

if TYPE_CHECKING:
    import pandas as pd

LIMIT_SECONDS = 1800.0
CATEGORY_SHARE, LEVELS = 0.25, 12
TEST_ROWS = 10_000


@dataclass(frozen=True)
class Point:
    """A table's size, the trials asked for, and which of them the point varies."""

    along: str
    rows: int
    columns: int
    trials: int


POINTS = (
    *(Point("rows", rows, 20, 2) for rows in (1_000, 10_000, 100_000, 1_000_000)),
    *(Point("columns", 10_000, columns, 2) for columns in (10, 30, 100, 300, 1_000)),
    *(Point("trials", 2_000, 10, trials) for trials in (1, 3, 10, 30, 100, 200)),
)


def main() -> None:
    """Measure the points that have no line yet; `--point` measures one, here."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("cost.jsonl"))
    parser.add_argument("--point", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print(json.dumps(measure(Point(**json.loads(options.point)))))
        return
    known = board.read([options.out]) if options.out.exists() else []
    done = {Point(x["along"], x["rows"], x["columns"], x["trials"]) for x in known}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for point in POINTS:
        if point not in done:
            line = _apart(point)
            print(f"{point}: {line['seconds']:.2f} s", flush=True)
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")


def measure(point: Point) -> dict[str, float]:
    """Fit and predict; return seconds of both."""
    from pliant import Classifier

    frame, target = make_table(point.rows, point.columns)
    start = time.perf_counter()
    model = Classifier(trials=point.trials, random_state=0).fit(frame, target)
    seconds = time.perf_counter() - start
    some = frame.iloc[:TEST_ROWS]
    model.predict_proba(some)
    start = time.perf_counter()
    model.predict_proba(some)
    return {"seconds": seconds, "rows_per_second": len(some) / (time.perf_counter() - start)}


def make_table(rows: int, columns: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return numbers with 2 % missing, a quarter of the columns as categories, and two classes."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns), dtype=np.float32)
    signal = X[:, 0] + X[:, 1] * X[:, 2] + (X[:, 3] > 0.5) - 0.5 * np.abs(X[:, 4])
    y = signal + rng.standard_normal(rows) > np.median(signal)
    X[rng.random(X.shape, dtype=np.float32) < 0.02] = np.nan
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(columns)])
    for name in frame.columns[-max(1, round(CATEGORY_SHARE * columns)) :]:
        levels = np.floor(np.nan_to_num(frame[name]) * LEVELS / 6).astype(int)
        frame[name] = pd.Series(levels).map("level {}".format)
    return frame, pd.Series(np.where(y, "yes", "no"), name="target")


def _apart(point: Point) -> dict[str, float | str | None]:
    """Measure a point in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.scaling.cost",
        "--point",
        json.dumps(asdict(point)),
    ]
    end = process.run(command, LIMIT_SECONDS, dict(os.environ))
    if end.error:
        sys.exit(f"{point}: {end.error}")
    measured = json.loads(end.output.splitlines()[-1])
    return asdict(point) | measured | {"peak_bytes": end.peak_bytes, "machine": machine.describe()}


if __name__ == "__main__":
    main()
