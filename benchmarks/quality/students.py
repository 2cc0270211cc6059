"""Students beside the ensembles that they come from: score, rows a second, bytes, on test files.

python -m benchmarks.quality.students --data DIR [--budget 60] [--teaching 180]
    [--sets adult,letter] [--out students.jsonl]
python -m benchmarks.quality.students --page [--out students.jsonl]    # into docs/optimise.md

For each set of DIR an ensemble is fitted, and the best offer of at most 300 kB whose batches are
ten times as fast is taken, of all that are ready in the seconds of `--teaching`. Batches of the
two are timed in turn. Sets that have a line in the output already are left out.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import RESULTS, ROOT
from benchmarks.common import machine, marked
from benchmarks.common.data import names, read
from pliant.artifact.profile import measure
from pliant.automl.fit import Result, fit
from pliant.compile.trim import trimmed
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.data.target import Target, Task, known_target
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.metrics import Metric
from pliant.runtime.intake import to_frame
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.training.engines.select import make_engine
from pliant.training.fit_spec import FitSpec

PAGE = ROOT / "docs" / "optimise.md"
MAX_BYTES, FASTER, MAX_LOST = 300_000, 10.0, 0.005
SECONDS = 0.3
"""How long single rows are timed."""

BATCH, PAIRS = 10_000, 3
"""Rows of a batch, and how often those of an ensemble and of an offer are timed in turn."""


def main() -> None:
    """Measure the sets that are not measured yet, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--teaching", type=float, default=180.0)
    parser.add_argument("--sets", default="")
    parser.add_argument("--out", type=Path, default=RESULTS / "students.jsonl")
    parser.add_argument("--page", action="store_true", help="write the page from what is there")
    options = parser.parse_args()
    lines = options.out.read_text().splitlines() if options.out.exists() else []
    known = [json.loads(line) for line in lines]
    if options.page or options.data is None:
        PAGE.write_text(page(PAGE.read_text(), known))
        return
    done = {(line["dataset"], line["budget"]) for line in known}
    for name in options.sets.split(",") if options.sets else names(options.data):
        if (name, options.budget) not in done:
            line = measured(options.data / name, options.budget, options.teaching)
            line |= {"machine": machine.describe()}
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)


@dataclass(frozen=True)
class Ground:
    """A fit of a set, and the rows of its test file, on which models are scored and timed."""

    result: Result
    rows: Frame
    target: Target

    @classmethod
    def of(cls, folder: Path, budget: float) -> Ground:
        """Return that of a folder, fitted in so many seconds."""
        table, test = read(folder)
        frame, rows = to_frame(table.frame), to_frame(test)
        columns = Frame({k: v for k, v in frame.items() if k != table.target}, frame.n_rows)
        task: Task | None = "regression" if table.task == "regression" else None
        question = Question(table.target, frame[table.target])
        result = fit(FrameRows(columns, question), FitSpec(Budget(budget), task=task))
        known = (result.model.card.task, result.model.classes)
        return cls(result, rows, known_target(table.target, rows[table.target], *known))

    @cached_property
    def whole(self) -> dict[str, Any]:
        """The score and the figures of the ensemble."""
        return self.scored(self.result.model)

    @property
    def metric(self) -> Metric:
        """What is scored."""
        return self.result.shrinking.builder.experiment.measure

    def scored(self, model: Predictor) -> dict[str, Any]:
        """Return the score and the figures of a model."""
        score = self.metric(self.target, model.raw(self.rows), None)
        return {"score": score, **asdict(measure(model, SECONDS, self.rows))}

    def faster(self, model: Predictor) -> float:
        """Return how many times as fast as the ensemble a model predicts a batch."""
        batch = self.rows.take(np.arange(BATCH) % self.rows.n_rows)
        return paced(self.result.model, model, batch)


def measured(folder: Path, budget: float, teaching: float) -> dict[str, Any]:
    """Return the line of one set."""
    ground = Ground.of(folder, budget)
    shrinking, rows = ground.result.shrinking, ground.rows
    smaller = shrinking.ensembles.smaller(shrinking.selection)
    line = {"dataset": folder.name, "budget": budget, "teaching": teaching}
    line |= {"metric": ground.metric.name, "ensemble": ground.whole}
    with make_engine(Resources(), teaching) as engine:
        engine.start(shrinking.builder.experiment)
        offers = [*smaller, *shrinking.students(engine, Deadline(teaching))]
        small = [o for o in offers if measure(trimmed(o.tried), 0.0, rows).size <= MAX_BYTES]
        for offer in sorted(small, key=lambda o: -o.score):
            if ground.faster(trimmed(offer.tried)) < FASTER:
                continue
            model = trimmed(offer.finish())
            times, found = ground.faster(model), ground.scored(model)
            if times >= FASTER and found["size"] <= MAX_BYTES:
                return {**line, "name": offer.name, "faster": times, "student": found}
    return {**line, "student": None}


def paced(one: Any, other: Any, batch: Any) -> float:
    """Return how many times as fast the other model predicts a batch, the median of some pairs."""

    def seconds(model: Any) -> float:
        start = time.perf_counter()
        model.raw(batch)
        return time.perf_counter() - start

    return median(seconds(one) / seconds(other) for _ in range(PAIRS))


def page(written: str, lines: list[dict[str, Any]]) -> str:
    """Return the page with the table of these lines in it."""
    return marked.replaced(written, "python -m benchmarks.quality.students --page", text(lines))


def text(lines: list[dict[str, Any]]) -> str:
    """Return the table in markdown, and how many sets hold all that is wanted."""
    columns = (
        "set",
        "ensemble kB",
        "rows/s",
        "one row us",
        "student",
        "kB",
        "times as fast",
        "lost %",
    )
    rows = [f"| {' | '.join(columns)} |", "|---|---:|---:|---:|---|---:|---:|---:|"]
    lines = sorted(lines, key=lambda line: line["dataset"])
    for line in lines:
        whole, student = line["ensemble"], line["student"]
        cells = [line["dataset"], f"{whole['size'] / 1e3:.0f}", f"{whole['rows_per_second']:,.0f}"]
        cells.append(f"{1e6 * whole['p50']:.0f}")
        if student is None:
            cells += ["none", "", "", ""]
        else:
            cells += [line["name"].removeprefix("student "), f"{student['size'] / 1e3:.0f}"]
            cells += [f"{line['faster']:.1f}", f"{100 * _lost(line):.2f}"]
        rows.append(f"| {' | '.join(cells)} |")
    held = sum(line["student"] is not None and _lost(line) <= MAX_LOST for line in lines)
    middle = median(line["ensemble"]["size"] for line in lines) / 1e6
    first = lines[0]
    said = (
        f"Of {len(lines)} ensembles, fitted in {first['budget']:.0f} s each on {first['machine']}, "
        f"{held} have a student, made in {first['teaching']:.0f} s, that loses at most "
        f"{100 * MAX_LOST:g} % of the score on the test file, is at least {FASTER:g} times as "
        f"fast on many rows, and takes at most {MAX_BYTES / 1e3:.0f} kB. The file of an "
        f"ensemble takes {middle:.2f} MB in the median."
    )
    return "\n".join([said, "", *rows, ""])


def _lost(line: dict[str, Any]) -> float:
    whole, student = line["ensemble"]["score"], line["student"]["score"]
    return float((whole - student) / abs(whole))


if __name__ == "__main__":
    main()
