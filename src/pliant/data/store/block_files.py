"""The files of blocks of an open store, which can be read as long as it is open."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MAX_OPEN = 64
"""Files that a store holds open at most: a process may have as few as 256."""


def block_name(number: int) -> str:
    """Return the name of a store's file of blocks."""
    return f"blocks-{number}.bin"


class BlockFiles:
    """Holds files open, so that they can still be read when a change to the store removed them.

    Those beyond `most`, and all where the system is Windows, are opened when they are read.
    """

    def __init__(self, folder: Path, numbers: Iterable[int], most: int = MAX_OPEN) -> None:
        self._folder, self._numbers, self._most = folder, sorted(set(numbers)), most
        self._held: dict[int, int] = {}
        weakref.finalize(self, _close, self._held)
        for number in self._numbers[:most] if hasattr(os, "pread") else ():
            with suppress(OSError):  # said when it is read
                self._held[number] = os.open(self.path(number), os.O_RDONLY)

    def __reduce__(self) -> tuple[type[BlockFiles], tuple[Path, list[int], int]]:
        """Let a copy, also in another process, open its own."""
        return BlockFiles, (self._folder, self._numbers, self._most)

    @property
    def all_there(self) -> bool:
        """Whether every file is held, or at its place."""
        return all(n in self._held or self.path(n).exists() for n in self._numbers)

    def path(self, number: int) -> Path:
        """Return the place of a file."""
        return self._folder / block_name(number)

    def read(self, number: int, start: int, size: int) -> bytes:
        """Return bytes of a file, fewer at its end; what cannot be read raises OSError."""
        if number in self._held:
            return os.pread(self._held[number], size, start)
        with self.path(number).open("rb") as file:
            file.seek(start)
            return file.read(size)


def _close(held: dict[int, int]) -> None:
    for handle in held.values():
        os.close(handle)
