"""Run systems on data sets, one at a time; append one JSON line a run.

    python -m benchmarks.board.run --systems pliant,catboost --budgets 60 --out results.jsonl

Runs whose line is in the output file are skipped, so an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.board import board
from benchmarks.common import data, machine, process, tables
from benchmarks.common.protocol import SYSTEMS, Job

MEASURED = ("score", "fit_seconds", "model_bytes", "rows_per_second", "p50_ms", "p99_ms")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Read the command line and run what has not been run."""
    options = _options()
    done = _done(options.out)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for job in _jobs(options):
        if job.key in done:
            continue
        print(f"{job.system} on {job.dataset}, {job.budget:g} s, seed {job.seed} … ", end="")
        sys.stdout.flush()
        line = _run(job, options)
        with options.out.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(_told(line), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, help="folder of tables; open ones by default, see tables.py")
    add("--systems", type=_words, default=["pliant"], help=", ".join(SYSTEMS))
    add("--sets", type=_words, help="names of data sets, in order; all by default")
    add("--budgets", type=_words, default=["60"], help="seconds; 60 by default")
    add("--seeds", type=_words, default=["0"], help="0 by default")
    add("--threads", type=int, default=len(os.sched_getaffinity(0)), help="all by default")
    add("--limit", type=float, help="seconds until a run is killed; 3 budgets + 120 by default")
    add("--environments", type=Path, default=ROOT / ".bench", help="see environments.py")
    add("--out", type=Path, default=Path("results.jsonl"))
    options = parser.parse_args()
    if options.data is None:
        options.data = options.environments / "tables"
        tables.prepare(options.data)
    known_sets = data.names(options.data)
    options.sets = options.sets or known_sets
    for given, known in ((options.systems, SYSTEMS), (options.sets, known_sets)):
        if unknown := [name for name in given if name not in known]:
            parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    return options


def _words(text: str) -> list[str]:
    return text.split(",")


def _done(path: Path) -> set[tuple[str, str, float, int]]:
    if not path.exists():
        return set()
    return {(x["system"], x["dataset"], x["budget"], x["seed"]) for x in board.read([path])}


def _jobs(options: argparse.Namespace) -> Iterator[Job]:
    every = product(options.budgets, options.seeds, options.systems, options.sets)
    for budget, seed, system, dataset in every:
        yield Job(system, dataset, float(budget), int(seed), options.threads, str(options.data), "")


def _run(job: Job, options: argparse.Namespace) -> dict[str, Any]:
    """Run one job in its own process; return its line, whatever happens."""
    limit = options.limit or 3 * job.budget + 120
    python = _python(options.environments, SYSTEMS[job.system].environment)
    environment = dict(os.environ) | dict.fromkeys(THREAD_VARIABLES, str(job.threads))
    pace = machine.pace()
    with tempfile.TemporaryDirectory() as folder:
        order = json.dumps(asdict(job) | {"folder": folder})
        end = process.run([python, "-m", "benchmarks.board.worker", order], limit, environment)
    line = {k: v for k, v in asdict(job).items() if k not in ("data", "folder")}
    line |= dict.fromkeys(MEASURED)
    for text in end.output.splitlines():
        line |= json.loads(text)
    return line | {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine.describe(),
        "pace_seconds": pace,
        "process_seconds": end.seconds,
        "cpu_seconds": end.cpu_seconds,
        "peak_bytes": end.peak_bytes,
        "error": _error(end.error, options)
        or (None if line["score"] is not None else "ended without a score"),
    }


def _error(text: str | None, options: argparse.Namespace) -> str | None:
    """Return an error as it would read on any machine: without the folders of this one."""
    for folder in (options.environments, ROOT):
        text = text and text.replace(f"{folder.absolute()}/", "")
    return text


def _python(environments: Path, name: str) -> str:
    """Return the interpreter of an environment, or this one where there is none of that name."""
    path = environments / name / "bin" / "python"
    return str(path.absolute()) if path.exists() else sys.executable


def _told(line: dict[str, Any]) -> str:
    score = "failed" if line["score"] is None else f"{line['metric']} {line['score']:.5f}"
    error = "" if line["error"] is None else f" ({line['error'].splitlines()[-1]})"
    return f"{score} in {line['process_seconds']:.1f} s{error}"


if __name__ == "__main__":
    main()
