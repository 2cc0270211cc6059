"""Which task a target poses when nobody says, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.labels import MAX_CLASSES

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


def task_named(text: str | None) -> Task | None:
    """Return the task of that name, None for None.

    Raises
    ------
    ConfigError
        When there is no such task.
    """
    found = next((task for task in TASKS if task == text), None)
    if text is not None and found is None:
        raise ConfigError(f"expected the task to be {', '.join(TASKS)}, got {text!r}")
    return found


MAX_INFERRED_CLASSES = 30
"""Whole numbers with at most so many distinct values are read as classes when nobody says."""

MIN_ORDERED = 11
"""Whole numbers with at least so many distinct values may be counts, which have an order."""

STEPS, RARE_END = 2.5, 0.1
"""How counts differ from numbers of classes: going from the least value to the greatest, how often
each occurs rises and falls once, which makes steps of two peaks in all, chance aside, and one end
is rare. On the board abalone's rings make steps of 2.0 peaks and have an end of 0.002; kddcup99's
classes make 3.5, letter's have ends of 0.9. tests/data/test_task.py draws many more of both."""


@dataclass(frozen=True)
class Told:
    """The task, what of the target it was chosen by, and whether there was another way."""

    task: Task
    why: str
    choice: bool = False

    def said(self, target: str) -> str:
        """Return what a user should know of the task, empty where there was no choice."""
        if not self.choice:
            return ""
        numbers = self.task == "regression"
        other = "--task multiclass for classes" if numbers else "--task regression for numbers"
        return f"task: {self.task}, since the target {target!r} holds {self.why}; {other}"


def told_by_numbers(values: NDArray[np.float64], counts: NDArray[Any]) -> Told:
    """Return the task of a target whose different values, sorted, occur so often."""
    n, rows = len(values), int(counts.sum())
    if n <= 2:
        return Told("binary", f"{n} different values")
    if not bool(np.all(values == np.round(values))):
        return Told("regression", f"{n:,} different numbers, not all of them whole")
    said = f"{n:,} different whole numbers"
    if n > MAX_INFERRED_CLASSES:
        return Told("regression", f"{said}, more than {MAX_INFERRED_CLASSES}", n <= MAX_CLASSES)
    if n > max(2, rows // 10):
        return Told("regression", f"{said} in {rows:,} rows", True)
    if n >= MIN_ORDERED and _ordered(values, counts):
        ends = f"from {values[0]:g} to {values[-1]:g}"
        return Told("regression", f"{said} in order, {ends}, the frequent ones together", True)
    return Told("multiclass", said, True)


def told_by_labels(n_classes: int, kind: str) -> Told:
    """Return the task of a target of so many labels of a kind."""
    task: Task = "binary" if n_classes <= 2 else "multiclass"
    return Told(task, f"{n_classes:,} different labels that are {kind}")


def _ordered(values: NDArray[np.float64], counts: NDArray[Any]) -> bool:
    """Return whether values occur as counts do: rising and falling once, with a rare end."""
    gaps = np.diff(values) > 1
    path = np.insert(counts.astype(np.float64), np.flatnonzero(gaps) + 1, 0.0)
    chance = np.sqrt(path[1:] + path[:-1])  # by so much two counts of one frequency differ
    steps = np.maximum(np.abs(np.diff(path)) - chance, 0.0).sum()
    peak = path.max()
    return bool(steps <= STEPS * peak and min(path[0], path[-1]) <= RARE_END * peak)
