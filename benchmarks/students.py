"""Students beside the ensembles that they come from: score, rows a second, bytes, on test files.

python benchmarks/students.py --data DIR [--budget 60] [--sets adult,letter] [--out students.jsonl]
python benchmarks/students.py --page [--out students.jsonl]    # into docs/optimise.md

For each set of DIR an ensemble is fitted, and the best offer of at most 300 kB whose batches are
ten times as fast is taken. Sets that have a line in the output already are left out.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import machine
import marked
from data import names, read

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "optimise.md"
MOST_BYTES, FASTER, MOST_LOST = 300_000, 10.0, 0.005
SECONDS = 0.3
"""How long single rows are timed."""


def main() -> None:
    """Measure the sets that are not measured yet, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--sets", default="")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "students.jsonl")
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
            line = {**measured(options.data / name, options.budget), "machine": machine.describe()}
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)


def measured(folder: Path, budget: float) -> dict[str, Any]:
    """Return the line of one set."""
    from pliant.config import Budget, Clock
    from pliant.figures import measure
    from pliant.fit import fit
    from pliant.request import Request
    from pliant.rows import FrameRows, Question
    from pliant.runtime.intake import to_frame
    from pliant.runtime.raw import Frame
    from pliant.table.target import known_target

    table, test = read(folder)
    frame, rows = to_frame(table.frame), to_frame(test)
    columns = Frame({k: v for k, v in frame.items() if k != table.target}, frame.n_rows)
    task = "regression" if table.task == "regression" else None
    request = Request(Budget(budget), task=task)
    result = fit(FrameRows(columns, Question(table.target, frame[table.target])), request)
    metric = result.shrinking.known.study.measure
    target = known_target(
        table.target, rows[table.target], result.model.card.task, result.model.classes
    )

    def scored(model: Any) -> dict[str, Any]:
        score = metric(target, model.raw(rows), None)
        return {"score": score, **asdict(measure(model, SECONDS, rows))}

    whole = scored(result.model)
    least = FASTER * whole["rows_per_second"]

    def fits(found: dict[str, Any]) -> bool:
        return bool(found["size"] <= MOST_BYTES and found["rows_per_second"] >= least)

    shrinking = result.shrinking
    smaller = shrinking.ensembles.smaller(shrinking.choice)
    offers = [*smaller, *shrinking.students(Clock(budget))]
    tried = [(o, asdict(measure(o.tried, SECONDS, rows))) for o in offers]
    line = {"dataset": folder.name, "budget": budget, "metric": metric.name, "ensemble": whole}
    for offer in sorted((o for o, found in tried if fits(found)), key=lambda o: -o.score):
        final = scored(offer.finish())
        if fits(final):
            return {**line, "name": offer.name, "student": final}
    return {**line, "student": None}


def page(written: str, lines: list[dict[str, Any]]) -> str:
    """Return the page with the table of these lines in it."""
    return marked.replaced(written, "python benchmarks/students.py --page", text(lines))


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
            cells += [f"{_faster(line):.1f}", f"{100 * _lost(line):.2f}"]
        rows.append(f"| {' | '.join(cells)} |")
    held = sum(line["student"] is not None and _lost(line) <= MOST_LOST for line in lines)
    middle = median(line["ensemble"]["size"] for line in lines) / 1e6
    said = (
        f"Of {len(lines)} ensembles, fitted in {lines[0]['budget']:.0f} s each on "
        f"{lines[0]['machine']}, {held} have a student that loses at most "
        f"{100 * MOST_LOST:g} % of the score on the test file, is at least {FASTER:g} times as "
        f"fast on many rows, and takes at most {MOST_BYTES / 1e3:.0f} kB. The file "
        f"of an ensemble takes {middle:.2f} MB in the median."
    )
    return "\n".join([said, "", *rows, ""])


def _faster(line: dict[str, Any]) -> float:
    return float(line["student"]["rows_per_second"] / line["ensemble"]["rows_per_second"])


def _lost(line: dict[str, Any]) -> float:
    whole, student = line["ensemble"]["score"], line["student"]["score"]
    return float((whole - student) / abs(whole))


if __name__ == "__main__":
    main()
