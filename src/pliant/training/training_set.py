"""Datasets: rows that a job brings along, where it does not train on a split of the experiment.

A student's rows are labelled by its teacher, a block of a store is one of many: neither is a split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from uuid import uuid4

from pliant.core.deadline import Deadline
from pliant.models.base import Data, Fitted, Part, Shape

Refine = Callable[[Fitted, Part, Deadline], Fitted]
"""What goes on with a fitted model on its training rows, until its seconds are over."""


class RowSource(Protocol):
    """Where the rows of a dataset come from; it is pickled to where they are trained on."""

    def read(self) -> Data:
        """Return the rows."""
        ...


@dataclass(frozen=True)
class InMemory:
    """Rows that are in memory already."""

    data: Data

    def read(self) -> Data:
        """Return the rows."""
        return self.data


class TrainingSet:
    """Rows that a job trains on in place of a split's, read from their source once in a process.

    Engines ship it, once for all jobs that have it, by its `key`: that of a copy in another process
    is the same. `refine`, a function that can be pickled, is what a fitted model goes through in
    the end.

    Examples
    --------
    >>> from pliant.testing import family_data
    >>> dataset = TrainingSet.of(family_data("binary"))
    >>> dataset.n_rows, dataset.n_features, dataset.data.train.X.dtype
    (160, 4, dtype('uint8'))
    """

    def __init__(
        self,
        source: RowSource,
        size: tuple[int, int, int],
        refine: Refine | None = None,
        key: str = "",
    ) -> None:
        self.source, self.refine = source, refine
        self.n_rows, self.n_features, self.n_outputs = size
        self.key = key or uuid4().hex

    def __reduce__(self) -> tuple[type[TrainingSet], tuple[object, ...]]:
        size = self.n_rows, self.n_features, self.n_outputs
        return TrainingSet, (self.source, size, self.refine, self.key)

    @classmethod
    def of(cls, data: Data, refine: Refine | None = None) -> TrainingSet:
        """Return that of rows in memory."""
        return cls(InMemory(data), (*data.train.X.shape, data.target.n_outputs), refine)

    @cached_property
    def data(self) -> Data:
        """The rows, with what libraries have made of them."""
        return self.source.read()

    def shape(self, threads: int = 1) -> Shape:
        """Return the size of a fit; nothing is read to know it."""
        return Shape(self.n_rows, self.n_features, self.n_outputs, threads)

    def refined(self, fitted: Fitted, deadline: Deadline) -> Fitted:
        """Return a fitted model after what it goes through in the end, as time allows."""
        return fitted if self.refine is None else self.refine(fitted, self.data.train, deadline)
