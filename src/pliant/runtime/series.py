"""Series of pandas -> raw columns: NumPy's own types as they are, others by what they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pliant.runtime.columns import (
    column_from_numpy,
    column_from_objects,
    column_from_texts,
    column_of_levels,
)
from pliant.runtime.raw import RawColumn
from pliant.runtime.scalars import text_of

_FEW = 64
"""Values up to which a column of objects is read one by one, faster than through Arrow."""


def column_from_series(series: Any) -> RawColumn:
    """Return the column of a series.

    Raises
    ------
    DataError
        When the values are complex or nested.
    """
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        if dtype.kind != "O":
            return column_from_numpy(series.to_numpy())
        return _from_objects(series)
    name = type(dtype).__name__
    if name == "CategoricalDtype":
        codes = series.cat.codes.to_numpy().astype(np.int32)
        return column_of_levels(codes, series.cat.categories.tolist(), categorical=True)
    if name == "SparseDtype":
        return column_from_numpy(np.asarray(series))
    if name in ("IntervalDtype", "PeriodDtype"):
        words = column_from_texts([text_of(value) for value in series.tolist()])
        return replace(words, categorical=True)
    if len(series) <= _FEW:
        return column_from_objects(series.tolist())
    return _from_objects(series)


def _from_objects(series: Any) -> RawColumn:
    """Return a column of objects, or of a type that is not NumPy's, by way of Arrow."""
    if len(series) <= _FEW:
        return column_from_objects(series.tolist())
    import pyarrow as pa

    from pliant.runtime.arrow import column_from_arrow

    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return column_from_objects(series.tolist())
    return column_from_arrow(array)
