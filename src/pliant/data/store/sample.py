"""A uniform sample of rows from a stream of unknown length, and raw columns joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.core.config import refuse_below_one
from pliant.data.kinds.category import MAX_LEVELS
from pliant.data.store.partition import SAMPLE, row_keys
from pliant.data.table import LEARN_ROWS
from pliant.runtime.conversions import numbers_of, strings_of
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings, Times


@dataclass(frozen=True)
class Sampling:
    """From how much of all rows it is learned what columns are, and how they are coded.

    Parameters
    ----------
    rows : int
        Rows from which codebooks are learned, at most.
    cells : int
        Values of those rows, at most: 64 MB as float64.
    min_rows : int
        Rows that are taken however many columns there are.
    texts : int
        Texts that are held with their counts, those of all columns together.
    max_levels : int
        Words that the dictionary of a column keeps; rarer ones are read as unseen.
    max_targets : int
        Different targets of a regression up to which a row keeps the number of one, not the value.

    Raises
    ------
    ConfigError
        When one is no whole number from 1 on.

    Examples
    --------
    >>> Sampling().rows_of(10), Sampling().rows_of(1_000)
    (100000, 8000)
    """

    rows: int = LEARN_ROWS
    cells: int = 8_000_000
    min_rows: int = 5_000
    texts: int = 600_000
    max_levels: int = MAX_LEVELS
    max_targets: int = 65_536

    def __post_init__(self) -> None:
        refuse_below_one(self)

    def rows_of(self, n_columns: int) -> int:
        """Return from how many rows of so many columns codebooks are learned."""
        return min(self.rows, max(self.min_rows, self.cells // n_columns))

    def texts_of(self, n_columns: int) -> int:
        """Return how many texts of each of so many columns of words are held with their counts."""
        return max(1000, min(2 * self.max_levels, self.texts // max(1, n_columns)))


class RowSample:
    """Keeps the `most` rows of the smallest keys: a bottom-k sample (Cohen and Kaplan, 2007).

    Every row has the same chance; of a table of at most `most` rows it is all of them, in order.
    """

    def __init__(self, most: int, seed: int) -> None:
        self._most, self._seed = most, seed
        self._below = np.uint64(2**64 - 1)
        self._parts: list[tuple[NDArray[np.uint64], Frame]] = []

    def add(self, frame: Frame, first: int) -> None:
        """Take a batch, whose first row is row `first` of the whole table."""
        keys = row_keys(first, frame.n_rows, SAMPLE, self._seed)
        rows = np.flatnonzero(keys <= self._below)
        self._parts.append((keys[rows], _taken(frame, rows)))
        if sum(len(keys) for keys, _ in self._parts) > 2 * self._most:
            self._thin()

    def frame(self) -> Frame:
        """Return the sampled rows in their order."""
        self._thin()
        frames = [frame for _, frame in self._parts]
        names = list(frames[0])
        columns = {name: join_columns([frame[name] for frame in frames]) for name in names}
        return Frame(columns, sum(frame.n_rows for frame in frames))

    def _thin(self) -> None:
        keys = np.concatenate([keys for keys, _ in self._parts])
        if len(keys) <= self._most:
            return
        self._below = np.partition(keys, self._most - 1)[self._most - 1]
        kept = [(keys, np.flatnonzero(keys <= self._below), f) for keys, f in self._parts]
        self._parts = [(keys[rows], _taken(f, rows)) for keys, rows, f in kept if len(rows)]


def _taken(frame: Frame, rows: NDArray[np.intp]) -> Frame:
    taken = {name: column.take(rows) for name, column in frame.items()}
    compact = {n: _compact(c) if isinstance(c, Strings) else c for n, c in taken.items()}
    return Frame(compact, len(rows))


def _compact(column: Strings) -> Strings:
    """Return the column with the levels that it uses, and no others."""
    used, indices = np.unique(column.indices, return_inverse=True)
    missing = int(len(used) > 0 and used[0] < 0)
    levels = [column.levels[i] for i in used[missing:]]
    return Strings((indices - missing).astype(np.int32), levels, folder=column.folder)


def join_columns(parts: Sequence[RawColumn]) -> RawColumn:
    """Return the parts one after another; where their types differ, as text.

    A part without any value has no type of its own.
    """
    kinds = {type(part) for part in parts if has_values(part)} or {Numbers}
    kind = kinds.pop() if len(kinds) == 1 else Strings
    if kind is Numbers:
        numbers = [p if isinstance(p, Numbers) else Numbers(numbers_of(p)) for p in parts]
        integral = all(part.integral for part in numbers if has_values(part))
        return Numbers(np.concatenate([part.values for part in numbers]), integral)
    if kind is Times:
        return Times(np.concatenate([_moments(part) for part in parts]))
    return _joined_strings([strings_of(part) for part in parts])


def has_values(column: RawColumn) -> bool:
    """Return whether some value is there."""
    if isinstance(column, Numbers):
        return not np.isnan(column.values).all()
    if isinstance(column, Times):
        return not (column.microseconds == NOT_A_TIME).all()
    return bool((column.indices >= 0).any())


def _moments(part: RawColumn) -> NDArray[np.int64]:
    return part.microseconds if isinstance(part, Times) else np.full(len(part), NOT_A_TIME)


def _joined_strings(parts: Sequence[Strings]) -> Strings:
    levels: dict[str, int] = {}
    indices = []
    for part in parts:
        table = [levels.setdefault(level, len(levels)) for level in part.levels]
        indices.append(np.array([*table, -1], dtype=np.int32)[part.indices])
    return Strings(np.concatenate(indices), list(levels), folder=parts[0].folder)
