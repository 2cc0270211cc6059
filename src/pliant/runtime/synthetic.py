"""Specimens: rows to try a model with, made up or like those of an encoded table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.coded import Coded
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings
from pliant.runtime.schema import Schema


def made_up(schema: Schema, n_rows: int) -> Frame:
    """Return rows of values that the columns in use may have; every row is another."""
    rng = np.random.default_rng(0)
    return Frame({name: book.made_up(n_rows, rng) for name, book in schema.books}, n_rows)


def typical(schema: Schema, coded: Coded) -> Frame:
    """Return rows that are encoded as those of a table are; what no codes tell is made up."""
    frame = dict(made_up(schema, len(coded)))
    for name, book, codes in schema.binned:
        told = book.decode(coded.codes[:, codes.start : codes.stop])
        if told is not None:
            frame[name] = told
    for j, (name, words) in enumerate(schema.id_columns):
        frame[name] = words.decode(coded.ids[:, j])
    frame.update(zip(schema.text_columns, coded.texts, strict=True))
    return Frame(frame, len(coded))


def rows_of(frame: Frame, most: int) -> Iterator[dict[str, Any]]:
    """Yield the first rows as dicts of plain Python values, as a service gets them."""
    values = {name: _value_of(column) for name, column in frame.items()}
    for row in range(min(most, frame.n_rows)):
        yield {name: value(row) for name, value in values.items()}


def values_of(frame: Frame, names: Sequence[str]) -> NDArray[np.object_]:
    """Return the plain Python values of some columns, (n, len(names)); whole numbers as such."""
    out = np.empty((frame.n_rows, len(names)), dtype=object)
    for j, name in enumerate(names):
        column, value = frame[name], _value_of(frame[name])
        out[:, j] = [value(row) for row in range(frame.n_rows)]
        if isinstance(column, Numbers) and column.integral:
            out[:, j] = [v if v != v else int(v) for v in out[:, j]]
    return out


def _value_of(column: RawColumn) -> Callable[[int], Any]:
    if isinstance(column, Numbers):
        return lambda row: float(column.values[row])
    if isinstance(column, Strings):
        return lambda row: column.levels[i] if (i := int(column.indices[row])) >= 0 else None
    return lambda row: _time(int(column.microseconds[row]))


def _time(microseconds: int) -> datetime | None:
    return None if microseconds == NOT_A_TIME else datetime.fromtimestamp(microseconds / 1e6, UTC)
