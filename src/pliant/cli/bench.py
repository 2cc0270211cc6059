"""`pliant bench`: what a model file costs when it is used, measured here."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from pliant.cli.options import ENCODING, rows_of


@dataclass(frozen=True)
class BenchOptions:
    """The options of `pliant bench`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    data: Annotated[
        list[str] | None,
        typer.Argument(help="Files of rows to predict, as for fit; made up by default."),
    ] = None
    encoding: Annotated[str | None, ENCODING] = None
    seconds: Annotated[float, typer.Option(min=0.01, help="How long single rows are timed.")] = 2.0
    threads: Annotated[int, typer.Option(min=1, help="Threads for many rows.")] = 1
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


def bench(options: BenchOptions) -> None:
    """Measure a model: one row, a dict, to its prediction; rows a second; bytes on disk."""
    from pliant.automl.loading import load_table

    rows = rows_of(options.data, options.encoding) if options.data else None
    found = load_table(options.model).profile(
        rows, seconds=options.seconds, threads=options.threads
    )
    if options.as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(f"one row    {1e6 * found.p50:.4g} us median, {1e6 * found.p99:.4g} us at 99 %")
    cores = "one core" if found.threads == 1 else f"{found.threads} threads"
    typer.echo(f"many rows  {found.rows_per_second:,.0f} rows/s on {cores}")
    typer.echo(f"file       {found.size:,} bytes")
    typer.echo(f"kernel     {found.kernel}")
