"""The table: a frame turned into codes once, with its target, weights, groups and order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError, DataError
from pliant.data.kinds.number import number_column, numbers_rows
from pliant.data.recognise import recognise
from pliant.data.stated import Stated
from pliant.data.target import Target
from pliant.runtime.coded import Coded
from pliant.runtime.conversions import numbers_of
from pliant.runtime.parts import side_by_side
from pliant.runtime.raw import Frame, Numbers, RawColumn
from pliant.runtime.schema import Column, Schema, refuse_infinite

LEARN_ROWS = 100_000
"""Rows from which the codebooks of a column are learned; more change its quantiles little."""

MIN_ROWS = 5
"""Rows below which nothing can be learned and checked."""


@dataclass(frozen=True)
class ByClass:
    """What a row of each class counts besides, and whether its class `alone` makes its weight."""

    factors: tuple[float, ...]
    alone: bool


@dataclass(frozen=True)
class Roles:
    """What each row counts, belongs to and when it was: arrays of shape (n,), or None.

    `weight` float64, `groups` int64 group numbers, `time` float64 or int64, later is greater.
    `by_class` says what of the weights comes of classes, which no column has.
    """

    weight: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None
    time: NDArray[np.float64] | NDArray[np.int64] | None = None
    by_class: ByClass | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The names of those that the user gave."""
        named = {"weight": self.weight, "groups": self.groups, "time": self.time}
        if self.by_class is not None and self.by_class.alone:
            del named["weight"]
        return tuple(name for name, values in named.items() if values is not None)

    def take(self, rows: NDArray[np.intp]) -> Roles:
        """Return the given rows."""
        return Roles(
            None if self.weight is None else self.weight[rows],
            None if self.groups is None else self.groups[rows],
            None if self.time is None else self.time[rows],
            self.by_class,
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


@dataclass(frozen=True)
class Statements:
    """What a user told of the columns: their kinds, and those that must stay features."""

    columns: Mapping[str, Stated] = field(default_factory=dict)
    kept: Collection[str] = ()

    def refuse_unknown(self, names: Collection[str]) -> None:
        """Raise ConfigError when a column that is told of is not there."""
        for name in self.columns:
            if name not in names:
                known = ", ".join(map(repr, list(names)[:8]))
                raise ConfigError(
                    f"expected columns to name columns of the table, {known}, got {name!r}"
                )


def learn_schema(
    frame: Frame, told: Statements | None = None, most: int = LEARN_ROWS, threads: int = 1
) -> Schema:
    """Return the schema of a frame; of more than `most` rows, codebooks are learned from as many.

    The columns of many rows are learned in up to `threads` threads, which changes nothing of them.

    Raises
    ------
    DataError
        When there is no column to learn from, or a number is infinite.
    """
    told = told or Statements()
    refuse_infinite({n: c for n, c in frame.items() if isinstance(c, Numbers)})
    learned = side_by_side(
        frame.n_rows,
        threads,
        [
            partial(_learned, name, column, told.columns.get(name), most)
            for name, column in frame.items()
        ],
    )
    return useful_schema(_counters_kept(learned, frame, told.kept))


def _learned(name: str, column: RawColumn, stated: Stated | None, most: int) -> Column:
    """Return what a column is; only all rows tell what is constant or empty."""
    if len(column) <= most:
        return recognise(name, column, stated)
    rows = np.linspace(0, len(column) - 1, most).astype(np.intp)
    found = recognise(name, column.take(rows), stated)
    if not found.used or numbers_rows(column):
        return recognise(name, column, stated)
    return found


def _counters_kept(
    columns: Sequence[Column], frame: Mapping[str, RawColumn], kept: Collection[str]
) -> list[Column]:
    """Return the columns, those that number their rows in use where they must be, or all is."""
    alone = not any(column.used for column in columns)
    return [
        number_column(c.name, numbers_of(frame[c.name]))
        if c.kind == "identifier" and numbers_rows(frame[c.name]) and (alone or c.name in kept)
        else c
        for c in columns
    ]


def useful_schema(columns: Sequence[Column]) -> Schema:
    """Return the schema of these columns; when there is none to learn from, raise DataError."""
    if not columns:
        raise DataError("expected a column beside the target, got none")
    schema = Schema(tuple(columns))
    if not schema.used:
        reasons = "; ".join(f"{c.name}: {c.note}" for c in schema.columns[:5])
        raise DataError(f"expected a column to learn from, but all are left out ({reasons})")
    return schema
