"""Write the page of results, text and pictures, from the raw lines alone.

    python -m benchmarks.board.page                                       # docs/benchmarks.md
    python -m benchmarks.board.page --results .bench/results --page .bench/benchmarks.md

`tables.jsonl` and `open.jsonl` hold runs of systems, `cost.jsonl` the curve of cost,
`micro.jsonl` the micro-benchmarks; a file that is not there leaves its part out.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import RESULTS, ROOT
from benchmarks.board import claims, sections
from benchmarks.board.board import Board, Entrant, Line, read

OURS, BUDGET = "pliant", claims.BUDGET
HEAD = """\
# Benchmarks

This page is made by `python -m benchmarks.board.page` from the raw lines in `benchmarks/results`;
no number in it is typed by hand. `benchmarks/README.md` says what each figure means and how it is
measured; `make bench-peers` measures everything again on your machine.
"""
BOARDS = {
    "tables": (
        "Sixteen tables",
        "The tables that Pliant was developed with: its portfolio was chosen looking at them.",
    ),
    "open": (
        "Tables never tuned on",
        "Open tables that packages ship (`benchmarks/common/tables.py`). Nothing was tuned on "
        "them, so they say how far the figures above carry over.",
    ),
}
PICTURES = {
    "over-time": "Mean scaled score against the budget",
    "latency": "Mean scaled score against the latency of one row",
    "bytes": "Mean scaled score against the size of the model",
    "win-rates": "Share of sets on which one system beats another",
}


@dataclass(frozen=True)
class Results:
    """All that the page is made of."""

    boards: dict[str, Board]
    cost: list[Line]
    micro: list[Line]

    @classmethod
    def of(cls, folder: Path) -> Results:
        """Read what is there."""

        def lines(name: str) -> list[Line]:
            path = folder / f"{name}.jsonl"
            return read([path]) if path.exists() else []

        boards = {name: Board.of(lines(name)) for name in BOARDS if lines(name)}
        return cls(boards, lines("cost"), lines("micro"))


def main() -> None:
    """Write the page, and the pictures beside it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args()
    results = Results.of(options.results)
    options.page.parent.mkdir(parents=True, exist_ok=True)
    options.page.write_text(text(results))
    draw(results, options.page.parent / "images")


def text(results: Results) -> str:
    """Return the page in markdown."""
    parts = [HEAD]
    for name, board in results.boards.items():
        parts += _board(name, board)
    if results.cost:
        parts += _cost(results.cost)
    if results.micro:
        parts += _micro(results.micro)
    return "\n".join(parts).rstrip() + "\n"


def draw(results: Results, folder: Path) -> None:
    """Draw the pictures that the page shows."""
    from benchmarks.board import plots

    for name, board in results.boards.items():
        full = _at_budget(board)
        plots.over_time(_told(board), folder / f"{name}-over-time.svg")
        plots.against(full, "p50_ms", "one row, ms (log)", folder / f"{name}-latency.svg")
        plots.against(full, "model_bytes", "model, bytes (log)", folder / f"{name}-bytes.svg")
        plots.win_rates(full, folder / f"{name}-win-rates.svg")
    if results.cost:
        plots.cost(results.cost, folder / "cost.svg")


def _at_budget(board: Board) -> Board:
    return board.only(lambda line: line["budget"] == BUDGET)


def _told(board: Board) -> Board:
    """Leave out who did not run on every set."""
    whole = [e for e in board.entrants if all(board.ran(e, d) for d in board.sets)]
    return board.only(lambda x: Entrant(x["system"], x["budget"]) in whole)


def _board(name: str, board: Board) -> Iterator[str]:
    title, said = BOARDS[name]
    full = _at_budget(board)
    yield f"## {title}\n\n{said}\n\nMeasured with {sections.versions(board)}\n"
    if found := claims.check(board):
        yield "### What we set out to hold\n"
        rows = [[c.limit, c.measured, "yes" if c.holds else "**no**"] for c in found]
        yield sections.table(["at 60 s", "measured", "holds"], rows) + "\n"
    yield f"### Standing at {BUDGET:g} s\n\n{sections.standing(full, OURS)}\n"
    yield (
        "A loss is 1 - AUC, log loss or RMSE; the ratio is a geometric mean over the sets. A run "
        "that failed counts as lost, with the worst loss that anyone had.\n"
    )
    for picture in ("win-rates", "over-time", "latency", "bytes"):
        yield f"![{PICTURES[picture]}](images/{name}-{picture}.svg)\n"
    yield f"### Costs: medians over the sets\n\n{sections.costs(board)}\n"
    yield f"### Scores\n\n{sections.scores(full)}\n"
    if ours := _own(board):
        yield f"### Pliant by budget\n\n{sections.scores(ours)}\n"
    if said := sections.failures(board):
        yield f"### Failures\n\n{said}\n"


def _own(board: Board) -> Board | None:
    """Return our own runs when there is more than one budget."""
    own = board.only(lambda line: line["system"] == OURS)
    return own if len(own.entrants) > 1 else None


def _cost(lines: list[Line]) -> Iterator[str]:
    yield (
        f"## Cost against work\n\nMeasured by `python -m benchmarks.scaling.cost` on "
        f"{lines[0]['machine']}: a made table of numbers and categories, two classes, a number of "
        "trials and no clock. The exponent is that of a power law from the line before: 1 means "
        "that twice the work takes twice the time.\n"
    )
    yield "![Seconds of fit against rows, columns and trials](images/cost.svg)\n"
    head = [
        "along",
        "rows",
        "columns",
        "trials",
        "fit s",
        "exponent",
        "peak MB",
        "rows/s predicted",
    ]
    rows, before = [], None
    for line in lines:
        exponent = ""
        if before is not None and before["along"] == line["along"]:
            work = line[line["along"]] / before[line["along"]]
            exponent = f"{math.log(line['seconds'] / before['seconds']) / math.log(work):.2f}"
        rows.append(
            [
                line["along"],
                *(f"{line[key]:,}" for key in ("rows", "columns", "trials")),
                f"{line['seconds']:.1f}",
                exponent,
                f"{line['peak_bytes'] / 1e6:,.0f}",
                f"{line['rows_per_second']:,.0f}",
            ]
        )
        before = line
    yield sections.table(head, rows) + "\n"


def _micro(lines: list[Line]) -> Iterator[str]:
    yield (
        "## Micro-benchmarks\n\nMedians of `benchmarks/runtime/micro.py`; `make bench` compares "
        "them, as multiples of a fixed piece of work timed beside them, with these.\n"
    )
    rows = [[x["name"], f"{1e3 * x['seconds']:.3g}", f"{x['paces']:.3g}"] for x in lines]
    yield sections.table(["what", "ms", "paces"], rows) + "\n"


if __name__ == "__main__":
    main()
