"""How good a model is on rows whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError
from pliant.data.answered import only_column, with_target
from pliant.data.dataset import Dataset
from pliant.data.labels import Labels, exact, labels_of
from pliant.data.opening import open_data
from pliant.data.read import Reads
from pliant.data.roles import learn_roles
from pliant.data.target import TASKS, class_numbers, known_target, levels_of, refuse_missing
from pliant.data.task import Task
from pliant.metrics import USUAL, is_known, metric_of, named
from pliant.metrics.functions import r2
from pliant.runtime.intake import to_frame
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame, Numbers


@dataclass(frozen=True)
class Judged:
    """Rows as a program takes them, their true answers, and what each row counts (n,), or None."""

    rows: Any
    answers: Numbers | Labels
    weight: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, predictor: Predictor, data: object, y: object, weight: object) -> Judged:
        """Return data with its answers: `y`, values or a name, else the column that was learned.

        `weight` is given in the same way. Those that a dataset names count where none are given.

        Raises
        ------
        DataError
            When the rows cannot be read, or have no such column.
        """
        found = data if isinstance(data, Dataset) else open_data(data)
        y = found.target if y is None else y
        y = predictor.card.target if y is None else y
        weight = found.weight if weight is None else weight
        table = found.source
        if found.files or found.is_store:
            table = found.frame(_reads(predictor, y, weight))
        answers = _named(table, y, found.name) if isinstance(y, str) else _given(y)
        return cls(table, answers, _weights(table, len(answers), weight))


def score(predictor: Predictor, judged: Judged, metric: Any) -> float:
    """Return a score, greater is better: of no metric the accuracy, or R² of a regression.

    In the accuracy, a label that the model does not know is wrong; metrics refuse it.

    Raises
    ------
    ConfigError
        When there is no such metric.
    DataError
        When an answer is missing, or cannot be.
    """
    name = named(metric)
    if name is not None:
        return _scores(predictor, judged, [name])[name]
    if not predictor.classes:
        target = known_target(predictor.card.target, judged.answers, "regression", ())
        return float(r2(target.values, checked(predictor.raw(judged.rows), judged), judged.weight))
    refuse_missing(predictor.card.target, judged.answers)
    labels, places = levels_of(judged.answers)
    right = class_numbers(labels, predictor.classes)[places]
    found = checked(predictor.picked(judged.rows), judged)
    return float(np.average(right == found, weights=judged.weight))


def evaluate(
    predictor: Predictor, judged: Judged, metrics: Sequence[Any] | None
) -> dict[str, float]:
    """Return scores by the names that people know, losses positive, and the number of rows.

    Of no `metrics` they are that of the fit, if it is known here, and the usual ones of its task.

    Raises
    ------
    ConfigError
        When there is no such metric.
    DataError
        When an answer is missing, or cannot be.
    """
    task = task_of(predictor)
    fitted = [name for name in [predictor.card.metric] if is_known(name, task)]
    asked = [*fitted, *USUAL[task]] if metrics is None else metrics
    names = [name for name in map(named, asked) if name is not None]
    found = _scores(predictor, judged, names)
    known = [metric_of(name, task) for name in names]
    shown = {m.label: m.shown(found[name]) for m, name in zip(known, names, strict=True)}
    return {"rows": len(judged.answers), **shown}


def task_of(predictor: Predictor) -> Task:
    """Return the task that a model was fitted for."""
    return next(task for task in TASKS if task == predictor.card.task)


def _scores(predictor: Predictor, judged: Judged, names: Sequence[str]) -> dict[str, float]:
    task = task_of(predictor)
    metrics = {name: metric_of(name, task) for name in dict.fromkeys(names)}
    target = known_target(predictor.card.target, judged.answers, task, predictor.classes)
    raw = checked(predictor.raw(judged.rows), judged)
    return {name: metric(target, raw, judged.weight) for name, metric in metrics.items()}


def checked(predictions: NDArray[Any], judged: Judged) -> NDArray[Any]:
    """Return predictions, one a known answer; raise DataError when there is another number."""
    if len(predictions) != len(judged.answers):
        raise DataError(
            f"expected one value of y a row of X, got {len(judged.answers)} values for "
            f"{len(predictions)} rows"
        )
    return predictions


def _reads(predictor: Predictor, y: object, weight: object) -> Reads:
    """Return what is read of a file: what the model reads, the answers, and the weights."""
    reads = Reads.of(predictor.schema, target=y if isinstance(y, str) else "")
    return replace(reads, columns={*(reads.columns or ()), *_names(weight)})


def _named(table: Any, y: str, name: str) -> Numbers | Labels:
    """Return the answers that are a column of a table."""
    frame = with_target(table, y, {y})
    if y not in frame:
        raise DataError(f"expected the target {y!r} to be a column of {name}")
    return exact(frame[y])


def _given(y: object) -> Numbers | Labels:
    """Return the answers that are given as values."""
    return y if isinstance(y, Numbers | Labels) else labels_of(only_column(y).values)


def _weights(table: Any, n_rows: int, weight: object) -> NDArray[np.float64] | None:
    if weight is None:
        return None
    frame = to_frame(table, _names(weight)) if isinstance(weight, str) else Frame({}, n_rows)
    return learn_roles(frame, weight)[0].weight


def _names(column: object) -> list[str]:
    return [column] if isinstance(column, str) else []
