"""Compare the quick board and the micro-benchmarks with the accepted ones; fail past tolerances.

    python -m benchmarks.board.gate .bench/quick.jsonl .bench/micro.json    # exit code 1: worse
    python -m benchmarks.board.gate .bench/quick.jsonl .bench/micro.json --accept   # the new ones

Figures are compared as ratios, geometric means over the sets that both have; times are first
divided by the pace of the machine, a fixed piece of work timed beside them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks import RESULTS
from benchmarks.board.board import Board, Line, read
from benchmarks.board.sections import table

ACCEPTED = RESULTS


@dataclass(frozen=True)
class Figure:
    """A figure of a line and how many times as large as accepted it may be, on the mean."""

    name: str
    of: Callable[[Line], float]
    most: float


FIGURES = (
    Figure("loss", lambda x: 1 - x["score"] if x["metric"] == "auc" else x["score"], 1.03),
    Figure("one row, p50", lambda x: x["p50_ms"] / x["pace_seconds"], 1.4),
    Figure("seconds a row", lambda x: 1 / (x["rows_per_second"] * x["pace_seconds"]), 1.5),
    Figure("model bytes", lambda x: x["model_bytes"], 1.5),
    Figure("peak memory", lambda x: x["peak_bytes"], 1.2),
)
"""Tolerances: about twice what two runs of the same code differed by."""

MICRO_MOST = 1.5
MIN_BUDGET = 2.0
IMPORT_SECONDS = 0.5
"""What a run may take besides its budget: importing the library, which a fit cannot count."""

PACE = "test_pace"


@dataclass(frozen=True)
class Verdict:
    """A ratio to the accepted figure, and the most that it may be."""

    name: str
    ratio: float
    most: float

    @property
    def holds(self) -> bool:
        """Whether it is within its tolerance."""
        return self.ratio <= self.most


def main() -> None:
    """Compare or accept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("board", type=Path)
    parser.add_argument("micro", type=Path)
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED)
    options = parser.parse_args()
    lines, micro = read([options.board]), read_micro(options.micro)
    if options.accept:
        _accept(options.accepted / "quick.jsonl", lines)
        _accept(options.accepted / "micro.jsonl", micro)
        return
    verdicts = [
        *judge(lines, read([options.accepted / "quick.jsonl"])),
        *judge_micro(micro, read([options.accepted / "micro.jsonl"])),
    ]
    rows = [[v.name, f"{v.ratio:.3f}", f"{v.most:g}", "" if v.holds else "WORSE"] for v in verdicts]
    print(table(["figure", "to the accepted", "at most", ""], rows))
    if not all(verdict.holds for verdict in verdicts):
        sys.exit(1)


def judge(lines: list[Line], accepted: list[Line]) -> Iterator[Verdict]:
    """Compare boards: failures, budgets, then each figure."""
    board, before = Board.of(lines), Board.of(accepted)
    failed, used_to = (sum(x["error"] is not None for x in b.lines) for b in (board, before))
    yield Verdict("failed runs, more than before", failed - used_to, 0)
    budgets = [
        x["fit_seconds"] / (max(x["budget"], MIN_BUDGET) + IMPORT_SECONDS)
        for x in lines
        if x["fit_seconds"]
    ]
    yield Verdict("share of the budget, most", max(budgets, default=math.inf), 1.0)
    pairs = [
        (new, old)
        for new in lines
        for old in accepted
        if all(new[k] == old[k] for k in ("dataset", "system", "budget", "seed"))
        and new["error"] is None
        and old["error"] is None
    ]
    if not pairs:
        sys.exit("expected a run that is among the accepted ones too, got none")
    for figure in FIGURES:
        logs = [math.log(figure.of(new) / figure.of(old)) for new, old in pairs]
        yield Verdict(figure.name, math.exp(fmean(logs)), figure.most)


def read_micro(path: Path) -> list[Line]:
    """Return lines of pytest-benchmark's JSON: medians in seconds and as multiples of the pace."""
    found = json.loads(path.read_text())["benchmarks"]
    medians = {x["name"]: x["stats"]["median"] for x in found}
    pace = medians.pop(PACE)
    return [
        {"name": name.removeprefix("test_"), "seconds": seconds, "paces": seconds / pace}
        for name, seconds in medians.items()
    ]


def judge_micro(lines: list[Line], accepted: list[Line]) -> Iterator[Verdict]:
    """Compare the micro-benchmarks by name."""
    before = {line["name"]: line["paces"] for line in accepted}
    for line in lines:
        if line["name"] in before:
            ratio = line["paces"] / before[line["name"]]
            yield Verdict(f"micro: {line['name']}", ratio, MICRO_MOST)


def _accept(path: Path, lines: list[Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    print(f"accepted {len(lines)} lines into {path.name}")


if __name__ == "__main__":
    main()
