"""The target: which task it poses, and labels that come back as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError, DataError
from pliant.data.labels import (
    MAX_CLASSES,
    Labels,
    exact,
    kind_of,
    level_numbers,
    missing_rows,
    numbers_in,
    typed,
)
from pliant.data.meaning import knower
from pliant.data.narrow import Narrow, narrow
from pliant.data.task import TASKS, Task, Told, told_by_labels, told_by_numbers
from pliant.runtime.labels import Label, label_text, plain_label
from pliant.runtime.raw import Numbers, RawColumn

__all__ = ["MAX_CLASSES", "TASKS", "Target", "Task", "infer_task", "known_target", "learn_target"]


@dataclass(frozen=True)
class Target:
    """What is predicted.

    `values`: for a classification class numbers of shape (n,), uint8 or, beyond 256 classes,
    uint16; else float64 targets. Of a binary one they may be float64 chances of the second class,
    which a teacher says.
    `classes`: the labels, sorted, as plain values; empty for a regression.
    `why`: for what reason this task was chosen, empty where it was asked for.
    """

    task: Task
    values: Narrow | NDArray[np.float64]
    classes: tuple[Label, ...] = ()
    why: str = ""

    @property
    def n_outputs(self) -> int:
        """Columns of a prediction: 1 for binary (the second class) and regression, else K."""
        return len(self.classes) if self.task == "multiclass" else 1

    @property
    def of_chances(self) -> bool:
        """Whether the values are chances of the second class."""
        return self.task == "binary" and self.values.dtype.kind == "f"

    def take(self, rows: NDArray[np.intp]) -> Target:
        """Return the given rows."""
        return Target(self.task, self.values[rows], self.classes, self.why)


def learn_target(
    name: str, column: RawColumn, task: Task | None, counts: NDArray[np.int64] | None = None
) -> Target:
    """Return the target of a raw column, its task inferred unless stated.

    With `counts` a value stands for so many rows.

    Raises
    ------
    DataError
        When a value is missing or infinite, when there is one class only or nearly every
        value is its own class, or when text is to be regressed.
    """
    if task is not None and task not in TASKS:
        raise ConfigError(f"expected the task to be one of {', '.join(TASKS)}, got {task!r}")
    given = exact(column)
    refuse_missing(name, given)
    counts = np.ones(len(given), dtype=np.int64) if counts is None else counts
    told = infer_task(given, counts) if task is None else Told(task, "")
    if told.task == "regression":
        return _regression(name, given, told.why)
    return _classification(name, given, told, int(counts.sum()))


def tell_task(name: str, column: RawColumn) -> Told:
    """Return the task that a raw column poses, and why; a row without a value raises DataError."""
    given = exact(column)
    refuse_missing(name, given)
    return infer_task(given, np.ones(len(given), dtype=np.int64))


def infer_task(column: Numbers | Labels, counts: NDArray[np.int64]) -> Told:
    """Return the task that a target poses, each value of it standing for some rows, and why."""
    numbers = None if isinstance(column, Labels) and _truths(column) else numbers_in(column)
    if numbers is not None:
        values, places = np.unique(numbers, return_inverse=True)
        told = told_by_numbers(values, np.bincount(places, counts))
        if told.task != "binary" or isinstance(column, Numbers):
            return told
    assert isinstance(column, Labels)  # float64 may tell fewer numbers apart than there are labels
    used = np.unique(column.indices[column.indices >= 0])
    kind = kind_of(column.values[used[0]]) if len(used) else "missing"
    if kind == "times" and len(used) > max(2, int(counts.sum()) // 10):
        return Told("regression", f"{len(used):,} different times")
    return told_by_labels(len(used), kind)


def _truths(column: Labels) -> bool:
    return bool(column.values) and all(isinstance(v, bool | np.bool_) for v in column.values)


def refuse_missing(name: str, column: RawColumn) -> None:
    """Raise DataError when a row of a target has no value, or an infinite one."""
    bad = missing_rows(column)
    if bad.any():
        word = column.gap if isinstance(column, Labels) else ""
        read = f": the word {word!r} is read as missing in a text file" if word else ""
        raise DataError(
            f"expected a value in every row of the target {name!r}, but {int(bad.sum())} "
            f"of {len(column)} are missing (NaN), the first in row {int(np.argmax(bad))}{read}"
        )
    refuse_infinite(name, column)


def refuse_infinite(name: str, column: RawColumn, file: str = "", first: int = 0) -> None:
    """Raise DataError when a row of a target is infinite; `first` is the number of its first."""
    if isinstance(column, Numbers) and np.isinf(column.values).any():
        row = first + int(np.argmax(np.isinf(column.values)))
        raise DataError(
            f"expected finite values in the target {name!r}, got inf in row {row}{file}"
        )


def _regression(name: str, column: Numbers | Labels, why: str) -> Target:
    values = numbers_in(column)
    if values is None:
        assert isinstance(column, Labels)
        raise DataError(_no_number(name, column))
    if len(column) > 1 and values.min() == values.max():
        raise DataError(
            f"expected a target that varies, but every value of {name!r} is {values[0]:g}"
        )
    refuse_missing(name, Numbers(values))
    return Target("regression", values, (), why)


def _no_number(name: str, column: Labels) -> str:
    """Return what is wrong with a target of numbers that holds something else, and where."""
    used, numbers = level_numbers(column)
    row = int(np.argmax(np.isin(column.indices, used[np.isnan(numbers)])))
    value = column.values[column.indices[row]]
    return (
        f"expected numbers in the target {name!r} of a regression, got {kind_of(value)} such as "
        f"{label_text(value)!r} in row {row}"
    )


def _classification(name: str, column: Numbers | Labels, told: Told, rows: int) -> Target:
    if isinstance(column, Numbers):
        found, values = np.unique(column.values, return_inverse=True)
        labels: tuple[Any, ...] = tuple(found.tolist())
        labels = tuple(map(int, labels)) if column.integral else labels
    else:
        used, values = np.unique(column.indices, return_inverse=True)
        if column.written and _as_numbers(column, len(used), rows):
            raise DataError(_no_number(name, column))
        labels, order = sorted_labels(column, used.tolist())
        values = np.argsort(order)[values]
    check_classes(name, labels, rows, told.task)
    plain = tuple(map(plain_label, labels))
    task: Task = "binary" if len(plain) == 2 else "multiclass"
    return Target(task, narrow(values), plain, told.why)


def _as_numbers(column: Labels, n_labels: int, rows: int) -> bool:
    """Return whether texts are too many for classes, and most of them numbers: words strayed."""
    if n_labels <= min(MAX_CLASSES, max(20, rows // 2)):
        return False
    numbers = level_numbers(column)[1]
    return bool(0 < np.isnan(numbers).sum() < len(numbers) / 2)


def sorted_labels(column: Labels, used: Sequence[int]) -> tuple[tuple[Any, ...], list[int]]:
    """Return the labels of the given levels as `np.unique` sorts them, and that order.

    Labels that have no order among each other are sorted by their types first.
    """
    labels = [column.values[i] for i in used]
    if column.written:
        labels = list(typed(labels))
    places = range(len(labels))
    try:
        order = sorted(places, key=labels.__getitem__)
    except TypeError:
        order = sorted(places, key=lambda i: (type(labels[i]).__name__, label_text(labels[i])))
    return tuple(labels[i] for i in order), order


def check_classes(name: str, labels: Sequence[Any], n: int, task: Task) -> None:
    """Raise DataError when so many labels of n rows are no classes, or not those of the task."""
    if len(labels) == 1:
        raise DataError(
            f"expected at least 2 classes in the target {name!r}, but every value is {labels[0]!r}:"
            " one class leaves nothing to learn"
        )
    if task == "binary" and len(labels) != 2:
        raise DataError(f"expected 2 classes in the target {name!r}, got {len(labels)}")
    if len(labels) > 20 and len(labels) > n // 2:
        raise DataError(
            f"expected classes that repeat in the target {name!r}, but {len(labels)} of {n} values "
            "are different: this looks like an identifier or an unknown label type"
        )
    if len(labels) > MAX_CLASSES:
        raise DataError(
            f"expected at most {MAX_CLASSES} classes in the target {name!r}, got {len(labels)}"
        )


def known_target(name: str, column: RawColumn, task: Task, classes: tuple[Label, ...]) -> Target:
    """Return the target of a table to score, its labels those that a model knows.

    Raises
    ------
    DataError
        When a value is missing, or a label is none of `classes`.
    """
    given = exact(column)
    refuse_missing(name, given)
    if task == "regression":
        return _known_numbers(name, given)
    labels, places = levels_of(given)
    values = class_numbers(labels, classes)[places]
    if (values < 0).any():
        row = int(np.argmax(values < 0))
        raise DataError(
            f"expected the labels {', '.join(map(repr, classes[:8]))} in the target {name!r}, "
            f"got {labels[places[row]]!r} in row {row}"
        )
    return Target(task, narrow(values), classes)


def levels_of(column: Numbers | Labels) -> tuple[Sequence[Any], NDArray[np.intp]]:
    """Return the different values of a target, and which of them each row is."""
    if isinstance(column, Labels):
        return column.values, column.indices.astype(np.intp)
    found, places = np.unique(column.values, return_inverse=True)
    return [int(v) if column.integral else v for v in found.tolist()], places


def class_numbers(labels: Sequence[Any], classes: Sequence[Label]) -> NDArray[np.int64]:
    """Return which of a model's classes each label is, -1 where it is none."""
    know = knower(classes)
    return np.array([know(label) for label in labels], dtype=np.int64)


def _known_numbers(name: str, column: Numbers | Labels) -> Target:
    values = numbers_in(column)
    if values is None:
        assert isinstance(column, Labels)
        values = numbers_in(replace(column, written=True))  # text of a file that has types
        if values is None:
            raise DataError(_no_number(name, column))
    return Target("regression", values)
