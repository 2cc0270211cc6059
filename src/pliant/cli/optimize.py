"""`pliant optimize`: from a model file to a smaller and faster one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pliant.cli.options import ENCODING, output_path, refuse_input
from pliant.cli.screen import console, note

if TYPE_CHECKING:
    from pliant.automl.model import Model
    from pliant.data.dataset import Dataset

SHOWN_WIDTH = 110
"""Characters that the table of what is on offer needs."""


@dataclass(frozen=True)
class OptimizeOptions:
    """The options of `pliant optimize`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Model file; MODEL-fast.pliant by default."),
    ] = None
    max_latency: Annotated[
        str | None, typer.Option(help='Most time that one row may take, such as "20us".')
    ] = None
    max_size: Annotated[
        str | None, typer.Option(help='Most bytes that the model file may have, such as "300kB".')
    ] = None
    max_loss: Annotated[
        str | None, typer.Option(help='Most of the score that may be given up, such as "0.2%".')
    ] = None
    data: Annotated[
        list[str] | None,
        typer.Option(help="Rows to learn from, files as fit reads; those of the fit by default."),
    ] = None
    weight: Annotated[
        str | None, typer.Option(help="Column that says how much a row counts; as in the fit.")
    ] = None
    groups: Annotated[
        str | None, typer.Option(help="Column whose groups belong together; as in the fit.")
    ] = None
    time: Annotated[str | None, typer.Option(help="Column of times; as in the fit.")] = None
    encoding: Annotated[str | None, ENCODING] = None
    budget: Annotated[str, typer.Option(help="Time for trying students.")] = "60s"
    threads: Annotated[int | None, typer.Option(help="Threads; all processors by default.")] = None
    engine: Annotated[
        str | None,
        typer.Option(help="threads, local, ray, dask, serial, or a cluster's address."),
    ] = None
    memory: Annotated[
        str | None, typer.Option(help='Most memory for everything, such as "4GB".')
    ] = None
    metric: Annotated[
        str | None, typer.Option(help="MODULE:NAME, where the fit had such a metric.")
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, no tables.")] = (
        False
    )


def optimize(options: OptimizeOptions) -> None:
    """Make a model smaller and faster, until it stays within limits.

    Students of several kinds learn from the rows and from the model; the best that stays within
    the limits, measured on its file, is written; with --max-loss alone, the fastest.
    """
    from pliant.automl.loading import load_table
    from pliant.metrics import named

    named(options.metric)
    default = Path(f"{options.model.stem}-fast.pliant")
    output = output_path(options.output, default, options.model, options.data or ())
    model = load_table(options.model)
    found = model.optimize(
        _data(options, model, output),
        max_latency=options.max_latency,
        max_size=options.max_size,
        max_loss=options.max_loss,
        budget=options.budget,
        n_jobs=options.threads,
        engine=options.engine or "auto",
        memory=options.memory,
    )
    if not options.as_json:
        print_points(found.pareto_, found)
        if found.note_:
            typer.echo(f"note: {found.note_}")
    found.save(output)
    size = output.stat().st_size
    if options.as_json:
        summary = {"model": str(output), "metric": found.card.metric.removeprefix("neg_")}
        told = {"bytes": size, "note": found.note_, "pareto": found.pareto_}
        typer.echo(json.dumps({**summary, **told}))
    else:
        typer.echo(f"wrote {output} ({size / 1e3:.1f} kB)")


def _data(options: OptimizeOptions, model: Model, output: Path) -> Dataset:
    """Return the rows that are named, or those of the fit, which are not written over either."""
    from pliant.data.opening import open_data

    if not options.data:
        data = model.training_data()
        refuse_input(output, [file.here for file in data.files if file.here])
        roles = {n: getattr(options, n) or getattr(data, n) for n in ("weight", "groups", "time")}
        return replace(data, **roles, tell=note)
    return open_data(
        options.data,
        weight=options.weight,
        groups=options.groups,
        time=options.time,
        encoding=options.encoding,
        tell=note,
    )


def print_points(points: Sequence[Mapping[str, Any]], model: Model) -> None:
    """Print what was on offer, the best score first: the front is marked, and the choice.

    What is lost stands there with its standard error.
    """
    from rich.table import Table

    metric = model.card.metric.removeprefix("neg_")
    table = Table(title=f"On offer, by {metric} (* on the Pareto front)", title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("model", min_width=24)
    for name in ("score", "lost %", "p50 us", "p99 us", "krows/s", "kB"):
        table.add_column(name, justify="right", no_wrap=True)
    for point in points:
        numbers = [f"{point['score']:.5g}", _lost(point)]
        numbers += [f"{1e6 * point[name]:.0f}" for name in ("p50", "p99")]
        numbers += [f"{point[name] / 1e3:.3g}" for name in ("rows_per_second", "bytes")]
        mark = ("*" if point["front"] else " ") + (" chosen" if point["chosen"] else "")
        table.add_row(mark, point["model"], *numbers)
    console(width=max(console().width, SHOWN_WIDTH)).print(table)


def _lost(point: Mapping[str, Any]) -> str:
    """Return the percent of the score that a point gives up, and how sure that is."""
    lost, error = (round(100 * point[name], 2) + 0.0 for name in ("lost", "lost_error"))
    return f"{lost:.2f} ± {error:.2f}" if error else f"{lost:.2f}"
