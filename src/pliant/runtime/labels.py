"""Labels: opaque values that come back as they came, in memory, in a file of ours, as text.

A label is text, a number, a boolean, bytes, a date, a time or a duration. This module needs NumPy
alone: a model that is loaded to predict uses it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Label = (
    str
    | int
    | float
    | bool
    | bytes
    | date
    | time
    | timedelta
    | Decimal
    | UUID
    | np.datetime64
    | np.timedelta64
)

_INT64, _UINT64 = np.iinfo(np.int64), np.iinfo(np.uint64)


def plain_label(value: Any) -> Label:
    """Return a label as a model holds it; what a file of ours has no word for is its text.

    >>> plain_label(np.int8(3)), plain_label(np.bool_(True)), plain_label(1 + 2j)
    (3, True, '(1+2j)')
    """
    if isinstance(value, np.datetime64 | np.timedelta64):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return value
    if hasattr(value, "to_pydatetime"):  # of pandas: nanoseconds have no place in a datetime
        value = value.to_pydatetime() if value.nanosecond == 0 else str(value)
    if hasattr(value, "to_pytimedelta"):
        return np.timedelta64(value.value, "ns")
    kinds: tuple[Callable[[Any], Label], ...] = (str, int, float, bytes)
    for kind in kinds:
        if isinstance(value, cast("type", kind)):
            return kind(value)  # of a type of its own, such as an enumeration's
    return value if isinstance(value, Label) else str(value)


def label_text(label: Any) -> str:
    """Return how a label is written where there is text alone: CSV, a column's name, a terminal.

    >>> [label_text(v) for v in (True, 1.0, b"u", np.timedelta64(90, "m"), date(2020, 1, 2))]
    ['True', '1.0', 'u', '0 days 01:30:00', '2020-01-02']
    """
    if isinstance(label, bytes):
        return label.decode("utf-8", "backslashreplace")
    if isinstance(label, np.datetime64):
        return str(np.datetime_as_string(label, unit="auto"))
    if isinstance(label, timedelta | np.timedelta64):
        return _duration_text(nanoseconds_of(label))
    if isinstance(label, date | time):
        return label.isoformat()
    return str(label)


def nanoseconds_of(duration: timedelta | np.timedelta64) -> int:
    """Return a duration in nanoseconds, exactly."""
    if isinstance(duration, timedelta):
        return (duration // timedelta(microseconds=1)) * 1000
    unit, step = np.datetime_data(duration.dtype)
    ratio = np.ones(1, f"timedelta64[{step}{unit}]") / np.timedelta64(1, "ns")
    if ratio[0] < 1:
        return int(duration.astype("timedelta64[ns]").astype(np.int64))
    return int(duration.astype(np.int64)) * int(ratio[0])


def _duration_text(nanoseconds: int) -> str:
    seconds, part = divmod(nanoseconds, 10**9)
    days, seconds = divmod(seconds, 86_400)
    fraction = f".{part:09d}".rstrip("0") if part else ""
    deadline = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{days} days {deadline}{fraction}"


def label_array(labels: Sequence[Any]) -> NDArray[Any]:
    """Return labels as an array of their own type; text, and what NumPy would bend, as objects."""
    kinds = {type(label) for label in labels}
    if kinds <= {bool} or kinds <= {float} or kinds <= {np.datetime64} or kinds <= {np.timedelta64}:
        return np.array(labels)
    if kinds == {int}:
        low, high = min(labels), max(labels)
        if low >= _INT64.min and high <= _INT64.max:
            return np.array(labels, dtype=np.int64)
        if low >= 0 and high <= _UINT64.max:
            return np.array(labels, dtype=np.uint64)
    return objects(labels)


def objects(values: Sequence[Any]) -> NDArray[Any]:
    """Return values as an array of objects, whatever they are."""
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out


def as_written(labels: Sequence[Label]) -> NDArray[Any]:
    """Return labels for where there is text alone: whole numbers stay numbers, others are text."""
    array = label_array(labels)
    if array.dtype.kind in "iu":
        return array
    return objects([label_text(label) for label in labels])


def label_to_json(label: Label) -> Any:
    """Return a label as plain data: itself, or an object that names its type."""
    for kind, (type_, write, _) in _TAGGED.items():
        if isinstance(label, type_):
            return {kind: write(label)}
    return label


def json_labels(labels: Sequence[Label]) -> list[Any]:
    """Return labels for JSON that people read: what JSON has no word for is text."""
    return [v if isinstance(v, str | int | float) else label_text(v) for v in labels]


def label_from_json(described: Any) -> Label:
    """Return the label that plain data describes; what describes none raises ValueError."""
    if isinstance(described, str | int | float | bool):
        return described
    if not isinstance(described, dict) or len(described) != 1:
        raise ValueError(f"expected a label, got {described!r}")
    kind, value = next(iter(described.items()))
    if kind not in _TAGGED:
        raise ValueError(f"expected a label of {', '.join(_TAGGED)}, got {kind!r}")
    label: Label = _TAGGED[kind][2](value)
    return label


def _counted(label: Any) -> list[Any]:
    """Return a time or a duration of NumPy as a count and its unit."""
    unit, step = np.datetime_data(label.dtype)
    return [int(label.astype(np.int64)) * step, unit]


def _of_numpy(kind: str) -> Callable[[Any], Any]:
    """Return how a count and its unit become a time or a duration of NumPy."""
    return lambda value: np.array(value[0], dtype=f"{kind}[{value[1]}]")[()]


_MICROSECOND = timedelta(microseconds=1)

_TAGGED: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "datetime64": (np.datetime64, _counted, _of_numpy("datetime64")),
    "timedelta64": (np.timedelta64, _counted, _of_numpy("timedelta64")),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "timedelta": (timedelta, lambda v: v // _MICROSECOND, lambda v: v * _MICROSECOND),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
}
"""Labels that JSON has no word for: how each is written there and read again."""
