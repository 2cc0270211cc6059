"""`pliant show`: what a model file says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pliant.cli.screen import bold, console
from pliant.cli.store import show_store

if TYPE_CHECKING:
    from rich.table import Table

    from pliant.automl.model import Model

MEANINGS = {
    "cut": "time ran out before every fold was tried; the score is what it likely is over all",
    "dropped": "clearly worse on the first folds, or on part of the rows; no more were tried",
}
"""What became of trials that were not tried on every fold."""

OF_FOLDS = "the members are models of folds, each of most rows: rows are few, or time was short"

MAX_ROWS = 40
"""Rows of a table that are printed; a wide data set has more columns than anyone reads."""


@dataclass(frozen=True)
class ShowOptions:
    """The options of `pliant show`."""

    model: Annotated[Path, typer.Argument(help="Model file, or store of codes.")]
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, no tables.")] = (
        False
    )


def show(options: ShowOptions) -> None:
    """Show a model's schema, leaderboard, ensemble, limits and provenance, or a store's sizes."""
    from pliant.automl.loading import load_table

    if options.model.is_dir():
        show_store(options.model, options.as_json)
        return
    model = load_table(options.model)
    if options.as_json:
        typer.echo(json.dumps(model.describe()))
        return
    from pliant.runtime.labels import label_text

    screen, card = console(), model.card
    labels = f", classes {', '.join(map(label_text, model.classes[:10]))}" if model.classes else ""
    said = f" predicts {card.target!r}: {card.task}{labels}"
    screen.print(bold(str(options.model), said))
    screen.print(f"{card.metric.removeprefix('neg_')} {card.score} on held-out rows")
    if model.predictor.decision is not None:
        screen.print(model.predictor.decision.said(list(map(label_text, model.classes))))
    screen.print(_schema_table(model))
    print_leaderboard(model)
    screen.print(_ensemble_table(model))
    screen.print(_facts_table(model))


def print_leaderboard(model: Model, seconds: Mapping[int, float] | None = None) -> None:
    """Print every trial, the best first; with `seconds` a trial's, where they are known."""
    from rich.table import Table

    table = Table(title="Leaderboard", title_justify="left")
    for name, justify in (("model", "left"), ("score", "right"), ("weight", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    if seconds is not None:
        table.add_column("seconds", justify="right")
    table.add_column("rows", justify="right")
    table.add_column("status")
    for row in model.card.leaderboard[:MAX_ROWS]:
        score = "" if row["score"] is None else f"{row['score']:.6g}"
        weight = f"{row['weight']:.2f}" if row["weight"] else ""
        cells = [row["model"], score, weight]
        if seconds is not None:
            cells.append(f"{seconds[row['trial']]:.1f}")
        reason = f": {row['reason']}" if row["reason"] else ""
        chosen = "bold" if row["weight"] else ""
        table.add_row(*cells, str(row["rows"]), f"{row['status']}{reason}", style=chosen)
    console().print(table)
    for line in _meanings(model):
        console().print(line)


def _meanings(model: Model) -> list[str]:
    """Return what the words of a leaderboard mean, those that occur."""
    found = {row["status"] for row in model.card.leaderboard[:MAX_ROWS]}
    lines = [f"{word}: {meaning}" for word, meaning in MEANINGS.items() if word in found]
    if not all(member.refitted for member in model.members):
        lines.append(OF_FOLDS)
    return lines


def _schema_table(model: Model) -> Table:
    from rich.table import Table

    table = Table(title="Columns", title_justify="left")
    for name in ("column", "kind", "codes", "note"):
        table.add_column(name)
    columns = model.schema.columns
    for column in columns[:MAX_ROWS]:
        book = column.codebook
        codes = "" if book is None else book.described()
        table.add_row(column.name, column.kind, codes, column.note)
    if len(columns) > MAX_ROWS:
        table.add_row(f"… and {len(columns) - MAX_ROWS} more", "", "", "")
    return table


def _ensemble_table(model: Model) -> Table:
    from rich.table import Table

    table = Table(title="Ensemble", title_justify="left")
    for name in ("model", "weight", "trained on"):
        table.add_column(name)
    for member in model.members:
        rows = f"{member.rows:,} rows" if member.refitted else "one fold's"
        table.add_row(member.name, f"{member.weight:.3f}", rows)
    return table


def _facts_table(model: Model) -> Table:
    from rich.table import Table

    table = Table(title="Provenance", title_justify="left", show_header=False)
    facts = {**model.describe()["facts"], "ops": len(model.predictor.program.ops)}
    for name, value in facts.items():
        parts = value.items() if isinstance(value, Mapping) else ()
        table.add_row(name, ", ".join(f"{k} {v}" for k, v in parts) if parts else str(value))
    return table
