"""`pliant predict`: from a table to a table of predictions."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pliant.cli.options import ENCODING, MISSING_FILES, output_path, rows_of
from pliant.cli.screen import note


@dataclass(frozen=True)
class PredictOptions:
    """The options of `pliant predict`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    data: Annotated[
        list[str],
        typer.Argument(help="CSV, Parquet, Arrow or JSON Lines files, globs or URLs, as for fit."),
    ]
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV, Parquet, Arrow or JSON Lines; else printed."),
    ] = None
    encoding: Annotated[str | None, ENCODING] = None
    missing_files: Annotated[str, MISSING_FILES] = "refuse"
    threshold: Annotated[
        float | None,
        typer.Option(help="Probability above which the second of two classes is predicted."),
    ] = None
    interval: Annotated[
        float | None,
        typer.Option(help="Share of rows whose number lies between two more columns, such as 0.9."),
    ] = None
    proba: Annotated[bool, typer.Option(help="With the probability of each class.")] = True


def predict(options: PredictOptions) -> None:
    """Predict each row of a table; a column a class holds its probability."""
    from pliant.automl.loading import load_table
    from pliant.core.descriptors import expect_output
    from pliant.data.write import refuse_suffix

    if options.output is None:
        expect_output()
    else:
        refuse_suffix(output_path(options.output, options.output, options.model, options.data))
    model = load_table(options.model)
    rows = rows_of(options.data, options.encoding, options.missing_files)
    done = model.predict_to(
        options.output or sys.stdout.buffer,
        rows,
        proba=options.proba,
        threshold=options.threshold,
        interval=options.interval,
    )
    if options.output is not None:
        note(f"wrote {done} predictions to {options.output}")
