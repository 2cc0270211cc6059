"""Specimens: rows to try a model with, made up or like those of an encoded table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.codebook import FIRST_LEVEL, CategoryCodebook, NumberCodebook
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings, Times
from pliant.runtime.schema import Coded, Column, Schema

FIRST_DAY, DAYS, DAY = 10_957, 9_131, 86_400_000_000
"""Times that are made up lie in the years 2000 to 2024."""

N_TEXTS = 100


def made_up(schema: Schema, n_rows: int) -> Frame:
    """Return rows of values that the columns in use may have; every row is another."""
    rng = np.random.default_rng(0)
    return Frame({c.name: _column(c, n_rows, rng) for c in schema.used}, n_rows)


def _column(column: Column, n_rows: int, rng: np.random.Generator) -> RawColumn:
    book = column.codebook
    if isinstance(book, NumberCodebook):
        edges = book.edges if len(book.edges) else np.zeros(1)
        return Numbers(rng.choice(edges, n_rows))
    if isinstance(book, CategoryCodebook):
        levels = list(book.levels) or [""]
        return Strings(rng.integers(0, len(levels), n_rows).astype(np.int32), levels)
    if column.kind == "time":
        return Times((FIRST_DAY + rng.integers(0, DAYS, n_rows)) * DAY)
    texts = [f"some words of text {n}" for n in range(N_TEXTS)]
    return Strings(rng.integers(0, len(texts), n_rows).astype(np.int32), texts)


def typical(schema: Schema, coded: Coded) -> Frame:
    """Return rows that are encoded as those of a table are; only their times are made up."""
    frame = dict(made_up(schema, len(coded)))
    codes = {name: coded.codes[:, j] for j, (name, _) in enumerate(schema.code_columns)}
    for column in schema.used:
        if isinstance(column.codebook, NumberCodebook):
            frame[column.name] = Numbers(_inside(codes[column.name], column.codebook.edges))
    for j, (name, book) in enumerate(schema.id_columns):
        frame[name] = _levels(coded.ids[:, j], book)
    frame.update(zip(schema.text_columns, coded.texts, strict=True))
    return Frame(frame, len(coded))


def _inside(codes: NDArray[np.uint8], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 (n,) numbers that have these codes: each the greatest of its bin."""
    last = np.nextafter(edges[-1], np.inf) if len(edges) else 0.0
    return np.concatenate([[np.nan], edges, [last]])[codes]


def _levels(ids: NDArray[np.int32], book: CategoryCodebook) -> Strings:
    """Return words that have these ids."""
    unseen = "unseen"
    while unseen in book.ids:
        unseen += "_"
    return Strings(ids - FIRST_LEVEL + 1, [unseen, *book.levels])


def rows_of(frame: Frame, most: int) -> Iterator[dict[str, Any]]:
    """Yield the first rows as dicts of plain Python values, as a service gets them."""
    values = {name: _value_of(column) for name, column in frame.items()}
    for row in range(min(most, frame.n_rows)):
        yield {name: value(row) for name, value in values.items()}


def _value_of(column: RawColumn) -> Callable[[int], Any]:
    if isinstance(column, Numbers):
        return lambda row: float(column.values[row])
    if isinstance(column, Strings):
        return lambda row: column.levels[i] if (i := int(column.indices[row])) >= 0 else None
    return lambda row: _time(int(column.microseconds[row]))


def _time(microseconds: int) -> datetime | None:
    return None if microseconds == NOT_A_TIME else datetime.fromtimestamp(microseconds / 1e6, UTC)
