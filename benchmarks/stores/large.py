"""Fit a table several times larger than memory under a hard cap, beside the ways without one.

    python -m benchmarks.stores.large DATA/give_me_some_credit --bytes 6GB --cap 1GB --folder large
    python -m benchmarks.stores.large DATA/give_me_some_credit --bytes 600MB --cap 650MB --folder f

Stages, a line each in `--out`; one that is there already is not run again, so that a run that was
ended goes on: `make` draws the table and a test set from a real one (`resample.py`; so many bytes
as float64), `pack` makes a store under the cap, `capped` fits it under the cap with `--memory`
of nine tenths of it, `free` fits it with no cap, `sample` fits a tenth of its rows in memory. All
fits have the same `--budget`, of seconds or of trials: with a number of trials no clock is
asked, and seconds compare. Scores are of the test set. The cap is `cap.py`'s.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import machine, resample
from benchmarks.scaling import cap
from pliant.core.memory import parse_bytes

TEST_ROWS, TEST_SEED, ROOM, TENTH = 200_000, 1, 0.9, 10
Line = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """What is measured: a real table, bytes, a cap, a folder to work in, a budget."""

    table: Path
    size: int
    cap: int
    folder: Path
    budget: str

    @property
    def target(self) -> str:
        """The column to predict."""
        return (self.table / "task.txt").read_text().split()[0]

    @property
    def rows(self) -> int:
        """How many rows have so many bytes as float64."""
        return self.size // (8 * resample.read(self.table)[0].num_columns)

    def key(self) -> Line:
        """Return what tells this bench's lines from others'."""
        found = {"table": self.table.name, "bytes": self.size, "cap": self.cap}
        return {**found, "budget": self.budget}


def main() -> None:
    """Run the stages that are not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--bytes", default="6GB", help="of the table as float64")
    parser.add_argument("--cap", default="1GB")
    parser.add_argument("--budget", default="10m")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/large.jsonl"))
    parser.add_argument("--stages", default=",".join(STAGES))
    given = parser.parse_args()
    sizes = parse_bytes(given.bytes), parse_bytes(given.cap)
    bench = Bench(given.table, *sizes, given.folder, given.budget)
    bench.folder.mkdir(parents=True, exist_ok=True)
    for stage in given.stages.split(","):
        if done(given.out, bench, stage):
            continue
        known = {"machine": machine.describe(), "date": time.strftime("%F")}
        line = {"stage": stage, **bench.key(), **STAGES[stage](bench), **known}
        with given.out.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)


def done(out: Path, bench: Bench, stage: str) -> bool:
    """Return whether a stage ended well already."""
    lines = [json.loads(text) for text in out.read_text().splitlines()] if out.exists() else []
    wanted = {"stage": stage, **bench.key(), "code": 0}
    return any(wanted.items() <= line.items() for line in lines)


def make(bench: Bench) -> Line:
    """Draw the table, a tenth of it, and the test set."""
    table, target, task = resample.read(bench.table)
    files = max(1, bench.rows // 10_000_000)
    for name, rows, seed, parts in (
        ("whole", bench.rows, 0, files),
        ("tenth", bench.rows // TENTH, 0, 1),
        ("test", TEST_ROWS, TEST_SEED, 1),
    ):
        shape = resample.Shape(target, task, seed=seed)
        resample.write(table, shape, rows, bench.folder / name, parts, "parquet")
    return {"code": 0, "rows": bench.rows}


def pack(bench: Bench) -> Line:
    """Pack the table under the cap."""
    data = sorted(map(str, (bench.folder / "whole").glob("*.parquet")))
    words = ["pack", *data, "--target", bench.target, "--overwrite", "--json"]
    found = cap.run(command(*words, "--output", str(bench.folder / "whole.codes")), bench.cap)
    return {"code": found.code, "seconds": round(found.seconds, 1), "peak": found.peak}


def capped(bench: Bench) -> Line:
    """Fit the store under the cap."""
    memory = ("--memory", str(int(ROOM * bench.cap)))
    return fitted(bench, "capped", bench.folder / "whole.codes", bench.cap, *memory)


def free(bench: Bench) -> Line:
    """Fit the store with all the memory there is."""
    return fitted(bench, "free", bench.folder / "whole.codes", None)


def sample(bench: Bench) -> Line:
    """Fit a tenth of the rows in memory."""
    return fitted(bench, "sample", bench.folder / "tenth" / "part-00000.parquet", None)


def fitted(bench: Bench, name: str, data: Path, limit: int | None, *more: str) -> Line:
    """Return how a fit went, and its score on the test set."""
    model = bench.folder / f"{name}.pliant"
    words = ["fit", str(data), "--target", bench.target, "--output", str(model), "--json"]
    words += ["--trials" if bench.budget.isdigit() else "--budget", bench.budget, *more]
    found = cap.run(command(*words), limit)
    line: Line = {
        "code": found.code,
        "seconds": round(found.seconds, 1),
        "peak": found.peak,
    }
    if found.code:
        return {**line, "said": found.output[-300:]}
    said = json.loads(found.output[found.output.index("{") :])
    test = bench.folder / "test" / "part-00000.parquet"
    scored = cap.run(command("score", str(model), str(test), "--json"), None)
    shown = json.loads(scored.output[scored.output.index("{") :])
    return {**line, "held_out": said["score"], "trials": said["trials"], "test": shown}


def command(*words: str) -> list[str]:
    """Return the command line of Pliant."""
    return [sys.executable, "-m", "pliant", *words]


STAGES: dict[str, Callable[[Bench], Line]] = {
    "make": make,
    "pack": pack,
    "capped": capped,
    "free": free,
    "sample": sample,
}

if __name__ == "__main__":
    main()
