"""What more cores are worth, on the machine that this runs on: 1, 2, 4, ... and all of them.

    python -m benchmarks.scaling.cores [--out benchmarks/results/cores.jsonl] [--rows 30000]
        [--trials 24] [--budget 60] [--cores 1,2,4]
    python -m benchmarks.scaling.page            # the tables and the picture, in docs

Four kinds of work on a table that is made up, so nothing need be there: the trials of a search, the
refits of eight members, a fit of so many seconds and what it scores on rows that it has not seen,
and prediction. Each point is a process of its own that is bound to so many cores; points whose line
is there for this machine are skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import RESULTS
from benchmarks.board import board
from benchmarks.common import machine, process

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pliant.automl.fit import Result
    from pliant.core.config import Budget

LIMIT_SECONDS = 3600.0
COLUMNS, HELD_OUT, PREDICTED, REPEATS, REFITS = 20, 20_000, 300_000, 5, 8


@dataclass(frozen=True)
class Point:
    """What is measured: the work, on how many cores, and how much of it."""

    kind: str
    cores: int
    rows: int
    trials: int
    budget: float


def main() -> None:
    """Measure the points that have no line yet; `--point` measures one, here."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "cores.jsonl")
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--budget", type=float, default=60.0, help="seconds")
    parser.add_argument("--cores", help="such as 1,2,4; by default doubled up to all")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print(json.dumps(_measured(Point(**json.loads(options.point)))))
        return
    here = machine.describe()
    lines = board.read([options.out]) if options.out.exists() else []
    done = [_point(line) for line in lines if line["machine"] == here]
    for cores in _steps(options.cores):
        for kind in MEASURES:
            point = Point(kind, cores, options.rows, options.trials, options.budget)
            if point not in done:
                line = asdict(point) | _apart(point)
                line |= {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": here}
                print(line, flush=True)
                with options.out.open("a") as file:
                    file.write(json.dumps(line) + "\n")


def _steps(text: str | None) -> Sequence[int]:
    """Return the numbers of cores to measure with."""
    if text:
        return [int(part) for part in text.split(",")]
    most = len(os.sched_getaffinity(0))
    return sorted({*(2**k for k in range(most.bit_length()) if 2**k <= most), most})


def _point(line: dict[str, Any]) -> Point:
    return Point(*(line[name] for name in ("kind", "cores", "rows", "trials", "budget")))


def _apart(point: Point) -> dict[str, Any]:
    """Measure a point in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scaling.cores", "--point"]
    end = process.run([*command, json.dumps(asdict(point))], LIMIT_SECONDS, dict(os.environ))
    if end.error:
        sys.exit(f"{point}: {end.error}")
    return dict(json.loads(end.output.splitlines()[-1]))


def _measured(point: Point) -> dict[str, Any]:
    """Bind this process to so many cores, and measure."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: point.cores])
    return MEASURES[point.kind](point)


def measure_trials(point: Point) -> dict[str, Any]:
    """Return the seconds of a search of LightGBM alone and of its parts: before the first trial,
    in fits (of all cores together), and the processor time of the parent, which works alone.
    """
    from pliant.core.config import Budget

    begun, cpu = time.perf_counter(), time.process_time()
    result, before = _fit(point, Budget(None, point.trials), ["lightgbm"])
    return {
        "seconds": time.perf_counter() - begun,
        "before": before,
        "in_fits": sum(o.seconds for trial in result.trials for o in trial.outcomes),
        "parent": time.process_time() - cpu,
    }


def measure_refits(point: Point) -> dict[str, Any]:
    """Return the seconds of refits on all rows, side by side, once the workers are up."""
    from pliant.core.config import Resources
    from pliant.models.family import default_config
    from pliant.models.registry import FAMILIES
    from pliant.training.engines.select import make_engine
    from pliant.training.records import Candidate, Job

    candidate = Candidate("lightgbm", "default", default_config(FAMILIES["lightgbm"]))
    with make_engine(Resources(point.cores, "local"), None) as engine:
        engine.start(_experiment(point.rows))
        threads = engine.threads(min(engine.workers, REFITS))
        jobs = [Job(candidate, None, threads=threads, rounds=150) for _ in range(REFITS)]
        list(engine.run(jobs[: engine.workers]))
        start = time.perf_counter()
        reasons = [outcome.reason for outcome in engine.run(jobs)]
        seconds = time.perf_counter() - start
    assert not any(reasons), reasons
    return {"seconds": seconds}


def measure_budget(point: Point) -> dict[str, Any]:
    """Return what a fit of some seconds scores on rows that it has not seen, and its trials."""
    from sklearn.metrics import roc_auc_score

    from pliant.core.config import Budget

    start = time.perf_counter()
    result, _ = _fit(point, Budget(point.budget), None)
    seconds = time.perf_counter() - start
    X, y = made_up(point.rows + HELD_OUT)
    chances = result.model.predict_proba(_frame(X[point.rows :]))[:, 1]
    score = float(roc_auc_score(y[point.rows :], chances))
    return {"seconds": seconds, "score": score, "made": len(result.trials)}


def measure_prediction(point: Point) -> dict[str, Any]:
    """Return the seconds of predicting many rows with a model of the first few trials."""
    from pliant.core.config import Budget

    result, _ = _fit(point, Budget(None, 3), ["lightgbm"])
    X, _ = made_up(PREDICTED)
    frame, times = _frame(X), list[float]()
    for _ in range(REPEATS):
        start = time.perf_counter()
        result.model.predict_proba(frame, threads=point.cores)
        times.append(time.perf_counter() - start)
    return {"seconds": float(np.median(times)), "predicted": PREDICTED}


def _fit(point: Point, budget: Budget, models: list[str] | None) -> tuple[Result, float]:
    """Return the result of a fit, and the seconds before its search began."""
    from pliant.automl.fit import fit
    from pliant.core.config import Resources
    from pliant.core.deadline import Deadline
    from pliant.ensemble.incremental.rows import FrameRows, Question
    from pliant.runtime.intake import column_from_values
    from pliant.training.context import FitContext
    from pliant.training.fit_spec import FitSpec

    X, y = made_up(point.rows)
    begun = list[float]()
    context = FitContext(Deadline(budget.seconds), tell=lambda told: begun.append(told.elapsed))
    spec = FitSpec(budget, models=models, resources=Resources(point.cores, "local"))
    rows = FrameRows(_frame(X), Question("y", column_from_values(y)))
    return fit(rows, spec, context), begun[0]


def _experiment(rows: int) -> Any:
    from pliant.ensemble.incremental.rows import FrameRows, Question
    from pliant.runtime.intake import column_from_values
    from pliant.training.experiment import Experiment, Splitting
    from pliant.training.fit_spec import FitSpec

    X, y = made_up(rows)
    question = Question("y", column_from_values(y))
    table, _ = FrameRows(_frame(X), question).table(FitSpec(), None)
    return Experiment(table, Splitting(0.25, 2), None, 0)


def made_up(rows: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return numbers (rows, 20) and two classes, which depend on pairs of them; the first rows are
    the same however many are asked for.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, COLUMNS))
    noise = np.random.default_rng(1).normal(size=rows)
    signal = X[:, 0] + X[:, 1] * X[:, 2] + np.sin(3 * X[:, 3]) + (X[:, 4] > 0.5) * X[:, 5]
    return X, (signal + noise > 0).astype(np.int64)


def _frame(X: NDArray[np.float64]) -> Any:
    from pliant.runtime.intake import to_frame

    return to_frame({f"x{j}": X[:, j] for j in range(COLUMNS)})


MEASURES: dict[str, Callable[[Point], dict[str, Any]]] = {
    "trials": measure_trials,
    "refits": measure_refits,
    "budget": measure_budget,
    "prediction": measure_prediction,
}


if __name__ == "__main__":
    main()
