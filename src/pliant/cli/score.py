"""`pliant score`: how good a model file is on a table with known answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pliant.cli.options import ENCODING
from pliant.cli.screen import note
from pliant.core.errors import DataError


@dataclass(frozen=True)
class ScoreOptions:
    """The options of `pliant score`."""

    model: Annotated[Path, typer.Argument(help="Model file.")]
    data: Annotated[
        list[str], typer.Argument(help="Files with the target in them, globs or URLs, as for fit.")
    ]
    metric: Annotated[
        str | None, typer.Option(help="Any scikit-learn scorer name; usual ones by default.")
    ] = None
    encoding: Annotated[str | None, ENCODING] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


def score(options: ScoreOptions) -> None:
    """Score a model on a table that holds the target."""
    from pliant import artifact
    from pliant.data.read import Reads, read_frame
    from pliant.data.target import known_target
    from pliant.metrics import USUAL, metric_of

    model = artifact.load(options.model)
    reads = Reads.of(model.schema, target=model.card.target)
    frame = read_frame(options.data, reads, options.encoding, note)
    named = " ".join(options.data)
    card = model.card
    if card.target not in frame:
        raise DataError(f"expected the target {card.target!r} to be a column of {named}")
    task = next(t for t in USUAL if t == card.task)
    target = known_target(card.target, frame[card.target], task, model.classes)
    predictions = model.raw(frame)
    names = [options.metric] if options.metric else [card.metric, *USUAL[task]]
    found = {}
    for metric in (metric_of(name, task) for name in dict.fromkeys(names)):
        found[metric.label] = metric.shown(metric(target, predictions, None))
    if options.as_json:
        typer.echo(json.dumps({"rows": frame.n_rows, **found}))
        return
    width = max(len(name) for name in found)
    for name, value in found.items():
        typer.echo(f"{name:<{width}}  {value:.6g}")
    typer.echo(f"on {frame.n_rows} rows of {named}")
