"""The target: which task it poses, and labels that come back in the type they came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pliant.errors import ConfigError, DataError
from pliant.runtime.codebook import numbers_of, strings_of
from pliant.runtime.raw import Numbers, RawColumn, Strings, Times
from pliant.runtime.scalars import text_of
from pliant.table.narrow import Narrow, narrow

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")

MAX_INFERRED_CLASSES = 30
"""Whole numbers with at most so many distinct values are read as classes when nobody says."""

MAX_CLASSES = 1000


@dataclass(frozen=True)
class Target:
    """What is predicted.

    `values`: for a classification class numbers of shape (n,), uint8 or, beyond 256 classes,
    uint16; else float64 targets. Of a binary one they may be float64 chances of the second class,
    which a teacher says.
    `classes`: the labels, sorted, as plain Python values; empty for a regression.
    """

    task: Task
    values: Narrow | NDArray[np.float64]
    classes: tuple[str | int | float | bool, ...] = ()

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
        return Target(self.task, self.values[rows], self.classes)


def learn_target(name: str, column: RawColumn, task: Task | None, boolean: bool = False) -> Target:
    """Return the target of a raw column, its task inferred unless stated.

    Raises
    ------
    DataError
        When a value is missing or infinite, when there is one class only or nearly every
        value is its own class, or when text is to be regressed.
    """
    if task is not None and task not in TASKS:
        raise ConfigError(f"expected the task to be one of {', '.join(TASKS)}, got {task!r}")
    _refuse_missing(name, column)
    task = task or infer_task(column, boolean)
    if task == "regression":
        return _regression(name, column)
    return _classification(name, column, task, boolean)


def infer_task(column: RawColumn, boolean: bool = False) -> Task:
    """Return the task that a target poses: text and few whole numbers are classes."""
    if isinstance(column, Times):
        return "regression"
    if isinstance(column, Strings):
        n_classes = len(np.unique(column.indices))
    else:
        n_classes = len(np.unique(column.values))
        whole = bool(np.all(column.values == np.round(column.values)))
        few = n_classes <= min(MAX_INFERRED_CLASSES, max(2, len(column) // 10))
        if n_classes > 2 and not (whole and few) and not boolean:
            return "regression"
    return "binary" if n_classes <= 2 else "multiclass"


def _refuse_missing(name: str, column: RawColumn) -> None:
    if isinstance(column, Times):
        raise DataError(f"expected numbers or labels in the target {name!r}, got times")
    bad = np.isnan(column.values) if isinstance(column, Numbers) else column.indices < 0
    if bad.any():
        raise DataError(
            f"expected a value in every row of the target {name!r}, but {int(bad.sum())} "
            f"of {len(column)} are missing (NaN), the first in row {int(np.argmax(bad))}"
        )
    if isinstance(column, Numbers) and np.isinf(column.values).any():
        row = int(np.argmax(np.isinf(column.values)))
        raise DataError(f"expected finite values in the target {name!r}, got inf in row {row}")


def _regression(name: str, column: RawColumn) -> Target:
    if not isinstance(column, Numbers):
        example = strings_of(column).levels[0]
        raise DataError(
            f"expected numbers in the target {name!r} of a regression, got text such as {example!r}"
        )
    if len(column) > 1 and column.values.min() == column.values.max():
        raise DataError(
            f"expected a target that varies, but every value of {name!r} is {column.values[0]:g}"
        )
    return Target("regression", column.values)


def _classification(name: str, column: RawColumn, task: Task, boolean: bool) -> Target:
    labels: list[str | int | float | bool]
    if isinstance(column, Numbers):
        found, values = np.unique(column.values, return_inverse=True)
        labels = [_plain(v, column.integral, boolean) for v in found.tolist()]
    else:
        words = strings_of(column)
        used = np.unique(words.indices)
        order = sorted(used.tolist(), key=lambda i: words.levels[i])
        rank = np.zeros(len(words.levels), dtype=np.int64)
        rank[order] = np.arange(len(order))
        values, labels = rank[words.indices], [words.levels[i] for i in order]
    _check_classes(name, labels, len(column), task)
    return Target("binary" if len(labels) == 2 else "multiclass", narrow(values), tuple(labels))


def _plain(value: float, integral: bool, boolean: bool) -> int | float | bool:
    if boolean:
        return bool(value)
    return int(value) if integral else value


def _check_classes(name: str, labels: list[str | int | float | bool], n: int, task: Task) -> None:
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


def known_target(
    name: str, column: RawColumn, task: Task, classes: tuple[str | int | float | bool, ...]
) -> Target:
    """Return the target of a table to score, its labels those that a model knows.

    Raises
    ------
    DataError
        When a value is missing, or a label is none of `classes`.
    """
    _refuse_missing(name, column)
    if task == "regression":
        return Target(task, numbers_of(column))
    words = strings_of(column)
    numbers = {text_of(label): k for k, label in enumerate(classes)}
    if isinstance(column, Numbers):  # booleans come as 0 and 1
        numbers |= {str(int(label)): k for k, label in enumerate(classes) if label in (False, True)}
    table = np.array([numbers.get(level, -1) for level in words.levels], dtype=np.int64)
    values = table[words.indices]
    if (values < 0).any():
        row = int(np.argmax(values < 0))
        raise DataError(
            f"expected the labels {', '.join(map(repr, classes[:8]))} in the target {name!r}, "
            f"got {words.levels[words.indices[row]]!r} in row {row}"
        )
    return Target(task, narrow(values), classes)
