"""Pictures of a board and of the cost curve, as SVG that is the same for the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

from benchmarks.board.board import Board, Line

mpl.use("svg")
mpl.rcParams |= {
    "svg.hashsalt": "pliant",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
}

from matplotlib import pyplot as plt  # noqa: E402

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS, THEIRS = "#c2410c", "#475569"
DARK = 0.35
"""How far from a half a rate is on a cell that is dark."""

QUALITY = "mean scaled score (1 the best, 0 the worst)"


def over_time(board: Board, path: Path) -> None:
    """Draw the score against the budget, a line a system."""
    figure, axes = plt.subplots(figsize=(7.5, 4.5))
    points = []
    for system in dict.fromkeys(entrant.system for entrant in board.entrants):
        own = sorted((e for e in board.entrants if e.system == system), key=lambda e: e.budget)
        xs, ys = [e.budget for e in own], [board.quality(e) for e in own]
        axes.plot(xs, ys, "o-", color=_colour(system))
        points.append((xs[-1], ys[-1], system))
    axes.set_xscale("log")
    ticks = sorted({e.budget for e in board.entrants})
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(xlabel="budget, seconds (log)", ylabel=QUALITY)
    axes.set_xlim(right=max(ticks) * 2.2)
    _name(axes, points)
    save(figure, path)


def against(board: Board, figure_name: str, label: str, path: Path) -> None:
    """Draw the score against the median of a cost."""
    figure, axes = plt.subplots(figsize=(7.5, 4.5))
    points = []
    for entrant in board.entrants:
        cost = board.typical(entrant, figure_name)
        if cost is None:
            continue
        quality = board.quality(entrant)
        axes.plot(cost, quality, "o", color=_colour(entrant.system), markersize=8)
        points.append((cost, quality, entrant.system))
    axes.set_xscale("log")
    axes.set(xlabel=label, ylabel=QUALITY)
    axes.margins(x=0.18, y=0.1)
    _name(axes, points)
    save(figure, path)


def win_rates(board: Board, path: Path) -> None:
    """Draw the share of sets in which the row beats the column."""
    order = sorted(board.entrants, key=board.mean_rank)
    rates = [[board.duel(a, b).rate if a != b else float("nan") for b in order] for a in order]
    figure, axes = plt.subplots(figsize=(7.5, 5.2))
    axes.imshow(rates, cmap="RdYlGn", vmin=0, vmax=1)
    axes.grid(False)
    names = [entrant.system for entrant in order]
    axes.set_xticks(range(len(names)), names, rotation=35, ha="right")
    axes.set_yticks(range(len(names)), names)
    for i, row in enumerate(rates):
        for j, rate in enumerate(row):
            if i != j:
                colour = "white" if abs(rate - 0.5) > DARK else "black"
                axes.text(j, i, f"{100 * rate:.0f}", ha="center", va="center", color=colour)
    axes.set_title("sets in which the row beats the column, %", fontsize=10)
    save(figure, path)


def cost(lines: Sequence[Line], path: Path) -> None:
    """Draw seconds against rows, columns and trials, and a line of slope one through the last."""
    panels = list(dict.fromkeys(line["along"] for line in lines))
    figure, every = plt.subplots(1, len(panels), figsize=(4.0 * len(panels), 3.6), squeeze=False)
    for axes, along in zip(every[0], panels, strict=True):
        own = sorted((x for x in lines if x["along"] == along), key=lambda x: x[along])
        xs, ys = [x[along] for x in own], [x["seconds"] for x in own]
        axes.loglog(xs, ys, "o-", color=OURS)
        axes.loglog(xs, [ys[-1] * x / xs[-1] for x in xs], ":", color=THEIRS)
        axes.set(xlabel=along, ylabel="seconds of fit")
    save(figure, path)


def _colour(system: str) -> str:
    return OURS if system == "pliant" else THEIRS


def _name(axes: Axes, points: Sequence[tuple[float, float, str]]) -> None:
    """Write the names beside their points, pushed apart where they would overlap."""
    axes.figure.canvas.draw()
    lowest = float("-inf")
    for x, y, text in sorted(points, key=lambda point: point[1]):
        across, height = axes.transData.transform((x, y))
        height = max(height, lowest + 13)
        lowest = height
        place = axes.transData.inverted().transform((across + 8, height))
        axes.annotate(text, (x, y), place, color=_colour(text), va="center", fontsize=9)


def save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
