"""Parts of a report in plain markdown, each made from a board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.board.board import Board, Entrant

COSTS = {
    "fit s": ("fit_seconds", 1.0),
    "process s": ("process_seconds", 1.0),
    "peak MB": ("peak_bytes", 1e-6),
    "model MB": ("model_bytes", 1e-6),
    "one row p50 ms": ("p50_ms", 1.0),
    "one row p99 ms": ("p99_ms", 1.0),
    "rows/s": ("rows_per_second", 1.0),
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table with columns in line."""
    every = [list(head), *map(list, rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*every, strict=True)]
    out = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in every]
    out.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(out)


def scores(board: Board) -> str:
    """Show every score; the best of a set in bold."""
    head = ["set", "rows x columns", "metric", *map(str, board.entrants)]
    rows = [
        [
            name,
            f"{board.fact(name, 'train_rows')} x {board.fact(name, 'columns')}",
            board.fact(name, "metric"),
            *(_score(board, entrant, name) for entrant in board.entrants),
        ]
        for name in board.sets
    ]
    return table(head, rows)


def _score(board: Board, entrant: Entrant, dataset: str) -> str:
    if not board.ran(entrant, dataset):
        return ""
    score = board.score(entrant, dataset)
    if score is None:
        return "failed"
    losses = [board.loss(e, dataset) for e in board.entrants]
    return f"**{score:.5g}**" if min(losses) == board.loss(entrant, dataset) else f"{score:.5g}"


def standing(board: Board, ours: str) -> str:
    """Rank the entrants, and compare each with ours."""
    mine = [entrant for entrant in board.entrants if entrant.system == ours]
    head = ["system", f"mean rank ({len(board.common)} sets)", "failed"]
    for entrant in mine:
        head += [f"{entrant} wins-ties-losses", "its loss / theirs"]
    rows = []
    for entrant in sorted(board.entrants, key=board.mean_rank):
        row = [str(entrant), f"{board.mean_rank(entrant):.2f}", str(board.failures(entrant))]
        for own in mine:
            same = own == entrant
            row += (
                ["", ""] if same else [str(board.duel(own, entrant)), _ratio(board, own, entrant)]
            )
        rows.append(row)
    return table(head, rows)


def _ratio(board: Board, own: Entrant, other: Entrant) -> str:
    return f"{board.loss_ratio(own, other):.3f}"


def win_rates(board: Board) -> str:
    """Show in how many of 100 sets the entrant of a row beats that of a column."""
    order = sorted(board.entrants, key=board.mean_rank)
    rows = [
        [str(one), *("" if one == other else _percent(board, one, other) for other in order)]
        for one in order
    ]
    return table(["wins against, %", *map(str, order)], rows)


def _percent(board: Board, one: Entrant, other: Entrant) -> str:
    return f"{100 * board.duel(one, other).rate:.0f}"


def costs(board: Board) -> str:
    """Show medians over the sets, and the longest fit."""
    rows = []
    for entrant in board.entrants:
        fits = [line["fit_seconds"] or 0.0 for line in board.runs(entrant)]
        cells = [_number(board.typical(entrant, name), by) for name, by in COSTS.values()]
        rows.append([str(entrant), *cells, f"{max(fits, default=0.0):.3g}"])
    return table(["system", *COSTS, "longest fit s"], rows)


def _number(value: float | None, by: float) -> str:
    if value is None:
        return ""
    value *= by
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def failures(board: Board) -> str:
    """Say why runs failed, a line each; empty when none did."""
    return "\n".join(
        f"- {x['system']} on {x['dataset']}, {x['budget']:g} s, seed {x['seed']}: "
        f"{x['error'].splitlines()[-1]}"
        for x in board.lines
        if x["error"] is not None
    )


def versions(board: Board) -> str:
    """Say which versions ran, where and when."""
    seen = {(str(x["system"]), str(x.get("version", "?"))) for x in board.lines}
    machines = sorted({x["machine"] for x in board.lines if "machine" in x})
    dates = sorted({x["date"] for x in board.lines if "date" in x})
    parts = [", ".join(f"{name} {version}" for name, version in sorted(seen))]
    if machines:
        parts.append("; ".join(machines))
    if dates:
        parts.append(dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}")
    return ". ".join(parts) + "."
