"""Raw columns of one physical type as another: as numbers, as text, as text without "missing"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.grammar import is_missing_word, parse_number
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times
from pliant.runtime.scalars import text_of


def numbers_of(column: RawColumn, decimal: str = ".") -> NDArray[np.float64]:
    """Return float64 values; text that is no number, and times, become missing."""
    if isinstance(column, Numbers):
        return column.values
    if isinstance(column, Times):
        return np.full(len(column), np.nan)
    parsed = [parse_number(level, decimal) for level in column.levels]
    return np.array([*parsed, np.nan], dtype=np.float64)[column.indices]


def strings_of(column: RawColumn) -> Strings:
    """Return the column as text; 3 and 3.0 both become "3"."""
    if isinstance(column, Strings):
        return column
    if isinstance(column, Times):
        missing = column.microseconds == NOT_A_TIME
        values, indices = np.unique(column.microseconds, return_inverse=True)
        levels = [_isoformat(int(v)) if v != NOT_A_TIME else "" for v in values]
    else:
        missing = np.isnan(column.values)
        values, indices = np.unique(column.values, return_inverse=True)
        plain = map(bool, values.tolist()) if column.boolean else values.tolist()
        levels = [text_of(v) or "" for v in plain]
    return Strings(np.where(missing, -1, indices).astype(np.int32), levels)


def spoken(column: RawColumn) -> Strings:
    """Return the column as text, the words for "missing" missing."""
    words = strings_of(column)
    return words.only([not is_missing_word(level) for level in words.levels])


def _isoformat(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us"))
