"""`pliant fit`: from a file to a model file."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pliant.cli.options import COLUMNS_HELP, ENCODING, output_path, stated
from pliant.cli.screen import console, note
from pliant.core.errors import ConfigError

if TYPE_CHECKING:
    from pliant.automl.fit import Result
    from pliant.core.config import Resources
    from pliant.data.dataset import Dataset
    from pliant.training.fit_spec import FitSpec


@dataclass(frozen=True)
class FitOptions:
    """The options of `pliant fit`."""

    data: Annotated[
        list[str],
        typer.Argument(help="CSV, Parquet, Arrow or JSON Lines files, globs or URLs; or a store."),
    ]
    target: Annotated[
        str | None,
        typer.Option("--target", "-t", help="Column to predict; a store knows its own."),
    ] = None
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Model file; DATA.pliant by default.")
    ] = None
    budget: Annotated[
        str | None, typer.Option(help='Time for everything, such as "90s" or "5m" [default: 60s].')
    ] = None
    trials: Annotated[
        int | None, typer.Option(help="Most candidates to try; alone, no clock is asked.")
    ] = None
    metric: Annotated[
        str | None,
        typer.Option(help="Any scikit-learn scorer name, or MODULE:SCORER of one's own."),
    ] = None
    task: Annotated[
        str | None, typer.Option(help="binary, multiclass or regression; inferred by default.")
    ] = None
    models: Annotated[
        str | None,
        typer.Option(help="Families to search, such as lightgbm,linear; all by default."),
    ] = None
    weight: Annotated[str | None, typer.Option(help="Column that says how much a row counts.")] = (
        None
    )
    groups: Annotated[
        str | None, typer.Option(help="Column whose groups are never on both sides of a split.")
    ] = None
    time: Annotated[
        str | None, typer.Option(help="Column of times: the past is made to predict the future.")
    ] = None
    encoding: Annotated[str | None, ENCODING] = None
    columns: Annotated[list[str] | None, typer.Option(help=COLUMNS_HELP)] = None
    folds: Annotated[
        int | None, typer.Option(help="Folds that score candidates; by rows and time by default.")
    ] = None
    seed: Annotated[int, typer.Option(help="What all randomness starts from.")] = 0
    threads: Annotated[int | None, typer.Option(help="Threads; all processors by default.")] = None
    workers: Annotated[
        int | None, typer.Option(help="Processes, or workers of a cluster, instead of threads.")
    ] = None
    engine: Annotated[
        str | None,
        typer.Option(help="threads, local, ray, dask, serial, or a cluster's address."),
    ] = None
    memory: Annotated[
        str | None, typer.Option(help='Most memory for everything, such as "4GB".')
    ] = None
    max_latency: Annotated[
        str | None, typer.Option(help='Most time that one row may take, such as "100us".')
    ] = None
    max_size: Annotated[
        str | None, typer.Option(help='Most bytes that the model file may have, such as "500kB".')
    ] = None
    max_loss: Annotated[
        str | None, typer.Option(help='Most of the score that may be given up, such as "0.2%".')
    ] = None
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Keep 64 rows as codes in the file, for `pliant explain` to compare."
        ),
    ] = False
    journal: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps finished trials; the same line goes on from there."),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, no tables.")] = (
        False
    )


def fit(options: FitOptions) -> None:
    """Find the best model that a budget allows, and write it to one file.

    Ctrl-C, SIGTERM and SIGHUP end the search and still write the best model so far.
    """
    from pliant.cli import STARTED
    from pliant.core.deadline import Deadline

    data = _opened(options)
    spec = _spec(options, data)
    deadline = Deadline(spec.budget.seconds, start=STARTED)
    output = output_path(options.output, _default(options.data[0]), data=options.data)
    result = _fitted(options, data, spec, output, deadline)

    from pliant.automl.model import Model

    model = Model(result.model, shrinking=result.shrinking)
    if options.explain:
        model = model.with_background()
    model.save(output)
    summary = _summary(result, output, deadline.elapsed())
    if options.as_json:
        typer.echo(json.dumps(summary))
    else:
        from pliant.cli.optimize import print_points
        from pliant.cli.show import print_leaderboard

        if result.points:
            print_points(result.points, model)
        print_leaderboard(model, {t.number: t.seconds for t in result.trials})
        if result.shipped_bytes:
            typer.echo(f"shipped {result.shipped_bytes / 1e6:.2f} MB, once, to where the fits ran")
        typer.echo(
            f"{summary['metric']} {summary['score']} on held-out rows; wrote {output} "
            f"({summary['bytes'] / 1e6:.2f} MB) after {summary['seconds']:.1f} s"
        )


def _opened(options: FitOptions) -> Dataset:
    from pliant.data.opening import open_data

    data = open_data(
        options.data[0] if len(options.data) == 1 else options.data,
        options.target,
        weight=options.weight,
        groups=options.groups,
        time=options.time,
        columns=stated(options.columns),
        encoding=options.encoding,
        tell=note,
    )
    if data.target is None:
        raise ConfigError(
            "expected --target, the column to predict: a store knows its own, "
            f"but {options.data[0]} is not one"
        )
    return data


def _default(place: str) -> Path:
    """Return the name of the model of a file; one of a glob has no name of its own."""
    stem = Path(place).stem
    return Path(f"{stem if stem and not has_magic(stem) else 'model'}.pliant")


def _spec(options: FitOptions, data: Dataset) -> FitSpec:
    from pliant.core.config import Budget, Limits
    from pliant.data.task import task_named
    from pliant.metrics import named
    from pliant.training.fit_spec import FitSpec
    from pliant.training.folds import Folds

    return FitSpec(
        Budget.of(options.budget, options.trials),
        named(options.metric),
        task_named(options.task),
        options.models.split(",") if options.models else None,
        options.seed,
        _resources(options),
        options.journal,
        Limits(options.max_latency, options.max_size, options.max_loss),
        data.provenance,
        Folds.of(options.folds),
    )


def _resources(options: FitOptions) -> Resources:
    from pliant.core.config import Resources
    from pliant.core.memory import parse_bytes

    if options.threads is not None and options.workers is not None:
        raise ConfigError("expected --threads or --workers, got both")
    engine = options.engine or ("auto" if options.workers is None else "local")
    memory = None if options.memory is None else parse_bytes(options.memory)
    asked = options.threads if options.workers is None else options.workers
    if asked is not None and asked < 1:
        what = "thread" if options.workers is None else "worker"
        raise ConfigError(f"expected at least 1 {what}, got {asked}")
    return Resources.of(asked, engine, memory)


def _fitted(
    options: FitOptions, data: Dataset, spec: FitSpec, output: Path, deadline: Any
) -> Result:
    from pliant.automl.fit import fit
    from pliant.automl.opener import Opener
    from pliant.training.context import FitContext

    with _live(options, deadline) as view:
        tell = view.tell if view else lambda progress: None
        context = FitContext(deadline, tell=tell, remark=_tell_remark)
        with Opener(spec, context, output.absolute().parent).opened(data) as found:
            return fit(found.rows, spec, context)


def _tell_remark(name: str, text: str) -> None:
    """Say what is worth knowing of a column, and how to state it otherwise."""
    note(f"column {name!r}: {text} (--columns {name}=KIND overrules it)")


def _live(options: FitOptions, deadline: Any) -> AbstractContextManager[Any]:
    screen = console(stderr=True)
    if options.as_json or not screen.is_terminal:
        return nullcontext()
    from pliant.training.live import LiveView

    return LiveView(screen, deadline)


def _summary(result: Result, output: Path, seconds: float) -> dict[str, Any]:
    card = result.model.card
    return {
        "model": str(output),
        "task": card.task,
        "metric": card.metric.removeprefix("neg_"),
        "score": card.score,
        "seconds": round(seconds, 3),
        "bytes": output.stat().st_size,
        "shipped_bytes": result.shipped_bytes,
        "trials": len(result.trials),
        "members": [member.said() for member in result.model.members],
        "leaderboard": list(card.leaderboard),
    }
