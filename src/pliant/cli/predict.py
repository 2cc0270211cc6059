"""`pliant predict`: from a table to a table of predictions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pliant.runtime.model import Model
    from pliant.runtime.raw import Frame


@dataclass(frozen=True)
class PredictOptions:
    """The options of `pliant predict`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    data: Annotated[Path, typer.Argument(help="CSV, Parquet, Arrow or JSON Lines file.")]
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV, Parquet, Arrow or JSON Lines; else printed."),
    ] = None
    proba: Annotated[bool, typer.Option(help="With the probability of each class.")] = True


def predict(options: PredictOptions) -> None:
    """Predict each row of a table; a column a class holds its probability."""
    from pliant import artifact
    from pliant.table.read import Reads, read_frame
    from pliant.table.write import write_predictions

    model = artifact.load(options.model)
    frame = read_frame(options.data, Reads.of(model.schema))
    columns = prediction_columns(model, frame, options.proba, options.output)
    if options.output is not None:
        write_predictions(options.output, columns)
        typer.echo(f"wrote {frame.n_rows} predictions to {options.output}", err=True)
        return
    typer.echo(",".join(columns))
    for row in zip(*(v.tolist() for v in columns.values()), strict=True):
        typer.echo(",".join(map(str, row)))


def prediction_columns(
    model: Model, frame: Frame, proba: bool, output: Path | None
) -> dict[str, Any]:
    """Return predictions by column name: the label or number, then a probability a class.

    Labels are as the file that they go to can hold them, on a terminal as in CSV.
    """
    from pliant.runtime.labels import label_text
    from pliant.table.write import labels_for

    if not model.classes:
        return {model.card.target: model.predict(frame)}
    labels = labels_for(".csv" if output is None else output.suffix.lower(), model.classes)
    columns: dict[str, Any] = {model.card.target: labels[model.picked(frame)]}
    if proba:
        p = model.predict_proba(frame)
        names = [f"p({label_text(label)})" for label in model.classes]
        columns.update({name: p[:, k] for k, name in enumerate(names)})
    return columns
