"""Weights, groups and times of rows, as a user may give them: arrays, or names of columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.errors import DataError
from pliant.runtime.codebook import strings_of, times_of
from pliant.runtime.intake import column_from_values
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings
from pliant.table.recognise import time_format
from pliant.table.table import Roles


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
    if np.ndim(np.asarray(given)) != 1:
        raise DataError(f"expected {role} to be 1D: Sample weights must be 1D array or scalar")
    column = column_from_values(given)
    if len(column) != frame.n_rows:
        raise DataError(f"expected {frame.n_rows} values of {role}, one a row, got {len(column)}")
    return column


def _weights(column: RawColumn) -> NDArray[np.float64]:
    values = column.values if isinstance(column, Numbers) else np.array([np.nan])
    if not np.isfinite(values).all() or values.min(initial=0.0) < 0:
        raise DataError("expected sample_weight to be finite numbers, at least 0")
    if not values.any():
        raise DataError("expected a sample_weight above 0 in some row, got 0 in all")
    return values * (len(values) / values.sum())


def _groups(column: RawColumn) -> NDArray[np.int64]:
    words = strings_of(column)
    return np.unique(words.indices, return_inverse=True)[1].astype(np.int64)


def _times(column: RawColumn) -> NDArray[np.float64] | NDArray[np.int64]:
    if isinstance(column, Numbers):
        missing, values = np.isnan(column.values), column.values
        if missing.any():
            raise DataError(f"expected a time in every row, row {int(missing.argmax())} has none")
        return values
    format_ = time_format(column.levels) if isinstance(column, Strings) else "iso"
    if format_ is None:
        raise DataError(f"expected times, got text such as {column.levels[0]!r}")  # type: ignore
    moments = times_of(column, format_)
    if (moments == NOT_A_TIME).any():
        row = int((moments == NOT_A_TIME).argmax())
        raise DataError(f"expected a time in every row, row {row} has none")
    return moments
