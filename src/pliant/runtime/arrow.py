"""Arrow data -> raw columns: the one part of the runtime that needs PyArrow."""

from __future__ import annotations

from typing import Any

import numpy as np

from pliant.errors import DataError
from pliant.runtime.intake import refuse_duplicates, text_of
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings, Times


def frame_from_arrow(data: Any) -> Frame:
    """Return a frame from anything that speaks the Arrow C stream interface.

    Raises
    ------
    DataError
        When two columns share a name, or a column is nested.
    """
    import pyarrow as pa

    names = getattr(data, "columns", None)
    if names is not None and hasattr(data, "iloc"):
        refuse_duplicates([str(n) for n in names])
        data = pandas_to_arrow(data)
    table = data if isinstance(data, pa.Table) else pa.table(data)
    refuse_duplicates(table.column_names)
    columns = {
        name: _from_chunks(name, table.column(j)) for j, name in enumerate(table.column_names)
    }
    if not columns:
        raise DataError(
            f"Found array with 0 feature(s) (shape=({table.num_rows}, 0)) "
            "while a minimum of 1 is required."
        )
    return Frame(columns, table.num_rows)


def pandas_to_arrow(data: Any) -> Any:
    """Return a pandas table as an Arrow table; a column of mixed objects becomes text."""
    import pyarrow as pa

    arrays = []
    for j in range(data.shape[1]):
        series = data.iloc[:, j]
        if getattr(series.dtype, "kind", "") == "c":
            raise DataError("Complex data not supported: expected real numbers in a column")
        try:
            arrays.append(pa.array(series, from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            texts = [text_of(v) for v in series.tolist()]
            arrays.append(pa.array(texts, pa.string()))
    return pa.Table.from_arrays(arrays, names=[str(n) for n in data.columns])


def column_from_arrow(values: Any) -> RawColumn:
    """Return a column from an Arrow array, or a series that speaks the Arrow C interface."""
    import pyarrow as pa

    if isinstance(values, pa.Array | pa.ChunkedArray):
        array = values
    elif hasattr(values, "iloc"):
        array = pandas_to_arrow(values.to_frame()).column(0)
    else:
        array = pa.chunked_array(values)
    chunked = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    return _from_chunks("values", chunked)


def _from_chunks(name: str, chunks: Any) -> RawColumn:
    import pyarrow as pa

    kind, types = chunks.type, pa.types
    if types.is_null(kind):
        return Numbers(np.full(len(chunks), np.nan))
    if types.is_boolean(kind):
        return _numbers(chunks.cast(pa.int8()), integral=True)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return _numbers(chunks, integral=types.is_integer(kind))
    if types.is_timestamp(kind) or types.is_date(kind):
        return _times(chunks)
    if types.is_duration(kind):
        return _numbers(chunks.cast(pa.duration("us")).cast(pa.int64()), False, 1e-6)
    if types.is_time(kind):
        whole = chunks.cast(pa.time64("us")) if types.is_time32(kind) else chunks
        whole = whole.cast(pa.time64("us"), safe=False) if types.is_time64(kind) else whole
        return _numbers(whole.cast(pa.int64()), False, 1e-6)
    if types.is_dictionary(kind) or types.is_string(kind) or types.is_large_string(kind):
        return _strings(chunks)
    if str(kind) in ("string_view", "binary", "large_binary"):
        return _strings(chunks.cast(pa.large_string()))
    raise DataError(f"expected numbers, text or times in column {name!r}, got {kind}")


def _numbers(chunks: Any, integral: bool, unit: float = 1.0) -> Numbers:
    import pyarrow as pa

    values = chunks.cast(pa.float64(), safe=False) if chunks.type != pa.float64() else chunks
    out = values.to_numpy()
    if not out.flags.c_contiguous or out.dtype != np.float64:
        out = np.ascontiguousarray(out, dtype=np.float64)
    return Numbers(out if unit == 1.0 else out * unit, integral)


def _times(chunks: Any) -> Times:
    import pyarrow as pa
    import pyarrow.compute as pc

    moments = chunks.cast(pa.timestamp("us", getattr(chunks.type, "tz", None)), safe=False)
    return Times(pc.fill_null(moments.cast(pa.int64()), int(NOT_A_TIME)).to_numpy())


def _strings(chunks: Any) -> Strings:
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = chunks if pa.types.is_dictionary(chunks.type) else pc.dictionary_encode(chunks)
    joined = (
        coded.unify_dictionaries().combine_chunks() if coded.num_chunks != 1 else coded.chunk(0)
    )
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.chunk(0) if joined.num_chunks else pa.array([], coded.type)
    indices = pc.fill_null(joined.indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False)
    texts = [text_of(v) for v in joined.dictionary.to_pylist()]
    levels: dict[str, int] = {}
    rank = [-1 if t is None else levels.setdefault(t, len(levels)) for t in texts]
    return Strings(np.array([*rank, -1], dtype=np.int32)[indices], list(levels))
