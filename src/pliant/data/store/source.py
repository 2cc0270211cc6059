"""Sources: what can be packed, as batches of raw columns that are read as often as needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pliant.runtime.raw import Frame, RawColumn, Strings

BATCH_CELLS = 2 << 20
"""Values of a batch: 16 MB as float64."""

MAX_BATCH_ROWS = 1 << 17


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

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.size = sum(arrow_bytes(column) for column in frame.values())
        self.files, self.slow = 1, False
        self.notes: list[str] = []

    def batches(self, texts: Set[str]) -> Iterator[Batch]:
        """Give every row, in order."""
        step = batch_rows(len(self._frame))
        for first in range(0, self._frame.n_rows, step):
            rows = np.arange(first, min(first + step, self._frame.n_rows))
            part = self._frame.take(rows)
            arrow = {name: arrow_bytes(column) for name, column in part.items()}
            done = self.size * (first + len(rows)) // self._frame.n_rows
            yield Batch(part, "the table", first, arrow, done)


def batch_rows(n_columns: int) -> int:
    """Return how many rows of so many columns make a batch."""
    return max(1, min(MAX_BATCH_ROWS, BATCH_CELLS // max(1, n_columns)))


def arrow_bytes(column: RawColumn) -> int:
    """Return the bytes of a column as Arrow: 8 a number or time, 4 a text beside its letters."""
    if not isinstance(column, Strings):
        return 8 * len(column)
    lengths = [len(level.encode("utf-8", "surrogatepass")) for level in column.levels]
    return 4 * len(column) + int(np.array([*lengths, 0])[column.indices].sum())
