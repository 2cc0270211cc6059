"""Turn result lines into tables of plain markdown.

    python benchmarks/summary.py results.jsonl [more.jsonl ...] [--ours pliant]

A run that failed has no score: it loses every comparison and ranks last. Seeds are averaged.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from protocol import HIGHER_IS_BETTER

Line = dict[str, Any]
COSTS: dict[str, Callable[[Line], float | None]] = {
    "fit s": lambda x: x["fit_seconds"],
    "process s": lambda x: x["process_seconds"],
    "peak MB": lambda x: _scaled(x["peak_bytes"], 1e-6),
    "model MB": lambda x: _scaled(x["model_bytes"], 1e-6),
    "p50 ms": lambda x: x["p50_ms"],
    "p99 ms": lambda x: x["p99_ms"],
    "rows/s": lambda x: x["rows_per_second"],
}


def main() -> None:
    """Read the files, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--ours", default="pliant", help="whose wins are counted")
    options = parser.parse_args()
    lines = [json.loads(t) for f in options.files for t in f.read_text().splitlines() if t.strip()]
    board = Board.of(lines)
    print("## Scores\n", _scores(board), "\n## Standing\n", sep="\n")
    print(_standing(board, options.ours), "\n## Costs: medians over the sets\n", sep="\n")
    print(_costs(board))
    print(_failures(lines))


@dataclass(frozen=True)
class Board:
    """Mean scores by entrant (a system with a budget) and data set."""

    lines: dict[tuple[str, str], list[Line]]
    entrants: list[str]
    sets: list[str]
    metrics: dict[str, str]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Board:
        """Gather result lines."""
        grouped: dict[tuple[str, str], list[Line]] = {}
        metrics: dict[str, str] = {}
        for line in lines:
            entrant = f"{line['system']} {line['budget']:g}s"
            grouped.setdefault((entrant, line["dataset"]), []).append(line)
            metrics.setdefault(line["dataset"], line.get("metric", ""))
            metrics[line["dataset"]] = metrics[line["dataset"]] or line.get("metric", "")
        entrants = list(dict.fromkeys(entrant for entrant, _ in grouped))
        return cls(grouped, entrants, sorted(metrics), metrics)

    def ran(self, entrant: str, dataset: str) -> bool:
        """Tell whether there is any line, failed or not."""
        return (entrant, dataset) in self.lines

    def score(self, entrant: str, dataset: str) -> float | None:
        """Return the mean over seeds; None when any seed failed or there is no line."""
        scores = [line["score"] for line in self.lines.get((entrant, dataset), [])]
        return fmean(scores) if scores and None not in scores else None

    def loss(self, entrant: str, dataset: str) -> float:
        """Return what is better when smaller; infinite for a failure."""
        score = self.score(entrant, dataset)
        if score is None:
            return math.inf
        return -score if self.metrics[dataset] in HIGHER_IS_BETTER else score


def _scores(board: Board) -> str:
    rows = [
        [f"{name} ({board.metrics[name]})", *(_score(board, e, name) for e in board.entrants)]
        for name in board.sets
    ]
    return _table(["set", *board.entrants], rows)


def _score(board: Board, entrant: str, dataset: str) -> str:
    if not board.ran(entrant, dataset):
        return ""
    score = board.score(entrant, dataset)
    if score is None:
        return "failed"
    best = min(board.loss(e, dataset) for e in board.entrants) == board.loss(entrant, dataset)
    return f"**{score:.5g}**" if best else f"{score:.5g}"


def _standing(board: Board, ours: str) -> str:
    """Mean rank on the sets that every entrant ran, and our wins, ties and losses."""
    common = [d for d in board.sets if all(board.ran(e, d) for e in board.entrants)]
    mine = [entrant for entrant in board.entrants if entrant.split()[0] == ours]
    head = ["system", f"mean rank ({len(common)} sets)", "failed"]
    head += [f"{entrant} wins-ties-losses" for entrant in mine]
    rows = []
    for entrant in board.entrants:
        rank = f"{fmean(_rank(board, entrant, d) for d in common):.2f}" if common else ""
        failed = sum(board.ran(entrant, d) and board.score(entrant, d) is None for d in board.sets)
        duels = ["" if m == entrant else _duel(board, m, entrant) for m in mine]
        rows.append([entrant, rank, str(failed), *duels])
    return _table(head, rows)


def _rank(board: Board, entrant: str, dataset: str) -> float:
    """Return the place on one set, 1 the best; those that tie share the mean of their places."""
    own = board.loss(entrant, dataset)
    losses = [board.loss(other, dataset) for other in board.entrants]
    return sum(loss < own for loss in losses) + (losses.count(own) + 1) / 2


def _duel(board: Board, mine: str, other: str) -> str:
    both = [d for d in board.sets if board.ran(mine, d) and board.ran(other, d)]
    pairs = [(board.loss(mine, d), board.loss(other, d)) for d in both]
    wins, losses = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
    return f"{wins}-{len(pairs) - wins - losses}-{losses}"


def _costs(board: Board) -> str:
    rows = []
    for entrant in board.entrants:
        own = [x for (e, _), group in board.lines.items() if e == entrant for x in group]
        longest = max((x["fit_seconds"] or 0.0 for x in own), default=0.0)
        cells = [_median(cost(x) for x in own) for cost in COSTS.values()]
        rows.append([entrant, *cells, f"{longest:.3g}"])
    return _table(["system", *COSTS, "longest fit s"], rows)


def _median(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):.3g}" if known else ""


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value * by


def _failures(lines: Iterable[Line]) -> str:
    said = [
        f"- {x['system']} on {x['dataset']}, seed {x['seed']}: {x['error'].splitlines()[-1]}"
        for x in lines
        if x["error"] is not None
    ]
    return "\n".join(["\n## Errors\n", *said]) if said else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    every = [list(head), *map(list, rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*every, strict=True)]
    out = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in every]
    out.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(out)


if __name__ == "__main__":
    main()
