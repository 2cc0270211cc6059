"""Intake: any data a user has -> a frame of raw columns.

Rows as dicts or tuples, columns as dicts, NumPy arrays and lists need NumPy alone; pandas is asked
for its own arrays, and anything else that speaks the Arrow C stream interface (Polars, DuckDB,
PyArrow) is read through PyArrow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeGuard

import numpy as np

from pliant.core.errors import DataError
from pliant.runtime.columns import (
    column_from_numpy,
    column_from_objects,
    column_from_values,
    named,
)
from pliant.runtime.raw import Frame, Numbers, RawColumn, Strings
from pliant.runtime.scalars import MAX_EXACT, is_missing

_SCALARS = (str, bytes, date, time, timedelta, np.generic, Decimal, float, int)


def to_frame(data: object, columns: Collection[str] | None = None) -> Frame:
    """Return any table as a frame; the columns of an array are x0, x1, ...

    With `columns`, others of a table that names its columns are not looked at.

    Raises
    ------
    DataError
        When the data is no table, has no columns, or two columns share a name.
    """
    if isinstance(data, Frame):
        return data
    if hasattr(data, "toarray") and hasattr(data, "nnz"):
        raise TypeError(
            "Sparse data was passed, but dense data is required: "
            "expected a dense table, use X.toarray()"
        )
    if isinstance(data, Mapping):
        return _from_mapping(data, columns)
    if hasattr(data, "iloc"):
        return _from_pandas(data, columns)
    if hasattr(data, "collect") and hasattr(data, "collect_schema"):  # Polars' lazy frames
        data = data.collect()
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "fetch_arrow_table"):
        return _from_arrow(data, columns)
    if isinstance(data, Sequence) and len(data) and all(isinstance(r, Mapping) for r in data):
        return _from_rows(data, columns)
    return _from_array(data)


def _from_mapping(data: Mapping[Any, Any], only: Collection[str] | None) -> Frame:
    """Return a frame from a dict: one row of scalars, or columns."""
    columns: dict[str, RawColumn] = {}
    n_rows = -1
    for key, value in data.items():
        name = str(key)
        if only is not None and name not in only:
            continue
        column = _from_value(name, value)
        n = len(column)
        if n_rows not in (-1, n):
            raise DataError(
                f"expected columns of one length, got {n} values in {name!r} after {n_rows}"
            )
        columns[name] = column
        n_rows = n
    if not data:
        raise DataError("expected a table with columns, got an empty dict")
    return Frame(columns, max(n_rows, 0))


def _from_value(name: str, value: object) -> RawColumn:
    """Return the column of a scalar, which is one row, or of values."""
    kind = type(value)
    if kind is float:
        return Numbers(np.array([value]))
    if kind is int and -MAX_EXACT <= value <= MAX_EXACT:  # type: ignore[operator]
        return Numbers(np.array([value], dtype=np.float64), integral=True)
    if kind is str:
        return Strings(np.zeros(1, dtype=np.int32), [value])  # type: ignore[list-item]
    if isinstance(value, _SCALARS) or is_missing(value) or not hasattr(value, "__len__"):
        return named(name, lambda: column_from_objects([value]))
    return named(name, lambda: column_from_values(value))


def _from_rows(rows: Sequence[Mapping[str, Any]], only: Collection[str] | None) -> Frame:
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    if not names:
        raise DataError("expected a table with columns, got empty rows")
    read = [name for name in names if only is None or name in only]
    columns = {name: named(name, partial(_of_rows, rows, name)) for name in read}
    return Frame(columns, len(rows))


def _of_rows(rows: Sequence[Mapping[str, Any]], name: str) -> RawColumn:
    return column_from_objects([row.get(name) for row in rows])


def _from_pandas(data: Any, only: Collection[str] | None) -> Frame:
    from pliant.runtime.arrow import wanted
    from pliant.runtime.series import column_from_series

    if not hasattr(data, "columns"):  # a series: one row where its values have names
        if len(data) and all(isinstance(name, str) for name in data.index):
            return _from_mapping(data.to_dict(), only)
        return _from_array(data.to_numpy())
    names = [str(name) for name in data.columns]
    if not names:
        raise DataError(
            f"Found array with 0 feature(s) (shape=({len(data)}, 0)) "
            "while a minimum of 1 is required."
        )
    columns = {
        name: named(name, partial(column_from_series, data.iloc[:, j]))
        for j, name in wanted(names, only)
    }
    return Frame(columns, len(data))


def _from_arrow(data: Any, only: Collection[str] | None) -> Frame:
    from pliant.runtime.arrow import frame_from_arrow

    if not hasattr(data, "columns") and not hasattr(data, "schema"):
        raise DataError(_NOT_2D.format("1D array", data))
    if hasattr(data, "get_column") and hasattr(data, "schema"):
        return _from_polars(data, only)
    return frame_from_arrow(data, only)


def _from_polars(data: Any, only: Collection[str] | None) -> Frame:
    """Return a frame of Polars; what Arrow does not hold there is read value by value."""
    from pliant.runtime.arrow import column_from_arrow

    columns: dict[str, RawColumn] = {}
    for name, dtype in data.schema.items():
        if only is None or name in only:
            series = data.get_column(name)
            if str(dtype) in _NOT_ARROW:
                make = partial(column_from_objects, series.to_list())
            else:
                make = partial(column_from_arrow, series)
            columns[name] = named(name, make)
    if not data.width:
        raise DataError("expected a table with columns, got a frame without")
    return Frame(columns, data.height)


_NOT_ARROW = ("Object", "Int128", "UInt128")
"""Types of Polars that come through Arrow as something else, or not at all."""

_NOT_2D = (
    "Expected 2D array, got {} instead: array={!r:.60}. Reshape your data either "
    "using array.reshape(-1, 1) if your data has a single feature or "
    "array.reshape(1, -1) if it contains a single sample."
)


def are_files(data: object) -> TypeGuard[Sequence[bytes]]:
    """Return whether data is a list of the bytes of files: a column of images or sounds."""
    return isinstance(data, list | tuple) and len(data) > 0 and isinstance(data[0], bytes)


def _from_array(data: object) -> Frame:
    if are_files(data):
        return Frame({"x0": column_from_objects(data)}, len(data))
    if isinstance(data, Sequence) and len(data) and all(isinstance(r, tuple) for r in data):
        return _from_tuples(data)
    array = data if isinstance(data, np.ndarray) else np.asarray(data)
    if array.dtype.names:
        names = array.dtype.names
        return Frame({name: column_from_numpy(array[name]) for name in names}, len(array))
    if array.ndim != 2:
        kind = f"{array.ndim}D array" if array.ndim else "scalar array"
        raise DataError(_NOT_2D.format(kind, array))
    if array.shape[1] == 0:
        raise DataError(
            f"Found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is required."
        )
    columns = {f"x{j}": column_from_numpy(array[:, j]) for j in range(array.shape[1])}
    return Frame(columns, len(array))


def _from_tuples(rows: Sequence[tuple[Any, ...]]) -> Frame:
    """Return rows as tuples: named where they are named tuples, each value as it is."""
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise DataError(f"expected rows of one length, got {sorted({len(r) for r in rows})}")
    names = list(getattr(rows[0], "_fields", [f"x{j}" for j in range(width)]))
    columns = {
        name: named(name, partial(column_from_objects, values))
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    return Frame(columns, len(rows))
