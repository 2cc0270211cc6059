"""Arrow columns as targets: the exact values of any type that can be a label."""

from __future__ import annotations

from typing import Any

import numpy as np

from pliant.core.errors import DataError
from pliant.data.labels import MAX_CLASSES, Labels, exact, from_text, labels_of
from pliant.runtime.arrow import column_from_arrow
from pliant.runtime.raw import Numbers

PROBED = 8 * MAX_CLASSES
"""Rows that tell whether text is numbers of a kind that hardly repeat."""


def labels_from_any(values: Any) -> Numbers | Labels | list[Any]:
    """Return a target from a column that speaks the Arrow C interface; as a list if it must be."""
    import pyarrow as pa

    if isinstance(values, pa.Array | pa.ChunkedArray):
        return labels_from_arrow(values)
    try:
        array = (
            pa.array(values, from_pandas=True)
            if hasattr(values, "iloc")
            else pa.chunked_array(values)
        )
        return labels_from_arrow(array)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, _UnknownError):
        found: list[Any] = values.to_list()
        return found


class _UnknownError(DataError):
    """A type whose values are taken one by one."""


def labels_from_arrow(values: Any, written: bool = False) -> Numbers | Labels:
    """Return the target that an Arrow array holds; `written` in a file that has no types."""
    import pyarrow as pa

    chunks = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    types, kind = pa.types, chunks.type
    if types.is_dictionary(kind):
        chunks, kind = chunks.cast(kind.value_type), kind.value_type
    if types.is_floating(kind) or types.is_null(kind):
        return exact(column_from_arrow(chunks))
    if types.is_integer(kind) and not _long(chunks):
        return exact(column_from_arrow(chunks))
    if str(kind) in ("string_view", "binary_view"):
        kind = pa.large_string() if str(kind) == "string_view" else pa.large_binary()
        chunks = chunks.cast(kind)
    if types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
        raise _UnknownError(f"expected labels in the target, got {kind}")
    return _coded(chunks, written)


def _coded(chunks: Any, written: bool) -> Numbers | Labels:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = chunks.type
    plain = pa.types.is_timestamp(kind) and kind.tz is None
    if plain or pa.types.is_duration(kind):
        return labels_of(chunks.to_numpy())
    numbers = _many_numbers(chunks) if written else None
    if numbers is not None:
        return numbers
    if not len(chunks):
        return Numbers(np.empty(0))
    coded = chunks.dictionary_encode().unify_dictionaries().combine_chunks()
    coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
    indices = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    found = coded.dictionary
    if written:
        return from_text(indices, found.to_pylist())
    if len(found) > MAX_CLASSES and (pa.types.is_decimal(kind) or pa.types.is_integer(kind)):
        return Numbers(chunks.cast(pa.float64(), safe=False).to_numpy(), pa.types.is_integer(kind))
    labels = found.to_pylist()
    if pa.types.is_boolean(kind):
        indices = np.append(np.array(labels, dtype=np.int32), -1)[indices]
        labels = [False, True]
    return Labels.of(indices, labels)


def _many_numbers(chunks: Any) -> Numbers | None:
    """Return text as numbers where it is nothing else, and too much of it differs to be labels."""
    import pyarrow as pa

    if len(chunks.slice(0, PROBED).unique()) <= MAX_CLASSES:
        return None
    try:
        return Numbers(chunks.cast(pa.float64()).to_numpy())
    except pa.ArrowInvalid:  # words among them
        return None


def _long(chunks: Any) -> bool:
    """Return whether whole numbers go beyond what float64 holds exactly."""
    import pyarrow.compute as pc

    ends = pc.min_max(chunks).as_py()
    return any(not isinstance(labels_of([v]), Numbers) for v in ends.values() if v is not None)
