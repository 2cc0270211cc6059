"""`pliant score`: how good a model file is on a table with known answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pliant.cli.options import ENCODING, MISSING_FILES, rows_of


@dataclass(frozen=True)
class ScoreOptions:
    """The options of `pliant score`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    data: Annotated[
        list[str], typer.Argument(help="Files with the target in them, globs or URLs, as for fit.")
    ]
    metric: Annotated[
        str | None,
        typer.Option(help="A scikit-learn scorer name, or MODULE:NAME; usual ones by default."),
    ] = None
    encoding: Annotated[str | None, ENCODING] = None
    missing_files: Annotated[str, MISSING_FILES] = "refuse"
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


def score(options: ScoreOptions) -> None:
    """Score a model on a table that holds the target."""
    from pliant.automl.loading import load_table

    model = load_table(options.model)
    target = model.card.target
    rows = rows_of(options.data, options.encoding, options.missing_files, target)
    found = model.evaluate(rows, metrics=None if options.metric is None else [options.metric])
    if options.as_json:
        typer.echo(json.dumps(found))
        return
    n_rows = found.pop("rows")
    width = max(len(name) for name in found)
    for name, value in found.items():
        typer.echo(f"{name:<{width}}  {value:.6g}")
    typer.echo(f"on {n_rows} rows of {rows.name}")
