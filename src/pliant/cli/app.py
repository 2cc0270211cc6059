"""The commands by name."""

from __future__ import annotations

import typer

from pliant.cli import bench, explain, export, fit, importance, optimize, pack, predict, score, show
from pliant.cli.options import command

app = typer.Typer(
    name="pliant",
    help="A table in, the best model that a time budget allows out, in one small data-only file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verb in (
    command(fit.FitOptions, fit.fit),
    command(pack.PackArguments, pack.pack),
    command(score.ScoreOptions, score.score),
    command(predict.PredictOptions, predict.predict),
    command(show.ShowOptions, show.show),
    command(importance.ImportanceOptions, importance.importance),
    command(explain.ExplainOptions, explain.explain),
    command(bench.BenchOptions, bench.bench),
    command(export.ExportOptions, export.export),
    command(optimize.OptimizeOptions, optimize.optimize),
):
    app.command()(verb)


def _version(asked: bool) -> None:
    if asked:
        from pliant import __version__

        typer.echo(f"pliant {__version__}")
        raise typer.Exit


@app.callback()
def version(
    asked: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """A table in, the best model that a time budget allows out, in one small data-only file."""
