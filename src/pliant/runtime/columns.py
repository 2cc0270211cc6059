"""Columns: arrays, series, Arrow arrays and lists of Python values -> raw columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError, NestedError
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times
from pliant.runtime.scalars import (
    MAX_EXACT,
    NUMBERS,
    TIMES,
    is_missing,
    microseconds_of,
    number_of,
    text_of,
)


def column_from_values(values: object) -> RawColumn:
    """Return one column of n values from an array, a series, an Arrow array or a list.

    Raises
    ------
    DataError
        When the values are complex or nested.
    """
    if isinstance(values, np.ndarray):
        return column_from_numpy(values)
    if isinstance(values, list | tuple):
        return column_from_objects(values)
    if hasattr(values, "iloc"):
        from pliant.runtime.series import column_from_series

        return column_from_series(values)
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        from pliant.runtime.arrow import column_from_arrow

        return column_from_arrow(values)
    return column_from_numpy(np.asarray(values))


def column_from_numpy(values: NDArray[Any]) -> RawColumn:
    """Return the column of a one-dimensional array; what is masked is missing."""
    if values.ndim != 1:
        raise DataError(f"expected a column of one dimension, got the shape {values.shape}")
    if isinstance(values, np.ma.MaskedArray):
        cells = zip(values.data.tolist(), np.ma.getmaskarray(values).tolist(), strict=True)
        return column_from_objects([None if masked else value for value, masked in cells])
    kind = values.dtype.kind
    if kind == "c":
        raise DataError("Complex data not supported: expected real numbers in a column")
    if kind in "iu":
        return _from_whole(values)
    if kind in "fb":
        plain = np.ascontiguousarray(values, dtype=np.float64)
        return Numbers(plain, integral=kind == "b", boolean=kind == "b")
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
    return column_from_objects(values.tolist())


def _from_whole(values: NDArray[Any]) -> RawColumn:
    """Return whole numbers, as text where float64 would merge some."""
    wide = values.dtype.itemsize == 8 and len(values) > 0
    if wide and (int(values.max()) > MAX_EXACT or int(values.min()) < -MAX_EXACT):
        levels, indices = np.unique(values, return_inverse=True)
        return Strings(indices.astype(np.int32), [str(v) for v in levels.tolist()])
    return Numbers(np.ascontiguousarray(values, dtype=np.float64), integral=True)


def column_from_objects(values: Sequence[Any]) -> RawColumn:
    """Return a column of Python values: numbers, times or text, whichever holds them all."""
    present = [v for v in values if not is_missing(v)]
    if all(isinstance(v, NUMBERS) for v in present):
        return _from_numbers(values, present)
    if all(isinstance(v, TIMES) for v in present):
        moments = [NOT_A_TIME if is_missing(v) else microseconds_of(v) for v in values]
        return Times(np.array(moments, dtype=np.int64))
    for value in present:
        if isinstance(value, complex):
            raise DataError("Complex data not supported: expected real numbers in a column")
        if isinstance(value, Mapping | list | tuple | set | np.ndarray):
            raise NestedError(
                "expected a number, text or a time in each cell, "
                f"got {type(value).__name__}: argument must be a string or a number"
            )
    return column_from_texts([text_of(v) for v in values])


def _from_numbers(values: Sequence[Any], present: Sequence[Any]) -> RawColumn:
    if any(isinstance(v, np.complexfloating) for v in present):
        raise DataError("Complex data not supported: expected real numbers in a column")
    boolean = bool(present) and all(isinstance(v, bool | np.bool_) for v in present)
    whole = bool(present) and all(_is_whole(v) for v in present)
    if whole and not boolean and any(abs(int(v)) > MAX_EXACT for v in present):
        return column_from_texts([None if is_missing(v) else str(int(v)) for v in values])
    numbers = [np.nan if is_missing(v) else number_of(v) for v in values]
    return Numbers(np.array(numbers, dtype=np.float64), whole, boolean)


def _is_whole(value: object) -> bool:
    whole = isinstance(value, int | np.integer | np.bool_)
    return whole and not isinstance(value, np.timedelta64)


def column_from_texts(texts: Sequence[str | None]) -> Strings:
    """Return a column of texts, None where missing."""
    levels: dict[str, int] = {}
    indices = [-1 if t is None else levels.setdefault(t, len(levels)) for t in texts]
    return Strings(np.array(indices, dtype=np.int32), list(levels))


def column_of_levels(
    indices: NDArray[np.int32], levels: Sequence[object], categorical: bool = False
) -> Strings:
    """Return a column of numbers of levels, which may be any scalars; equal texts are one level."""
    known: dict[str, int] = {}
    texts = [text_of(level) for level in levels]
    table = [-1 if t is None else known.setdefault(t, len(known)) for t in texts]
    if table == list(range(len(table))):
        return Strings(indices, list(known), categorical)
    return Strings(np.array([*table, -1], dtype=np.int32)[indices], list(known), categorical)


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
        present = [v for v in values if not is_missing(v)]
        return bool(present) and all(isinstance(v, bool | np.bool_) for v in present)
    return False


def named(name: str, make: Callable[[], RawColumn]) -> RawColumn:
    """Return a column; what is wrong with it is said with its name."""
    try:
        return make()
    except DataError as error:
        raise type(error)(f"in column {name!r}: {error}") from None
