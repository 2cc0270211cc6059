"""The table: a frame turned into codes once, with its target, weights, groups and order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.errors import DataError
from pliant.runtime.raw import Frame
from pliant.runtime.schema import Coded, Column, Schema, refuse_infinite
from pliant.table.recognise import numbers_rows, recognise
from pliant.table.target import Target

LEARN_ROWS = 100_000
"""Rows from which the codebooks of a column are learned; more change its quantiles little."""


@dataclass(frozen=True)
class Roles:
    """What each row counts, belongs to and when it was: arrays of shape (n,), or None.

    `weight` float64, `groups` int64 group numbers, `time` float64 or int64, later is greater.
    """

    weight: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None
    time: NDArray[np.float64] | NDArray[np.int64] | None = None

    def take(self, rows: NDArray[np.intp]) -> Roles:
        """Return the given rows."""
        return Roles(
            None if self.weight is None else self.weight[rows],
            None if self.groups is None else self.groups[rows],
            None if self.time is None else self.time[rows],
        )


@dataclass(frozen=True)
class Table:
    """An encoded table of n rows, what is to be predicted, and the roles of its rows."""

    schema: Schema
    coded: Coded
    target: Target
    roles: Roles

    def __len__(self) -> int:
        return len(self.coded)

    def take(self, rows: NDArray[np.intp]) -> Table:
        """Return the given rows."""
        return Table(
            self.schema, self.coded.take(rows), self.target.take(rows), self.roles.take(rows)
        )


def learn_schema(frame: Frame, drop: Sequence[str] = ()) -> Schema:
    """Return the schema of a frame, the columns of `drop` left out.

    Raises
    ------
    DataError
        When there is no column to learn from, or a number is infinite.
    """
    columns = {name: column for name, column in frame.items() if name not in drop}
    refuse_infinite(columns)
    rows = np.linspace(0, frame.n_rows - 1, min(frame.n_rows, LEARN_ROWS)).astype(np.intp)
    sampled = frame.n_rows > LEARN_ROWS
    learned = []
    for name, column in columns.items():
        found = recognise(name, column.take(rows) if sampled else column)
        if sampled and (not found.used or numbers_rows(column)):
            found = recognise(name, column)  # constant, empty, identifier: only all rows can tell
        learned.append(found)
    return useful_schema(learned)


def useful_schema(columns: Sequence[Column]) -> Schema:
    """Return the schema of these columns; when there is none to learn from, raise DataError."""
    if not columns:
        raise DataError("expected a column beside the target, got none")
    schema = Schema(tuple(columns))
    if not schema.used:
        reasons = "; ".join(f"{c.name}: {c.note}" for c in schema.columns[:5])
        raise DataError(f"expected a column to learn from, but all are left out ({reasons})")
    return schema
