"""Tables whose target is kept exactly as it is in the file or the table that it came in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from pliant.core.errors import DataError
from pliant.data.arrow_labels import labels_from_arrow
from pliant.data.labels import labels_of
from pliant.runtime.arrow import frame_from_arrow
from pliant.runtime.intake import to_frame
from pliant.runtime.raw import Frame, Strings

UNTYPED = (".csv", ".tsv", ".txt")
"""Text files that do not say what is a number."""


def answered(table: Any, target: str, written: bool, words: Collection[str] = ()) -> Frame:
    """Return an Arrow table as a frame with an exact target; `written` if it has no types.

    Dictionaries are categories but in columns of `words`.
    """
    if table.column_names.count(target) != 1:
        return _as_written(frame_from_arrow(table, words=words), written)
    column = labels_from_arrow(table.column(target), written)
    others = table.remove_column(table.column_names.index(target))
    frame = frame_from_arrow(others, words=words) if others.num_columns else Frame({}, 0)
    found = _as_written(frame, written)
    ordered = {n: column if n == target else found[n] for n in table.column_names}
    return Frame(ordered, table.num_rows)


def _as_written(frame: Frame, written: bool) -> Frame:
    """Return the frame of a file; words of one without types are marked as what they are."""
    if not written:
        return frame
    columns = {
        n: replace(c, written=True) if isinstance(c, Strings) else c for n, c in frame.items()
    }
    return Frame(columns, frame.n_rows)


def with_target(data: Any, target: str, columns: Collection[str] | None = None) -> Frame:
    """Return any table in memory, or some columns of it, as a frame with an exact target."""
    frame = to_frame(data, columns)
    if target not in frame or isinstance(data, Frame):
        return frame
    values = column_of(data, target)
    return (
        Frame({**frame, target: labels_of(values)}, frame.n_rows) if values is not None else frame
    )


def column_of(data: Any, name: str) -> Any:
    """Return a column of a table by its name, None where it is had in no simple way."""
    if isinstance(data, Sequence) and all(isinstance(row, Mapping) for row in data):
        return [row.get(name) for row in data]
    if isinstance(data, Mapping) or (hasattr(data, "columns") and hasattr(data, "iloc")):
        names = {str(key): key for key in data}
        return data[names[name]]
    if hasattr(data, "get_column"):
        return data.get_column(name)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "fetch_arrow_table"):
        import pyarrow as pa

        return pa.table(data).column(name)
    return None


class OnlyColumn(NamedTuple):
    """A column by itself: its name, if it has one, its values, and whether it was in a table."""

    name: object
    values: object
    of_table: bool = False


def only_column(y: Any) -> OnlyColumn:
    """Return a column that is given by itself, or as a table of nothing else.

    Raises
    ------
    DataError
        When it is a table of several columns.
    """
    if hasattr(y, "collect") and hasattr(y, "collect_schema"):
        y = y.collect()
    names = getattr(y, "column_names", getattr(y, "columns", None))
    if names is None or isinstance(y, np.ndarray):
        return OnlyColumn(getattr(y, "name", None), y)
    names = list(names)
    if len(names) != 1:
        known = ", ".join(map(repr, names[:8]))
        raise DataError(
            "expected y of one column: y should be a 1d array, got a table of "
            f"{len(names)}: {known}"
        )
    if hasattr(y, "iloc"):
        return OnlyColumn(names[0], y.iloc[:, 0], True)
    return OnlyColumn(names[0], column_of(y, names[0]), True)
