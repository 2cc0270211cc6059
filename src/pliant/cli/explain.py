"""`pliant explain`: why each row of a table has its prediction."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pliant.cli.options import ENCODING, output_path, rows_of
from pliant.cli.screen import note
from pliant.core.errors import ConfigError

if TYPE_CHECKING:
    from pliant.explain.explanation import Explanation
    from pliant.runtime.labels import Label


@dataclass(frozen=True)
class ExplainOptions:
    """The options of `pliant explain`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    data: Annotated[
        list[str],
        typer.Argument(help="CSV, Parquet, Arrow or JSON Lines files, globs or URLs, as for fit."),
    ]
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV, Parquet, Arrow or JSON Lines; else printed."),
    ] = None
    background: Annotated[
        str | None,
        typer.Option(
            help="File of rows to compare with, such as the training data; by default those that "
            "the model keeps, or the files that it was fitted on."
        ),
    ] = None
    of_class: Annotated[
        str | None,
        typer.Option("--class", help="Class to explain; of several by default the most probable."),
    ] = None
    log_odds: Annotated[
        bool, typer.Option("--log-odds", help="Explain log-odds in place of probabilities.")
    ] = False
    error: Annotated[
        float,
        typer.Option(help="Standard error, as a share of the largest contribution; 0 is exact."),
    ] = 0.02
    encoding: Annotated[str | None, ENCODING] = None


def explain(options: ExplainOptions) -> None:
    """Tell how much each column moves each prediction away from the mean one (Shapley values).

    A row a prediction: contributions by column, base and prediction; base and contributions add up
    to the prediction.
    """
    from pliant.automl.loading import load
    from pliant.core.descriptors import expect_output
    from pliant.core.processors import processors
    from pliant.data.write import print_predictions, refuse_suffix, write_predictions

    if options.output is None:
        expect_output()
    else:
        refuse_suffix(output_path(options.output, options.output, options.model, options.data))
    model, rows = load(options.model), rows_of(options.data, options.encoding)
    background = None
    if options.background is not None:
        background = rows_of([options.background], options.encoding)
    why = model.explain(
        rows,
        background,
        log_odds=options.log_odds,
        error=options.error,
        threads=processors(),
    )
    _say_errors(why, options.error)
    columns = _written(why, options)
    if options.output is None:
        print_predictions(sys.stdout.buffer, columns)
    else:
        write_predictions(options.output, columns)
        note(f"wrote {len(why)} explanations to {options.output}")


def _say_errors(why: Explanation, asked: float) -> None:
    """Say how precise contributions are, where that is less than was asked for."""
    behind = why.relative_error[why.relative_error > asked]
    if len(behind):
        note(
            f"{len(behind)} of {len(why)} rows are less precise than asked for: standard errors of "
            f"up to {behind.max():.1%} of the largest contribution"
        )


def _written(why: Explanation, options: ExplainOptions) -> dict[str, Any]:
    """Return the columns of the file, labels as text."""
    from pliant.runtime.labels import label_text

    wanted = None if options.of_class is None else _label(why, options.of_class)
    columns = why.as_columns(wanted)
    if len(why.outputs) > 1:
        name = next(reversed(columns))
        columns[name] = [label_text(label) for label in columns[name]]
    return columns


def _label(why: Explanation, text: str) -> Label:
    from pliant.runtime.labels import label_text

    for label in why.outputs:
        if label_text(label) == text:
            return label
    known = ", ".join(label_text(label) for label in why.outputs)
    raise ConfigError(f"expected --class to be one of {known}, got {text!r}")
