"""What workers save and what they cost: on every engine, with one worker and with two.

    python -m benchmarks.scaling.measure --data DIR --out benchmarks/results/scaling.jsonl

DIR holds the table `adult`, see data.py. Each point runs in a process of its own; points whose
line is there are skipped. `scaling_page.py` writes docs/scaling.md from the lines.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.board import board
from benchmarks.common import machine, process
from benchmarks.scaling import jobs as scaling_jobs
from benchmarks.scaling import sleeping

if TYPE_CHECKING:
    from pliant.ensemble.incremental.rows import Question
    from pliant.runtime.raw import Frame

LIMIT_SECONDS = 1800.0
TRIALS = 24
"""Of the tuning job; of LightGBM alone, one thread a fit."""

SLEEPING_TRIALS = 1000

IMPORTS = 9
FIXED_FITS = 5
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Point:
    """What is measured, on which engine, with how many workers."""

    kind: str
    engine: str = ""
    workers: int = 0


ENGINES = ("threads", "local", "ray", "dask")
POINTS = (
    Point("bytes"),
    Point("import"),
    Point("fixed"),
    Point("sum"),
    *(Point("dispatch", engine, 2) for engine in ENGINES),
    *(
        Point("sleeping", *each)
        for each in (("threads", 64), ("local", 32), ("ray", 16), ("dask", 16))
    ),
    Point("tuning", "threads", 1),
    *(Point("tuning", engine, 2) for engine in ENGINES),
    *(Point("tuning", engine, 1) for engine in ENGINES[1:]),
)


def main() -> None:
    """Measure the points that have no line yet; `--point` measures one, here."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(), help="folder that holds adult")
    parser.add_argument("--out", type=Path, default=Path("scaling.jsonl"))
    parser.add_argument("--kinds", type=lambda text: text.split(","), help="all by default")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        point = Point(**json.loads(options.point))
        print(json.dumps(MEASURES[point.kind](point, options.data)))
        return
    known = board.read([options.out]) if options.out.exists() else []
    done = {Point(x["kind"], x["engine"], x["workers"]) for x in known}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for point in POINTS:
        if point not in done and (options.kinds is None or point.kind in options.kinds):
            line = _apart(point, options.data)
            print(line, flush=True)
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")


def _apart(point: Point, data: Path) -> dict[str, Any]:
    """Measure a point in a process of its own, a thread a library."""
    command = [sys.executable, "-m", "benchmarks.scaling.measure", "--data", str(data.resolve())]
    command += ["--point", json.dumps(asdict(point))]
    environment = dict(os.environ) | dict.fromkeys(THREAD_VARIABLES, "1")
    end = process.run(command, LIMIT_SECONDS, environment)
    if end.error:
        sys.exit(f"{point}: {end.error}")
    measured = json.loads(end.output.splitlines()[-1])
    when = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine.describe()}
    return asdict(point) | measured | when


def measure_import(point: Point, data: Path) -> dict[str, Any]:
    """Return the medians of whole processes: nothing, the package imported, the help printed."""

    def seconds(*arguments: str) -> float:
        return median(
            _timed(lambda: _quietly([sys.executable, *arguments])) for _ in range(IMPORTS)
        )

    return {
        "nothing": seconds("-c", "pass"),
        "import": seconds("-c", "import pliant"),
        "help": seconds("-m", "pliant", "--help"),
    }


def measure_fixed(point: Point, data: Path) -> dict[str, Any]:
    """Return the seconds of a tiny fit: in this process, and with two worker processes."""
    from pliant import Classifier

    frame, target = scaling_jobs.tiny()

    def seconds(**settings: Any) -> float:
        model = Classifier(trials=1, models=["additive"], **settings)
        return _timed(lambda: model.fit(frame, target))

    seconds(engine="serial", n_jobs=1)
    pairs = [
        (seconds(engine="serial", n_jobs=1), seconds(engine="local", n_jobs=2))
        for _ in range(FIXED_FITS)
    ]
    serial, local = zip(*pairs, strict=True)
    return {"serial": median(serial), "local": median(local)}


def measure_sum(point: Point, data: Path) -> dict[str, Any]:
    """Return the seconds of sums over a memory-mapped file, one core and two workers."""
    return scaling_jobs.sums()


def measure_dispatch(point: Point, data: Path) -> dict[str, Any]:
    """Return the seconds of 200 trials of a quarter of a second, once the workers are up."""
    from pliant.core.config import Resources
    from pliant.testing import small_experiment
    from pliant.training.engines.select import make_engine

    start = time.perf_counter()
    with make_engine(Resources(point.workers, point.engine), None) as engine:
        engine.start(small_experiment(2))
        list(engine.run(scaling_jobs.jobs(point.workers)))
        up = time.perf_counter() - start
        jobs = scaling_jobs.jobs(scaling_jobs.TRIALS)
        start = time.perf_counter()
        outcomes = list(engine.run(jobs))
        seconds = time.perf_counter() - start
    failed = [outcome.reason for outcome in outcomes if outcome.reason]
    assert not failed, failed[0]
    ideal = scaling_jobs.TRIALS * scaling_jobs.SECONDS / point.workers
    return {"up": up, "seconds": seconds, "ideal": ideal}


def measure_sleeping(point: Point, data: Path) -> dict[str, Any]:
    """Return the seconds of a search of 1,000 trials that sleep, once the workers are up, and the
    processor time of this process by then, after each tenth of the trials.
    """
    from pliant.core.config import Resources
    from pliant.training.engines.select import make_engine

    used, load = list[tuple[int, float]](), os.getloadavg()[0]
    start = time.perf_counter()
    with make_engine(Resources(point.workers, point.engine), None) as engine:
        engine.start(sleeping.experiment())
        list(engine.run(sleeping.jobs(point.workers)))
        up, start = time.perf_counter() - start, time.perf_counter()
        trials = sleeping.search(
            engine, SLEEPING_TRIALS, lambda p: used.append((p.trials, time.process_time()))
        )
        seconds = time.perf_counter() - start
    used.append((len(trials), time.process_time()))
    failed = [trial.reason for trial in trials if trial.reason]
    assert not failed, failed[0]
    marks = range(0, len(trials) + 1, len(trials) // 10)
    spent = [next(cpu for done, cpu in used if done >= mark) for mark in marks]
    ideal = len(trials) * sleeping.SECONDS / point.workers
    cpu = np.diff(spent).tolist()
    return {"up": up, "seconds": seconds, "ideal": ideal, "cpu": cpu, "load": load}


def measure_tuning(point: Point, data: Path) -> dict[str, Any]:
    """Return the seconds of a real tuning job."""
    from pliant.automl.fit import fit
    from pliant.core.config import Budget, Resources
    from pliant.ensemble.incremental.rows import FrameRows
    from pliant.training.fit_spec import FitSpec

    frame, question = _adult(data)
    resources = Resources(point.workers, point.engine)
    spec = FitSpec(Budget.of(None, TRIALS), models=["lightgbm"], resources=resources)
    start = time.perf_counter()
    result = fit(FrameRows(frame, question), spec)
    return {
        "seconds": time.perf_counter() - start,
        "in_fits": sum(o.seconds for trial in result.trials for o in trial.outcomes),
        "score": result.model.card.score,
    }


def measure_bytes(point: Point, data: Path) -> dict[str, Any]:
    """Return rows, columns, bytes shipped and bytes of the codes of several tables."""
    tables = {"adult": _adult(data), "wide": scaling_jobs.wide(), "names": scaling_jobs.names()}
    return {"tables": {name: scaling_jobs.shipped(*table) for name, table in tables.items()}}


def _adult(data: Path) -> tuple[Frame, Question]:
    from pliant.data.read import read_frame
    from pliant.ensemble.incremental.rows import Question
    from pliant.runtime.raw import Frame

    target = (data / "adult" / "task.txt").read_text().split()[0]
    whole = read_frame(data / "adult" / "train.parquet")
    frame = Frame({name: whole[name] for name in whole if name != target}, whole.n_rows)
    return frame, Question(target, whole[target])


MEASURES: dict[str, Callable[[Point, Path], dict[str, Any]]] = {
    "bytes": measure_bytes,
    "import": measure_import,
    "fixed": measure_fixed,
    "sum": measure_sum,
    "dispatch": measure_dispatch,
    "sleeping": measure_sleeping,
    "tuning": measure_tuning,
}


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
