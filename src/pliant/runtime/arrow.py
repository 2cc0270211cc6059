"""Arrow data -> raw columns: the one part of the runtime that needs PyArrow."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

import numpy as np

from pliant.core.errors import DataError, NestedError
from pliant.runtime.columns import column_from_texts, column_of_levels, named
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings, Times
from pliant.runtime.scalars import MAX_EXACT, text_of


def frame_from_arrow(
    data: Any, columns: Collection[str] | None = None, words: Collection[str] = ()
) -> Frame:
    """Return a frame from anything that speaks the Arrow C stream interface.

    With `columns`, others are not looked at. Dictionaries are categories but in columns of `words`.

    Raises
    ------
    DataError
        When two columns share a name, or a column is nested.
    """
    import pyarrow as pa

    table = data if isinstance(data, pa.Table) else pa.table(data)
    names = table.column_names
    read = wanted(names, columns)
    if not names:
        raise DataError(
            f"Found array with 0 feature(s) (shape=({table.num_rows}, 0)) "
            "while a minimum of 1 is required."
        )
    found: dict[str, RawColumn] = {
        name: named(name, partial(column_from_chunks, table.column(j)))
        for j, name in read
        if name not in words
    }
    made = {name: _strings(table.column(j)) for j, name in read if name in words}
    return Frame({name: made.get(name) or found[name] for _, name in read}, table.num_rows)


def wanted(names: Collection[str], columns: Collection[str] | None) -> list[tuple[int, str]]:
    """Return place and name of the columns to read, which must not share a name.

    Raises
    ------
    DataError
        When two of them share one.
    """
    known = None if columns is None else frozenset(columns)
    read = [(j, name) for j, name in enumerate(names) if known is None or name in known]
    refuse_duplicates([name for _, name in read])
    return read


def refuse_duplicates(names: Collection[str]) -> None:
    """Raise DataError when two columns share a name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"expected column names that differ, got {name!r} twice")
        seen.add(name)


def column_from_arrow(values: Any) -> RawColumn:
    """Return a column from an Arrow array, or a series that speaks the Arrow C interface."""
    import pyarrow as pa

    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.chunked_array(values)
    chunked = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    return column_from_chunks(chunked)


def column_from_chunks(chunks: Any) -> RawColumn:
    """Return the column of a chunked array.

    Raises
    ------
    DataError
        When it is nested, or of another type that holds no numbers, text or times.
    """
    import pyarrow as pa

    kind, types = chunks.type, pa.types
    if types.is_null(kind):
        return Numbers(np.full(len(chunks), np.nan))
    if types.is_boolean(kind):
        return _numbers(chunks.cast(pa.int8()), integral=True, boolean=True)
    if types.is_integer(kind):
        return _whole(chunks)
    if types.is_floating(kind) or types.is_decimal(kind):
        return _numbers(chunks)
    if types.is_timestamp(kind) or types.is_date(kind):
        return _times(chunks)
    if types.is_duration(kind):
        return _seconds(chunks.cast(pa.duration("us"), safe=False))
    if types.is_time(kind):
        whole = chunks.cast(pa.time64("us")) if types.is_time32(kind) else chunks
        return _seconds(whole.cast(pa.time64("us"), safe=False))
    if types.is_dictionary(kind):
        return _strings(chunks, categorical=True)
    return _texts(chunks)


def _texts(chunks: Any) -> RawColumn:
    import pyarrow as pa

    kind, types = chunks.type, pa.types
    if types.is_string(kind) or types.is_large_string(kind):
        return _strings(chunks)
    if str(kind) == "string_view":
        return _strings(chunks.cast(pa.large_string()))
    if str(kind) == "binary_view":
        return _strings(chunks.cast(pa.large_binary()))
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _strings(chunks)
    if isinstance(kind, pa.BaseExtensionType):
        if types.is_fixed_size_binary(kind.storage_type):  # an UUID is its text
            return column_from_texts([text_of(value) for value in chunks.to_pylist()])
        stored = pa.chunked_array([c.storage for c in chunks.chunks], kind.storage_type)
        return column_from_chunks(stored)
    raise NestedError(f"expected a number, text or a time in each cell, got {kind}")


def _whole(chunks: Any) -> RawColumn:
    """Return whole numbers, as text where float64 would merge some."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if chunks.type.bit_width == 64 and len(chunks):
        ends = pc.min_max(chunks).as_py()
        if max(abs(ends["min"] or 0), abs(ends["max"] or 0)) > MAX_EXACT:
            return _strings(chunks.cast(pa.string()))
    return _numbers(chunks, integral=True)


def _numbers(chunks: Any, integral: bool = False, boolean: bool = False) -> Numbers:
    import pyarrow as pa

    values = chunks.cast(pa.float64(), safe=False) if chunks.type != pa.float64() else chunks
    out = values.to_numpy()
    if not out.flags.c_contiguous or out.dtype != np.float64:
        out = np.ascontiguousarray(out, dtype=np.float64)
    return Numbers(out, integral, boolean)


def _seconds(microseconds: Any) -> Numbers:
    import pyarrow as pa

    return Numbers(_numbers(microseconds.cast(pa.int64())).values / 1e6)


def _times(chunks: Any) -> Times:
    import pyarrow as pa
    import pyarrow.compute as pc

    moments = chunks.cast(pa.timestamp("us", getattr(chunks.type, "tz", None)), safe=False)
    return Times(pc.fill_null(moments.cast(pa.int64()), int(NOT_A_TIME)).to_numpy())


def _strings(chunks: Any, categorical: bool = False) -> Strings:
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = chunks if pa.types.is_dictionary(chunks.type) else pc.dictionary_encode(chunks)
    joined = (
        coded.unify_dictionaries().combine_chunks() if coded.num_chunks != 1 else coded.chunk(0)
    )
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.chunk(0) if joined.num_chunks else pa.array([], coded.type)
    indices = pc.fill_null(joined.indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False)
    return column_of_levels(indices, joined.dictionary.to_pylist(), categorical)
