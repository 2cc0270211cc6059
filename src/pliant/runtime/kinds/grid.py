"""Grids of bytes: what an image or a sound of a cell becomes, decoded once, on all processors."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import MediaError
from pliant.core.processors import processors
from pliant.runtime.conversions import spoken
from pliant.runtime.kinds.base import PlaneCodebook
from pliant.runtime.media.blobs import shown
from pliant.runtime.media.places import HERE, MissingFiles, read_cell
from pliant.runtime.media.unreadable import UnreadableError
from pliant.runtime.raw import RawColumn, Strings

MAX_SIDE = 512
"""Pixels of a side, or bands or frames of a sound, at most."""

TOGETHER = 64
"""Cells that a thread decodes at a time; so many and fewer are decoded without threads."""


class GridCodebook(PlaneCodebook):
    """A codebook whose values are grids: pixels of an image, bands and frames of a sound.

    The plane is uint8 (n, H * W * C), C-contiguous, a row a grid in the order height, width,
    channels. A row of zeros is missing; a grid that is 0 throughout is 1 throughout instead.

    A cell holds the bytes of a file, or the path or URL of one; a relative path begins where the
    column says (`Strings.folder`), in the end where the process works.
    """

    noun: ClassVar[str]
    """What a value is, as in "an image"."""

    @property
    def missing_files(self) -> MissingFiles:
        """Whether a file that does not exist is an error, as by default, or a missing value."""
        return "refuse"

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a grid."""

    @property
    def width(self) -> int:
        """How many bytes a row has."""
        return math.prod(self.shape)

    @abstractmethod
    def grid_of(self, data: bytes) -> NDArray[np.uint8]:
        """Return the grid of the bytes of a file, uint8 of `shape`; UnreadableError of others."""

    def encode(self, column: RawColumn) -> NDArray[np.uint8]:
        """Return the plane of n rows; equal cells are decoded once.

        Raises
        ------
        MediaError
            When a file does not exist, or what a cell holds cannot be decoded: of the first such
            row.
        """
        words = spoken(column)
        out = np.zeros((len(words), self.width), dtype=np.uint8)
        levels, first, inverse = np.unique(words.indices, return_index=True, return_inverse=True)
        rows = np.sort(first[levels >= 0])

        def decode(part: NDArray[np.intp]) -> None:
            for row in part.tolist():
                self._write(out[row], words, row)

        _in_parts(rows, decode)
        source = first[inverse]
        again = np.flatnonzero((source != np.arange(len(words))) & (words.indices >= 0))
        for a in range(0, len(again), TOGETHER):  # the copies of a part alone are held
            part = again[a : a + TOGETHER]
            out[part] = out[source[part]]
        return out

    def _write(self, out: NDArray[np.uint8], words: Strings, row: int) -> None:
        text, folder = words.levels[words.indices[row]], words.folder or HERE
        try:
            data = read_cell(text, folder)
        except FileNotFoundError:
            if "allow" in (self.missing_files, folder.missing):
                return
            raise MediaError(
                f"expected {self.noun}, but there is no file {folder.place(text)}", row
            ) from None
        except OSError as error:
            said = error.strerror or str(error)
            raise MediaError(
                f"expected {self.noun} at {folder.place(text)}, but: {said}", row
            ) from None
        try:
            grid = self.grid_of(data)
        except UnreadableError as error:
            raise MediaError(f"{error}, got {shown(text)}", row) from None
        out[:] = grid.reshape(-1)
        if not out.any():
            out[:] = 1


def _in_parts(rows: NDArray[np.intp], work: Callable[[NDArray[np.intp]], None]) -> None:
    """Call `work` with parts of rows, side by side where they are many.

    Of several errors the one of the first part is raised, and what has not begun is left.
    """
    if len(rows) <= TOGETHER:
        work(rows)
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(processors())
    try:
        parts = [rows[a : a + TOGETHER] for a in range(0, len(rows), TOGETHER)]
        for _ in pool.map(work, parts):
            pass
    finally:
        pool.shutdown(cancel_futures=True)
