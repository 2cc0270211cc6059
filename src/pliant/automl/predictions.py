"""Predictions as columns with names, and as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pliant.core.processors import processors
from pliant.data.write import labels_for, print_predictions, refuse_suffix, write_predictions
from pliant.runtime.labels import label_text
from pliant.runtime.model import Predictor


def write_predicted(
    predictor: Predictor,
    rows: Any,
    output: str | Path | IO[bytes],
    proba: bool,
    interval: float | None = None,
) -> int:
    """Write the predictions of some rows to a file, or as CSV to one that is open; return how many.

    Raises
    ------
    ConfigError
        When the suffix of the file is not known, or the model cannot tell of such intervals.
    SaveError
        When it cannot be written.
    """
    if isinstance(output, str | Path):
        refuse_suffix(Path(output))
        suffix = Path(output).suffix.lower()
    else:
        suffix = ".csv"
    columns = dict(prediction_columns(predictor, rows, proba, suffix))
    if interval is not None:
        columns.update(interval_columns(predictor, rows, interval))
    if isinstance(output, str | Path):
        write_predictions(output, columns)
    else:
        print_predictions(output, columns)
    return len(columns[predictor.card.target])


def prediction_columns(
    predictor: Predictor, rows: Any, proba: bool, suffix: str
) -> Mapping[str, Any]:
    """Return predictions by column name: the label or number, then a probability a class.

    Labels are as a file of that suffix can hold them. Many rows are split among all processors.
    """
    threads = processors()
    target, classes = predictor.card.target, predictor.classes
    if not classes:
        return {target: predictor.predict(rows, threads=threads)}
    picked = predictor.picked(rows, threads=threads)
    columns: dict[str, Any] = {target: labels_for(suffix, classes)[picked]}
    if proba:
        p = predictor.predict_proba(rows, threads=threads)
        names = [f"p({label_text(label)})" for label in classes]
        columns.update({name: p[:, k] for k, name in enumerate(names)})
    return columns


def interval_columns(predictor: Predictor, rows: Any, coverage: float) -> Mapping[str, Any]:
    """Return the two ends of intervals by column name."""
    found, target = predictor.interval(rows, coverage, threads=processors()), predictor.card.target
    return {f"{target}_lower": found[:, 0], f"{target}_upper": found[:, 1]}
