"""`pliant importance`: which columns a model goes by, on a table with known answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pliant.cli.options import ENCODING, rows_of
from pliant.cli.screen import console
from pliant.core.errors import ConfigError

if TYPE_CHECKING:
    from pliant.explain.importance import Importance


@dataclass(frozen=True)
class ImportanceOptions:
    """The options of `pliant importance`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    data: Annotated[
        list[str],
        typer.Argument(help="Files with the target in them that the model has not learned from."),
    ]
    metric: Annotated[
        str | None, typer.Option(help="Any scikit-learn scorer name; that of the fit by default.")
    ] = None
    repeats: Annotated[int, typer.Option(help="How often each column is shuffled.")] = 5
    group: Annotated[
        list[str] | None,
        typer.Option(help="Columns that are shuffled together, NAME=column,column; repeatable."),
    ] = None
    seed: Annotated[int, typer.Option(help="What the shuffles start from.")] = 0
    encoding: Annotated[str | None, ENCODING] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False


def importance(options: ImportanceOptions) -> None:
    """Tell how much of the score is lost where a column is shuffled (permutation importance)."""
    from pliant.automl.explained import scored_rows
    from pliant.automl.loading import load
    from pliant.explain.importance import importances

    model = load(options.model)
    rows = rows_of(options.data, options.encoding)
    scored = scored_rows(model.predictor, rows, None, options.metric, None)
    groups = _groups(options.group or ())
    found = importances(model.predictor, scored, options.repeats, groups, options.seed)
    if options.as_json:
        typer.echo(json.dumps([each.said() for each in found]))
        return
    _print(found)
    lost = scored.metric.label
    typer.echo(f"loss of {lost}, shuffled {options.repeats} times, {len(scored.coded)} rows")


def _groups(stated: Sequence[str]) -> dict[str, list[str]]:
    """Return what `--group` states."""
    groups = {}
    for text in stated:
        name, equals, columns = text.partition("=")
        if not (name and equals and columns):
            raise ConfigError(f"expected --group NAME=column,column, got {text!r}")
        groups[name] = columns.split(",")
    return groups


def _print(found: Sequence[Importance]) -> None:
    from rich.table import Table

    table = Table(title="Importance", title_justify="left")
    table.add_column("column")
    table.add_column("importance", justify="right")
    table.add_column("std error", justify="right")
    table.add_column("goes with")
    for each in found:
        cells = f"{each.mean:.4g}", f"{each.std_error:.2g}", ", ".join(each.goes_with)
        table.add_row(each.name, *cells)
    console().print(table)
