"""Intake: any data a user has -> a frame of raw columns.

Rows as dicts, columns as dicts, NumPy arrays and lists need NumPy alone; anything that speaks the
Arrow C stream interface (pandas, Polars, DuckDB, PyArrow) is read through PyArrow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.errors import DataError
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings, Times

_NUMBER_TYPES = (int, float, bool, Decimal, np.number, np.bool_)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = _EPOCH.resolution


def text_of(value: object) -> str | None:
    """Return a scalar as a category's text, None when it is missing; 3 and 3.0 are both "3"."""
    if isinstance(value, str):
        return value
    if _is_missing(value):
        return None
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def is_boolean(values: object) -> bool:
    """Return whether the values of a column are booleans."""
    dtype = getattr(values, "dtype", None)
    if dtype is not None and str(dtype).lower() in ("bool", "boolean"):
        return True
    if dtype is not None and str(dtype) != "object":
        return False
    if str(getattr(values, "type", "")) == "bool":
        return True
    if isinstance(values, list | tuple | np.ndarray):
        present = [v for v in values if not _is_missing(v)]
        return bool(present) and all(isinstance(v, bool | np.bool_) for v in present)
    return False


def to_frame(data: object) -> Frame:
    """Return any table as a frame; the columns of an array are x0, x1, ...

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
        return _from_mapping(data)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "fetch_arrow_table"):
        from pliant.runtime.arrow import frame_from_arrow

        return frame_from_arrow(data)
    if hasattr(data, "columns") and hasattr(data, "iloc"):
        return _from_pandas(data)
    if isinstance(data, Sequence) and len(data) and all(isinstance(r, Mapping) for r in data):
        return _from_rows(data)
    return _from_array(data)


def column_from_values(values: object) -> RawColumn:
    """Return one column of n values from an array, a series, an Arrow array or a list.

    Raises
    ------
    DataError
        When the values are complex or nested.
    """
    if isinstance(values, np.ndarray):
        return _from_numpy(values)
    if isinstance(values, list | tuple):
        return _from_objects(values)
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        from pliant.runtime.arrow import column_from_arrow

        return column_from_arrow(values)
    return _from_numpy(np.asarray(values))


def _is_missing(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, float | np.floating | np.datetime64):
        return bool(value != value)
    return type(value).__name__ in ("NAType", "NaTType")


def _from_mapping(data: Mapping[Any, Any]) -> Frame:
    """Return a frame from a dict: one row of scalars, or columns."""
    columns: dict[str, RawColumn] = {}
    n_rows = -1
    for name, value in data.items():
        kind = type(value)
        if kind is float or kind is int:
            columns[str(name)] = Numbers(np.array([_float(value)]), kind is int)
            n = 1
        elif kind is str:
            columns[str(name)] = Strings(np.zeros(1, dtype=np.int32), [value])
            n = 1
        else:
            column = _from_scalar(value) if _is_scalar(value) else column_from_values(value)
            columns[str(name)] = column
            n = len(column)
        if n_rows not in (-1, n):
            raise DataError(
                f"expected columns of one length, got {n} values in {name!r} after {n_rows}"
            )
        n_rows = n
    if not columns:
        raise DataError("expected a table with columns, got an empty dict")
    return Frame(columns, n_rows)


def _is_scalar(value: object) -> bool:
    scalar = isinstance(value, str | bytes | date | np.generic | Decimal | float | int)
    return scalar or _is_missing(value) or not hasattr(value, "__len__")


def _from_scalar(value: object) -> RawColumn:
    if _is_missing(value):
        return Numbers(np.array([np.nan]))
    return _from_objects([value])


def _from_rows(rows: Sequence[Mapping[str, Any]]) -> Frame:
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    if not names:
        raise DataError("expected a table with columns, got empty rows")
    columns = {name: _from_objects([row.get(name) for row in rows]) for name in names}
    return Frame(columns, len(rows))


def _from_pandas(data: Any) -> Frame:
    """Return a frame from a pandas table too old for the Arrow C stream interface."""
    names = [str(name) for name in data.columns]
    refuse_duplicates(names)
    columns = {name: _from_numpy(data.iloc[:, j].to_numpy()) for j, name in enumerate(names)}
    return Frame(columns, len(data))


def refuse_duplicates(names: Sequence[str]) -> None:
    """Raise DataError when two columns share a name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"expected column names that differ, got {name!r} twice")
        seen.add(name)


def _from_array(data: object) -> Frame:
    array = data if isinstance(data, np.ndarray) else np.asarray(data)
    if array.dtype.names:
        return Frame({name: _from_numpy(array[name]) for name in array.dtype.names}, len(array))
    if array.ndim != 2:
        kind = f"{array.ndim}D array" if array.ndim else "scalar array"
        raise DataError(
            f"Expected 2D array, got {kind} instead: array={array!r:.60}. Reshape your data either "
            "using array.reshape(-1, 1) if your data has a single feature or "
            "array.reshape(1, -1) if it contains a single sample."
        )
    if array.shape[1] == 0:
        raise DataError(
            f"Found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is required."
        )
    columns = {f"x{j}": _from_numpy(array[:, j]) for j in range(array.shape[1])}
    return Frame(columns, len(array))


def _from_numpy(values: NDArray[Any]) -> RawColumn:
    if values.ndim != 1:
        raise DataError(f"expected a column of one dimension, got the shape {values.shape}")
    kind = values.dtype.kind
    if kind == "c":
        raise DataError("Complex data not supported: expected real numbers in a column")
    if kind in "iufb":
        return Numbers(np.ascontiguousarray(values, dtype=np.float64), kind in "iub")
    if kind == "M":
        missing = np.isnat(values)
        moments = values.astype("datetime64[us]").astype(np.int64)
        return Times(np.where(missing, NOT_A_TIME, moments))
    if kind == "m":
        missing = np.isnat(values)
        return Numbers(np.where(missing, np.nan, values / np.timedelta64(1, "s")))
    if kind in "US":
        levels, indices = np.unique(values, return_inverse=True)
        return Strings(indices.astype(np.int32), [text_of(v.item()) or "" for v in levels])
    return _from_objects(values.tolist())


def _from_objects(values: Sequence[Any]) -> RawColumn:
    """Return a column of Python values: numbers, times or text, whichever holds them all."""
    present = [v for v in values if not _is_missing(v)]
    if all(isinstance(v, _NUMBER_TYPES) for v in present):
        if any(isinstance(v, np.complexfloating) for v in present):
            raise DataError("Complex data not supported: expected real numbers in a column")
        numbers = [np.nan if _is_missing(v) else _float(v) for v in values]
        integral = bool(present) and all(
            isinstance(v, int | np.integer | np.bool_) for v in present
        )
        return Numbers(np.array(numbers, dtype=np.float64), integral)
    if all(isinstance(v, date | np.datetime64) for v in present):
        moments = [NOT_A_TIME if _is_missing(v) else microseconds_of(v) for v in values]
        return Times(np.array(moments, dtype=np.int64))
    for value in present:
        if isinstance(value, complex):
            raise DataError("Complex data not supported: expected real numbers in a column")
        if isinstance(value, Mapping | list | tuple | set | np.ndarray):
            raise TypeError(
                "expected a number, text or a time in each cell, "
                f"got {type(value).__name__}: argument must be a string or a number"
            )
    return _dictionary([text_of(v) for v in values])


def _float(value: Any) -> float:
    """Return a number as float64 holds it; a whole one that is too large is infinite there."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _dictionary(texts: Sequence[str | None]) -> Strings:
    levels: dict[str, int] = {}
    indices = [-1 if t is None else levels.setdefault(t, len(levels)) for t in texts]
    return Strings(np.array(indices, dtype=np.int32), list(levels))


def microseconds_of(value: date | np.datetime64) -> int:
    """Return a time as microseconds since 1970; one that names no zone is in UTC."""
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[us]").astype(np.int64))
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND
