"""A target as it was given: its exact values, whatever float64 would make of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError
from pliant.runtime.columns import column_from_values
from pliant.runtime.conversions import numbers_of
from pliant.runtime.grammar import DECIMAL_MARKS, is_missing_word
from pliant.runtime.labels import (
    label_from_json,
    label_text,
    label_to_json,
    nanoseconds_of,
    plain_label,
)
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings
from pliant.runtime.scalars import is_missing

EXACT = 2**53
"""Whole numbers up to here are what they are as float64."""

MAX_CLASSES = 1000
"""Different labels that a target may have; with more it is at best one of numbers."""


@dataclass(frozen=True)
class Labels(Strings):
    """A column of labels: `values` are the levels themselves, `levels` how they are written.

    `gap`: the word that the first missing value was written as, empty where it was none.
    """

    values: tuple[Any, ...] = ()
    gap: str = ""

    @classmethod
    def of(cls, indices: NDArray[Any], values: Iterable[Any], written: bool = False) -> Labels:
        """Return the column in which each row is the value of that number, -1 where missing."""
        kept = tuple(values)
        texts = [label_text(v) for v in kept]
        return cls(indices.astype(np.int32), texts, values=kept, written=written)

    def take(self, rows: NDArray[np.intp]) -> Labels:
        """Return the given rows; the levels stay as they are."""
        taken = self.indices[rows]
        return Labels(taken, self.levels, values=self.values, written=self.written, gap=self.gap)


def labels_to_json(column: Labels) -> dict[str, Any]:
    """Return the levels of a column of labels as plain data."""
    values = [label_to_json(plain_label(v)) for v in column.values]
    return {"values": values, "written": column.written, "gap": column.gap}


def labels_from_json(indices: NDArray[np.int32], described: Mapping[str, Any]) -> Labels:
    """Return the column of labels whose levels plain data describes."""
    column = Labels.of(indices, map(label_from_json, described["values"]), described["written"])
    return replace(column, gap=described["gap"])


def labels_of(values: object) -> Numbers | Labels:
    """Return a target of n values: numbers where float64 holds them exactly, else labels.

    Raises
    ------
    DataError
        When the values are complex or nested, or cannot be labels.
    """
    if isinstance(values, np.ma.MaskedArray):
        values = values.tolist()
    dtype = getattr(values, "dtype", None)
    if (isinstance(dtype, np.dtype) and hasattr(values, "to_numpy")) or str(dtype) == "category":
        values = np.asarray(values)
    if isinstance(values, np.ndarray):
        return _from_numpy(values)
    if isinstance(values, list | tuple):
        return _from_objects(values)
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        from pliant.data.arrow_labels import labels_from_any

        found = labels_from_any(values)
        return _from_objects(found) if isinstance(found, list) else found
    return _from_numpy(np.asarray(values))


def exact(column: RawColumn) -> Numbers | Labels:
    """Return a raw column as a target."""
    if isinstance(column, Numbers) and column.boolean:
        truth = np.where(np.isnan(column.values), -1, column.values)
        return Labels.of(truth, (False, True))
    if isinstance(column, Numbers | Labels):
        return column
    if isinstance(column, Strings):
        return Labels(column.indices, column.levels, values=tuple(column.levels))
    return _from_numpy(
        np.where(
            column.microseconds == NOT_A_TIME,
            np.datetime64("NaT"),
            column.microseconds.astype("datetime64[us]"),
        )
    )


def _from_numpy(values: NDArray[Any]) -> Numbers | Labels:
    kind = values.dtype.kind
    if values.ndim != 1 or kind not in "biuMmSU":
        if values.ndim == 1 and kind in "OT":
            return _from_objects(values.tolist())
        return exact(column_from_values(values))
    if kind == "b":
        return Labels.of(values, (False, True))
    if kind in "iu" and not _beyond(values):
        return Numbers(np.ascontiguousarray(values, dtype=np.float64), True)
    found, indices = np.unique(values, return_inverse=True)
    if kind in "iu" and len(found) > MAX_CLASSES:
        return Numbers(values.astype(np.float64), True)
    if kind == "m" and len(found) > MAX_CLASSES:
        return Numbers(values / np.timedelta64(1, "s"))
    if kind in "Mm":
        indices = np.where(np.isnat(values), -1, indices)
        return Labels.of(indices, found[~np.isnat(found)])
    return Labels.of(indices, found.tolist())


def _beyond(values: NDArray[Any]) -> bool:
    """Return whether whole numbers go beyond what float64 holds exactly."""
    if values.dtype.itemsize < 8 or not len(values):
        return False
    return int(values.max()) > EXACT or int(values.min()) < -EXACT


def _from_objects(values: Sequence[Any]) -> Numbers | Labels:
    kinds = {type(v) for v in values if not is_missing(v)}
    if kinds <= {bool, np.bool_}:
        truth = [-1 if is_missing(v) else int(v) for v in values]
        column = Labels.of(np.array(truth), (False, True))
        return column if kinds else Numbers(np.full(len(values), np.nan))
    numbers = int | float | np.integer | np.floating | np.bool_
    plain = all(issubclass(k, numbers) and not issubclass(k, np.timedelta64) for k in kinds)
    if plain and not _long(values, kinds):
        return exact(column_from_values(values))
    if any(issubclass(k, complex | dict | list | tuple | set | np.ndarray) for k in kinds):
        return exact(column_from_values(values))  # says what is wrong
    known: dict[Any, int] = {}
    try:
        indices = [-1 if is_missing(v) else known.setdefault(v, len(known)) for v in values]
    except TypeError:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise DataError(f"expected labels that are values, got objects of {names}") from None
    return Labels.of(np.array(indices, dtype=np.int32), known)


def _long(values: Sequence[Any], kinds: set[type]) -> bool:
    """Return whether Python's numbers are whole, and some beyond what float64 holds exactly."""
    if not all(issubclass(kind, int | np.integer | np.bool_) for kind in kinds):
        return False
    return any(abs(int(v)) > EXACT for v in values if not is_missing(v))


def missing_rows(column: RawColumn) -> NDArray[np.bool_]:
    """Return which rows of a target have no value."""
    if isinstance(column, Numbers):
        return np.isnan(column.values)
    if isinstance(column, Strings):
        return column.indices < 0
    return np.asarray(column.microseconds == NOT_A_TIME)


def numbers_in(column: Numbers | Labels) -> NDArray[np.float64] | None:
    """Return the numbers that a target holds, durations in seconds; None where it holds others.

    Text is a number where it is from a file that has no types.
    """
    if isinstance(column, Numbers):
        return column.values
    used, levels = level_numbers(column)
    if np.isnan(levels).any():
        return None
    table = np.full(len(column.levels) + 1, np.nan)
    table[used] = levels
    return table[column.indices]


def level_numbers(column: Labels) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return which levels occur, and the number that each is, NaN where it is none."""
    used = np.unique(column.indices[column.indices >= 0])
    if not column.written:
        return used, np.array([_number(column.values[i]) for i in used], dtype=np.float64)
    words = [column.levels[i] for i in used]
    texts = Strings(np.arange(len(words), dtype=np.int32), words)
    read = [numbers_of(texts, mark) for mark in DECIMAL_MARKS]
    return used, next((numbers for numbers in read if not np.isnan(numbers).any()), read[0])


def distinct_numbers(column: RawColumn) -> NDArray[np.float64]:
    """Return the numbers that a target holds, not a row each; NaN for what is none."""
    given = exact(column)
    return given.values if isinstance(given, Numbers) else level_numbers(given)[1]


def _number(value: Any) -> float:
    """Return the number that a label is, NaN where it is none."""
    if isinstance(value, timedelta | np.timedelta64):
        return nanoseconds_of(value) / 1e9
    if isinstance(value, int | float | Decimal | np.number | np.bool_):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return math.nan


_KINDS = {"str": "text", "bool": "booleans", "int": "numbers", "float": "numbers"}
_KINDS |= {"Decimal": "numbers", "date": "times", "datetime": "times", "time": "times of day"}
_KINDS |= {"timedelta": "durations", "UUID": "UUIDs"}


def kind_of(value: Any) -> str:
    """Return what people call labels of the type of this one."""
    kind = type(plain_label(value)).__name__.removesuffix("64")
    return _KINDS.get(kind, kind)


def from_text(indices: NDArray[np.int32], words: Sequence[str]) -> Labels:
    """Return a target of a text file, in which some words say that there is no value."""
    rank = np.arange(len(words) + 1, dtype=np.int32)
    kept, gap = list[str](), ""
    rank[-1] = -1
    for number, word in enumerate(words):
        gone = is_missing_word(word)
        rank[number] = -1 if gone else len(kept)
        if not gone:
            kept.append(word)
    found = rank[indices]
    if (found < 0).any():
        first = int(indices[int(np.argmax(found < 0))])
        gap = words[first] if first >= 0 else ""
    return Labels(found, kept, values=tuple(kept), written=True, gap=gap)


def typed(texts: Sequence[str]) -> tuple[Any, ...]:
    """Return the labels that texts of a file without types say.

    They are whole numbers where each is written as Python writes one, numbers likewise, else text:
    what comes back is, letter by letter, what came.

    >>> typed(["1", "2"]), typed(["0.5", "1.0"]), typed(["01", "2"]), typed(["true", "false"])
    ((1, 2), (0.5, 1.0), ('01', '2'), ('true', 'false'))
    """
    for kind in (int, float):
        try:
            made = tuple(kind(text) for text in texts)
        except ValueError:
            continue
        if all(str(v) == text for v, text in zip(made, texts, strict=True)) and all(
            math.isfinite(v) for v in made
        ):
            return made
    return tuple(texts)
