"""Changes to a store's folder: one process at a time, and whole or not at all.

A change writes a file of blocks that no manifest names; then its manifest takes the place of the
former one, by a rename. So the folder is a whole store at every moment: the former one before the
rename, the new one after it. Files that the manifest does not name are removed in the end, those
too that processes left which were killed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from pliant.core.atomic import left_over, refused, scratch_folder, sync_names
from pliant.core.errors import DataError, SaveError
from pliant.core.locks import try_lock
from pliant.data.store.block_files import block_name
from pliant.data.store.manifest import NAME, Manifest, read_manifest

LOCK, BLOCKS = "lock", "blocks-*.bin"
POLL = 0.05
"""Seconds between two looks at whether a store is free."""


@contextmanager
def held(folder: Path, waiting: Callable[[], None]) -> Iterator[bool]:
    """Hold a store, once whoever holds it is through; `waiting` is called while that lasts.

    Gives whether others are really kept out: not on file systems without locks.

    Raises
    ------
    SaveError
        When the folder cannot be written to, for instance because the disk is full.
    """
    try:
        lock = try_lock(folder / LOCK)
        while lock is None:
            waiting()
            time.sleep(POLL)
            lock = try_lock(folder / LOCK)
        with closing(lock):
            yield lock.real
    except SaveError:
        raise
    except OSError as error:
        raise refused(folder, error) from None


class Change:
    """A file of blocks that is being written, and at last the manifest that names it.

    `number` is that of the file, `aside` a folder for what has to wait, gone in the end.
    """

    def __init__(self, folder: Path, known: str, number: int, file: IO[bytes], aside: Path) -> None:
        self._folder, self._known = folder, known
        self.number, self.file, self.aside = number, file, aside

    def commit(self, manifest: Manifest) -> None:
        """Let the store be what a manifest says.

        Raises
        ------
        SaveError
            When it cannot be written, or another process, which no lock kept out, was quicker.
        """
        self.file.flush()
        os.fsync(self.file.fileno())
        sync_names(self._folder)
        blocks = self._folder / block_name(self.number)
        if fingerprint(self._folder) != self._known or not blocks.exists():
            raise SaveError(
                f"expected {self._folder} as it was when this began, but another process has "
                "written to it since, which no lock of that file system kept out: try again"
            )
        manifest.write(self._folder)


@contextmanager
def changed(folder: Path, known: str, alone: bool) -> Iterator[Change]:
    """Give a change to a store, which is as it was unless that is committed.

    `known` is the fingerprint of the manifest that it builds on, `alone` whether nobody else can
    be at work there. What goes wrong in writing comes as OSError or SaveError.
    """
    former = set[str]()
    if not alone:
        with suppress(DataError):
            former = _named(folder)
    number, file = _new_blocks(folder)
    try:
        with file, scratch_folder(folder / block_name(number)) as aside:
            yield Change(folder, known, number, file, aside)
    finally:
        _sweep(folder, {block_name(number), *former}, alone)


def fingerprint(folder: Path) -> str:
    """Return what tells the manifest of a store from any other; empty where there is none."""
    try:
        return hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    except OSError:
        return ""


def _new_blocks(folder: Path) -> tuple[int, IO[bytes]]:
    """Return a file that nobody had before, and its number."""
    taken = [path.stem.removeprefix("blocks-") for path in folder.glob(BLOCKS)]
    number = 1 + max((int(found) for found in taken if found.isdigit()), default=-1)
    while True:
        try:
            return number, (folder / block_name(number)).open("xb")
        except FileExistsError:
            number += 1


def _named(folder: Path) -> set[str]:
    """Return the names of the files of blocks that a manifest names."""
    return {block_name(block.file) for block in read_manifest(folder).blocks}


def _sweep(folder: Path, ours: set[str], alone: bool) -> None:
    """Remove what the manifest does not name: all of it, or what is `ours` where others may write.

    Where the manifest cannot be read, nothing is: it may name anything.
    """
    with suppress(OSError, DataError):
        named = _named(folder)
        found = {folder / name for name in ours}
        if alone:
            found = {*folder.glob(BLOCKS), *left_over(folder)}
        for path in found:
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in named:
                path.unlink(missing_ok=True)
