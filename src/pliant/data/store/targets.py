"""The target over all rows, seen batch by batch: its labels while they are few, its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError
from pliant.data.labels import MAX_CLASSES, Labels, exact, level_numbers
from pliant.data.store.source import Batch
from pliant.data.store.target_codec import TargetCodec
from pliant.data.store.values import DistinctNumbers, refuse_missing
from pliant.data.target import infer_task, learn_target, refuse_infinite
from pliant.data.task import Task, Told
from pliant.runtime.labels import label_text
from pliant.runtime.raw import Numbers

MAX_TALLIED = 4 * MAX_CLASSES
"""Different labels that are counted; a target with more has no classes."""


@dataclass(frozen=True)
class _Word:
    """The first value that is no number, and where it was."""

    text: str
    file: str
    row: int


class SeenTargets:
    """What is known of a target of all rows so far; of numbers, up to `most` different ones."""

    def __init__(self, most: int) -> None:
        self._numbers = DistinctNumbers(most)
        self._counts: dict[Any, int] | None = {}
        self._rows, self._integral, self._written = 0, True, False
        self._word: _Word | None = None

    def add(self, name: str, batch: Batch) -> None:
        """Take the next rows.

        Raises
        ------
        DataError
            When one has no value, naming file and row.
        """
        refuse_missing(f"the target {name!r}", name, batch)
        column = exact(batch.frame[name])
        refuse_infinite(name, column, f" of {batch.file}", batch.first)
        self._rows += len(column)
        if isinstance(column, Numbers):
            self._integral &= column.integral
            found, counts = np.unique(column.values, return_counts=True)
            self._numbers.add(found)
            self._tally(found.astype(np.int64 if column.integral else np.float64).tolist(), counts)
            return
        self._written |= column.written
        used, numbers = level_numbers(column)
        self._numbers.add(numbers)
        counts = np.bincount(column.indices, minlength=len(column.levels))[used]
        self._tally([column.values[i] for i in used], counts)
        words = used[np.isnan(numbers)]
        if len(words) and self._word is None:
            row = int(np.argmax(np.isin(column.indices, words)))
            text = label_text(column.values[column.indices[row]])
            self._word = _Word(text, batch.file, batch.first + row)

    def answers(self, name: str, task: Task | None) -> tuple[TargetCodec, str]:
        """Return how the target is kept, and what a user should know of its task, if anything.

        Raises
        ------
        DataError
            When it poses none.
        """
        known = self._numbers.values
        many = known is None or len(known) > MAX_CLASSES
        if self._word is not None and (many or task == "regression"):
            raise DataError(
                f"expected a number in every row of the target {name!r}, got "
                f"{self._word.text!r} in row {self._word.row} of {self._word.file}"
            )
        if self._word is None and (many or self._counts is None) and task in (None, "regression"):
            return self._numbers.answers(name), ""
        labels, counts = self._distinct(name)
        told = infer_task(labels, counts) if task is None else Told(task, "")
        target = learn_target(name, labels, told.task, counts)
        if target.task == "regression":
            return self._numbers.answers(name), told.said(name)
        return TargetCodec.labels(name, target), told.said(name)

    def _tally(self, labels: list[Any], counts: NDArray[Any]) -> None:
        if self._counts is None:
            return
        if len(labels) <= MAX_TALLIED:
            for label, count in zip(labels, counts.tolist(), strict=True):
                self._counts[label] = self._counts.get(label, 0) + count
        if len(labels) > MAX_TALLIED or len(self._counts) > MAX_TALLIED:
            self._counts = None

    def _distinct(self, name: str) -> tuple[Labels, NDArray[np.int64]]:
        """Return every different value once, and in how many rows each is."""
        if self._counts is None:
            raise DataError(
                f"expected at most {MAX_CLASSES} classes in the target {name!r}, "
                f"got more than {MAX_TALLIED}"
            )
        labels = list(self._counts)
        if not self._integral:
            labels = [float(v) if type(v) is int else v for v in labels]
        counts = np.array(list(self._counts.values()), dtype=np.int64)
        return Labels.of(np.arange(len(labels)), labels, self._written), counts
