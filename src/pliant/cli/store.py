"""What a store says of itself, for `pliant pack` and `pliant show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pliant.cli.screen import bold, console

if TYPE_CHECKING:
    from pliant.data.store.sizes import ColumnSize, Sizes
    from pliant.data.store.store import Store

MAX_ROWS = 20
"""Columns that are printed, those that take most as codes first."""


def show_store(path: Path, as_json: bool) -> None:
    """Print what the store in a folder says of itself."""
    from pliant.data.store.store import open_store

    tell_store(open_store(path), as_json)


def tell_store(store: Store, as_json: bool) -> None:
    """Print a store, as one JSON object or for a person."""
    if as_json:
        typer.echo(json.dumps(store.describe()))
    else:
        print_store(store)


def print_store(store: Store) -> None:
    """Print the rows, target, sizes by column and in all, and what should be known."""
    from rich.table import Table

    from pliant.runtime.labels import label_text

    screen, sizes = console(), store.sizes
    shards = "1 shard" if store.n_shards == 1 else f"{store.n_shards:,} shards"
    labels = f", classes {', '.join(map(label_text, store.classes[:10]))}" if store.classes else ""
    said = f" holds {len(store):,} rows in {shards}, to predict {store.target_name!r}: {store.task}"
    screen.print(bold(str(store.path), f"{said}{labels}"))
    table = Table(title="Bytes", title_justify="left")
    for name in ("column", "kind", "float64", "Arrow", "codes", "at rest", "k"):
        table.add_column(name, justify="left" if name in ("column", "kind") else "right")
    shown = sorted(sizes.columns, key=lambda column: -column.codes)
    for column in shown[:MAX_ROWS]:
        table.add_row(column.name, column.kind, *_cells(column))
    if len(shown) > MAX_ROWS:
        table.add_row(f"… and {len(shown) - MAX_ROWS} more")
    table.add_row("all", "", *_cells(sizes), style="bold")
    screen.print(table)
    screen.print(
        f"k = {sizes.k:.1f} against float64 and {sizes.k_arrow:.1f} against Arrow in memory; "
        f"at rest {sizes.k_rest:.1f}"
    )
    drifts = store.manifest.facts.drift
    for note in (*store.manifest.facts.notes, *(drifts[-1].described() if drifts else ())):
        screen.print(note, highlight=False)


def _cells(size: ColumnSize | Sizes) -> list[str]:
    figures = [f"{n:,}" for n in (size.raw, size.arrow, size.codes, size.rest)]
    return [*figures, f"{size.raw / size.codes:.1f}" if size.codes else "left out"]
