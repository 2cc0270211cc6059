"""What kinds of images and sounds share: how a column of bytes, paths or URLs is recognised."""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import urlsplit

from pliant.core.errors import ConfigError
from pliant.data.kinds.base import ColumnKind, Spread
from pliant.runtime.conversions import spoken
from pliant.runtime.kinds import Codebook
from pliant.runtime.kinds.grid import MAX_SIDE
from pliant.runtime.media.blobs import HEAD, content_of
from pliant.runtime.media.places import HERE, read_cell
from pliant.runtime.raw import RawColumn, Strings
from pliant.runtime.schema import Column

GLANCED, SAMPLED = 4, 64
"""Cells at which it is seen whether a closer look pays, and cells that are looked at closely."""

_SIZE = re.compile(r"(\d{1,3})(?:x(\d{1,3}))?")


class MediaKind(ColumnKind):
    """A kind whose cells are the bytes of files, or their paths or URLs.

    `suffixes` are those of files that hold such bytes; `noun` is what a value is, "an image".
    """

    suffixes: ClassVar[tuple[str, ...]]
    noun: ClassVar[str]

    def recognise(self, name: str, column: RawColumn, spread: Spread | None) -> Column | None:
        """Return a column whose cells all look like it; of paths, one at least must be there."""
        if not isinstance(column, Strings) or spread is None or not spread.asks(column):
            return None
        if not any(map(self._looks, column.levels[:GLANCED])):
            return None
        sample = list(sampled(column))
        if not sample or not all(map(self._looks, sample)):
            return None
        return self.stated(name, column) if self._some_are_there(sample, column) else None

    def stated(self, name: str, column: RawColumn, mark: str = "") -> Column:
        """Return a column that is stated to be of this kind, of the size that `mark` says."""
        words = spoken(column) if isinstance(column, Strings) else None
        if words is None or not (words.indices >= 0).any():
            return Column(name, "empty", note=f"no value is {self.noun}")
        return Column(name, self.name, self.learned(words, mark))

    def learn(self, column: RawColumn) -> Codebook:
        """Return the codebook of a column, its size learned."""
        return self.learned(spoken(column), "")

    @abstractmethod
    def learned(self, column: Strings, mark: str) -> Codebook:
        """Return the codebook of a column; of the size that `mark` says, if it says one."""

    def refuse_mark(self, name: str, mark: str, text: str) -> None:
        """Raise ConfigError unless `mark` is a size, as in "32" or "48x64"."""
        if mark and size_of(mark) is None:
            raise ConfigError(
                f"expected {self.name} alone or with a size up to {MAX_SIDE} for column {name!r}, "
                f"as in {self.name}:32 or {self.name}:48x64, got {text!r}"
            )

    def _looks(self, text: str) -> bool:
        kind = content_of(text[:HEAD])
        if kind:
            return kind == self.name
        path = urlsplit(text).path if "://" in text else text
        return path.lower().endswith(self.suffixes)

    def _some_are_there(self, sample: list[str], column: Strings) -> bool:
        folder = column.folder or HERE
        return any(
            bool(content_of(text[:HEAD])) or "://" in text or os.path.isfile(folder.place(text))
            for text in sample
        )


def sampled(column: Strings) -> Iterator[str]:
    """Give some of the cells, evenly from all."""
    there = [i for i in dict.fromkeys(column.indices.tolist()) if i >= 0]
    for i in there[:: max(1, len(there) // SAMPLED)]:
        yield column.levels[i]


def bytes_sampled(column: Strings) -> Iterator[bytes]:
    """Give the bytes of some of the cells; of those that cannot be read, none."""
    for text in sampled(column):
        try:
            yield read_cell(text, column.folder or HERE)
        except OSError:  # told with its row when all are read
            continue


def size_of(mark: str) -> tuple[int, int] | None:
    """Return the size that a text says, height and width; None of any other text.

    Examples
    --------
    >>> size_of("32"), size_of("48x64"), size_of("big")
    ((32, 32), (48, 64), None)
    >>> size_of("0") or size_of("999x4")
    """
    match = _SIZE.fullmatch(mark)
    if match is None:
        return None
    height, width = int(match[1]), int(match[2] or match[1])
    return (height, width) if 1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE else None
