"""Weights, groups and times of rows, as a user may give them: arrays, or names of columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError
from pliant.data.reading import time_format
from pliant.data.table import Roles
from pliant.runtime.columns import column_from_values
from pliant.runtime.conversions import spoken
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings
from pliant.runtime.times import times_of


@dataclass(frozen=True)
class NamedRoles:
    """The columns of a table that have roles, by name; None where no column has it."""

    weight: str | None = None
    groups: str | None = None
    time: str | None = None

    def __getitem__(self, role: str) -> str | None:
        """Return the column of a role."""
        return {"weight": self.weight, "groups": self.groups, "time": self.time}[role]


def learn_roles(
    frame: Frame, weight: object = None, groups: object = None, time: object = None
) -> tuple[Roles, set[str]]:
    """Return the roles of a frame's rows, and the columns that are no features for it.

    Raises
    ------
    DataError
        When a column is absent, a length differs, or a weight or a time cannot be used.
    """
    left_out = {name for name in (weight, groups) if isinstance(name, str)}
    roles = Roles(
        None if weight is None else _weights(_column("sample_weight", weight, frame)),
        None if groups is None else _groups(_column("groups", groups, frame)),
        None if time is None else _times(_column("time", time, frame)),
    )
    return roles, left_out


def _column(role: str, given: object, frame: Frame) -> RawColumn:
    if isinstance(given, str):
        if given not in frame:
            raise DataError(f"expected {role} to name a column, but there is no column {given!r}")
        return frame[given]
    n_dims = np.ndim(np.asarray(given))
    if n_dims != 1:
        raise DataError(f"expected {role} to be a 1D array, one value a row, got {n_dims}D")
    column = column_from_values(given)
    if len(column) != frame.n_rows:
        raise DataError(f"expected {frame.n_rows} values of {role}, one a row, got {len(column)}")
    return column


def _weights(column: RawColumn) -> NDArray[np.float64]:
    if not isinstance(column, Numbers):
        raise DataError("expected numbers as sample_weight, got text or times")
    values = column.values
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"expected a sample_weight of at least 0 in every row, got {values[row]:g} in row {row}"
        )
    if not values.any():
        raise DataError("expected a sample_weight above 0 in some row, but all weights are zero")
    return np.asarray(values * (len(values) / values.sum()), dtype=np.float64)


def _groups(column: RawColumn) -> NDArray[np.int64]:
    words = spoken(column)
    return np.unique(words.indices, return_inverse=True)[1].astype(np.int64)


def _times(column: RawColumn) -> NDArray[np.float64] | NDArray[np.int64]:
    if isinstance(column, Numbers):
        _refuse_missing(np.isnan(column.values))
        return column.values
    if isinstance(column, Strings):
        format_ = time_format(column.levels)
        if format_ is None:
            example = column.levels[0] if column.levels else None
            raise DataError(f"expected times or numbers as time, got {example!r}")
    else:
        format_ = "iso"
    moments = times_of(column, format_)
    _refuse_missing(moments == NOT_A_TIME)
    return moments


def _refuse_missing(missing: NDArray[np.bool_]) -> None:
    if missing.any():
        raise DataError(f"expected a time in every row, row {int(missing.argmax())} has none")
