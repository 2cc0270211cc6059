"""`pliant predict`: from a table to a table of predictions."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pliant.cli.options import ENCODING, output_path
from pliant.cli.screen import note

if TYPE_CHECKING:
    from pliant.runtime.model import Model
    from pliant.runtime.raw import Frame


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
    proba: Annotated[bool, typer.Option(help="With the probability of each class.")] = True


def predict(options: PredictOptions) -> None:
    """Predict each row of a table; a column a class holds its probability."""
    from pliant import artifact
    from pliant.core.descriptors import expect_output
    from pliant.data.read import Reads, read_frame
    from pliant.data.write import print_predictions, refuse_suffix, write_predictions

    if options.output is None:
        expect_output()
    else:
        refuse_suffix(output_path(options.output, options.output, options.model, options.data))
    model = artifact.load(options.model)
    frame = read_frame(options.data, Reads.of(model.schema), options.encoding, note)
    columns = prediction_columns(model, frame, options.proba, options.output)
    if options.output is not None:
        write_predictions(options.output, columns)
        note(f"wrote {frame.n_rows} predictions to {options.output}")
        return
    print_predictions(sys.stdout.buffer, columns)


def prediction_columns(
    model: Model, frame: Frame, proba: bool, output: Path | None
) -> dict[str, Any]:
    """Return predictions by column name: the label or number, then a probability a class.

    Labels are as the file that they go to can hold them, on a terminal as in CSV.
    """
    from pliant.data.write import labels_for
    from pliant.runtime.labels import label_text

    if not model.classes:
        return {model.card.target: model.predict(frame)}
    labels = labels_for(".csv" if output is None else output.suffix.lower(), model.classes)
    columns: dict[str, Any] = {model.card.target: labels[model.picked(frame)]}
    if proba:
        p = model.predict_proba(frame)
        names = [f"p({label_text(label)})" for label in model.classes]
        columns.update({name: p[:, k] for k, name in enumerate(names)})
    return columns
