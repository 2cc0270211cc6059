"""Sources: what can be packed, as batches of raw columns that are read as often as needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from pliant.core.config import refuse_below_one
from pliant.runtime.raw import Frame, RawColumn, Strings


@dataclass(frozen=True)
class BatchSize:
    """How much of a source is in memory at a time.

    Parameters
    ----------
    rows : int
        Rows of a batch, at most.
    cells : int
        Values of a batch, at most: 16 MB as float64.
    text_bytes : int
        Bytes of text that are parsed together; a longer row is taken whole.
    file_bytes : int
        Bytes of images and sounds that are read together, and of them decoded, about.
    row_bytes : int
        Bytes that a row of text may have, so that an open quote does not take in a whole file.

    Raises
    ------
    ConfigError
        When one is no whole number from 1 on.

    Examples
    --------
    >>> BatchSize().rows_of(10), BatchSize().rows_of(1_000)
    (131072, 2097)
    """

    rows: int = 1 << 17
    cells: int = 2 << 20
    text_bytes: int = 8 << 20
    row_bytes: int = 64 << 20
    file_bytes: int = 64 << 20

    def __post_init__(self) -> None:
        refuse_below_one(self)

    def rows_of(self, n_columns: int) -> int:
        """Return how many rows of so many columns make a batch."""
        return max(1, min(self.rows, self.cells // max(1, n_columns)))


@dataclass(frozen=True)
class Batch:
    """Some rows in a row: `file` is where they are from, `first` the number of the first there.

    `arrow` is the bytes of each column as Arrow holds it; `read` how much of the source's bytes
    has been read; `typed` whether the source itself says what is a number and what is text.
    """

    frame: Frame
    file: str
    first: int
    arrow: Mapping[str, int]
    read: int
    typed: bool = True

    def part(self, first: int, stop: int) -> Batch:
        """Return the rows from `first` to `stop` - 1."""
        rows = np.arange(first, min(stop, self.frame.n_rows))
        return replace(self, frame=self.frame.take(rows), first=self.first + first)


class Source(Protocol):
    """Files or a table: `size` bytes in all, `files` of them.

    `slow` says that reading takes much longer than reading again what was read would; `notes` are
    what is to be said of it once it was read.
    """

    size: int
    files: int
    slow: bool
    notes: list[str]

    def batches(self, texts: Set[str]) -> Iterator[Batch]:
        """Give every row, in order; columns of `texts` are read as text, letter by letter."""


class FrameSource:
    """A table in memory."""

    def __init__(self, frame: Frame, batch: BatchSize | None = None) -> None:
        self._frame, self._batch = frame, batch or BatchSize()
        self.size = sum(arrow_bytes(column) for column in frame.values())
        self.files, self.slow = 1, False
        self.notes: list[str] = []

    def batches(self, texts: Set[str]) -> Iterator[Batch]:
        """Give every row, in order."""
        step = self._batch.rows_of(len(self._frame))
        for first in range(0, self._frame.n_rows, step):
            rows = np.arange(first, min(first + step, self._frame.n_rows))
            part = self._frame.take(rows)
            arrow = {name: arrow_bytes(column) for name, column in part.items()}
            done = self.size * (first + len(rows)) // self._frame.n_rows
            yield Batch(part, "the table", first, arrow, done)


def arrow_bytes(column: RawColumn) -> int:
    """Return the bytes of a column as Arrow: 8 a number or time, 4 a text beside its letters."""
    if not isinstance(column, Strings):
        return 8 * len(column)
    lengths = [len(level.encode("utf-8", "surrogatepass")) for level in column.levels]
    return 4 * len(column) + int(np.array([*lengths, 0])[column.indices].sum())
