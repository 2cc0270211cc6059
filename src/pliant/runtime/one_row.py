"""One row of a frame as a dict, so that a request in a frame is answered as quickly as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_NARROW = 32
"""Columns up to which cells are picked one by one; beyond, pandas hands them all over faster."""


def row_of(data: Any, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the row of a frame of pandas or Polars that has one, its columns of these names.

    Numbers are plain Python ones. None where the frame has other than one row, lacks a column, or
    two columns share a name: the ordinary way says what is wrong.
    """
    if len(data) != 1:
        return None
    if hasattr(data, "iat") and hasattr(data, "columns"):
        return _row_of_pandas(data, names)
    if hasattr(data, "get_column"):
        return None if "Object" in map(str, data.dtypes) else dict(data.row(0, named=True))
    return None


def _row_of_pandas(data: Any, names: Sequence[str]) -> dict[str, Any] | None:
    known = data.columns
    if not known.is_unique:
        return None
    if len(known) > _NARROW:
        return dict(zip(known.tolist(), data.to_numpy(dtype=object)[0].tolist(), strict=True))
    places = {name: place for place, name in enumerate(known.tolist())}
    cells = data.iat
    row: dict[str, Any] = {}
    for name in names:
        place = places.get(name)
        if place is None:
            return None
        value = cells[0, place]
        row[name] = value.item() if _is_number(value) else value
    return row


def _is_number(value: object) -> bool:
    return isinstance(value, np.generic) and value.dtype.kind in "iufb"
