"""Cells of a text file: a column is numbers where every cell is a plain one, else words as written.

What the words mean, the schema says, or learns from all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pliant.runtime.grammar import MISSING_WORDS
from pliant.runtime.intake import to_frame
from pliant.runtime.labels import label_text
from pliant.runtime.raw import Numbers
from pliant.runtime.scalars import text_of


def typed_cells(table: Any, texts: Collection[str] = ()) -> Any:
    """Return an Arrow table of text cells with numbers where they are; `texts` stay as written."""
    import pyarrow as pa

    columns = []
    for name, cells in zip(table.column_names, table.columns, strict=True):
        columns.append(cells if name in texts else _typed(cells))
    return pa.Table.from_arrays(columns, names=table.column_names)


def cells_of(types: Mapping[str, Any]) -> Any:
    """Return the options by which CSV text becomes columns of these types; text stays as it is."""
    from pyarrow import csv

    return csv.ConvertOptions(column_types=types, null_values=list(MISSING_WORDS))


def _typed(cells: Any) -> Any:
    """Return cells as numbers, or as text where one is neither a plain number nor missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = _cast(cells)
    if numbers is not None and not _padded(cells):
        return numbers
    trimmed = pc.utf8_trim_whitespace(cells)
    missing = pc.is_in(trimmed, pa.array(MISSING_WORDS, pa.string()))
    nothing = pa.scalar(None, cells.type)
    numbers = _cast(pc.if_else(missing, nothing, trimmed))
    plain = numbers is not None and not _padded(trimmed)
    return numbers if plain else pc.if_else(missing, nothing, cells)


def _padded(cells: Any) -> bool:
    """Return whether a number is written with zeros before it, which makes it a code."""
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(cells, r"^0[0-9]+$")).as_py())


def _cast(cells: Any) -> Any | None:
    import pyarrow as pa

    for kind in (pa.int64(), pa.float64()):
        try:
            return cells.cast(kind)
        except pa.ArrowInvalid:  # the next kind, or a cell that is no number
            continue
    return None


def arrow_of_rows(
    rows: Sequence[Mapping[str, Any]], texts: Collection[str], target: str = ""
) -> Any:
    """Return rows as an Arrow table, numbers or text; columns of `texts` are text.

    The values of the `target` keep their type where they have one.
    """
    import pyarrow as pa

    arrays = {}
    for name, column in to_frame(rows).items():
        values = [row.get(name) for row in rows]
        if name == target:
            arrays[name] = _exact(values)
        elif isinstance(column, Numbers) and name not in texts:
            arrays[name] = pa.array(values, pa.bool_() if column.boolean else pa.float64())
        else:
            arrays[name] = pa.array([text_of(value) for value in values], pa.string())
    return pa.table(arrays)


def _exact(values: Sequence[Any]) -> Any:
    """Return values as an Arrow array of their own type; those of several types as text."""
    import pyarrow as pa

    for kind in (None, pa.uint64()):
        with suppress(pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            return pa.array(values, kind)
    return pa.array([None if v is None else label_text(v) for v in values], pa.string())
