"""Files written whole or not at all: beside their place first, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pliant.errors import SaveError


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside `path` to write to; on success it takes that place, else it is gone.

    Raises
    ------
    SaveError
        When it cannot be written, for instance because the disk is full.
    """
    place = _beside(path)
    try:
        with place.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(place, path)
        sync_names(path.absolute().parent)
    except SaveError:
        raise
    except OSError as error:
        raise refused(path, error) from None
    finally:
        place.unlink(missing_ok=True)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Make a hidden folder beside `path` that is removed whatever comes.

    Its name is known before it is made, so that no interrupt falls between the two.

    Raises
    ------
    SaveError
        When it cannot be made.
    """
    folder = _beside(path)
    try:
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise refused(path, error) from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replacing_folder(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """Make a folder beside `path` to write into; on success it takes that place, else it is gone.

    Raises
    ------
    SaveError
        When something is at that place already and `overwrite` is not set, or when it cannot be
        written, for instance because the disk is full.
    """
    if path.exists() and not overwrite:
        raise SaveError(f"expected a new place to write to, but {path} exists already")
    try:
        with scratch_folder(path) as folder:
            whole, former = folder / "whole", folder / "former"
            whole.mkdir()
            yield whole
            try:
                if path.exists():
                    os.rename(path, former)
                os.rename(whole, path)
            finally:
                if former.exists() and not path.exists():
                    os.rename(former, path)
            sync_names(path.absolute().parent)
    except SaveError:
        raise
    except OSError as error:
        raise refused(path, error) from None


def sync_names(folder: Path) -> None:
    """Put the names of the files in a folder on the disk too, so that no power cut loses them.

    Nothing happens where the system does not let folders be synced.
    """
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def refused(path: Path, error: OSError) -> SaveError:
    """Return the error that a file could not be written, in our words."""
    return SaveError(f"expected to write {path}, but: {error.strerror or error}")


def _beside(path: Path) -> Path:
    """Return a hidden name beside `path` that nothing has."""
    return path.absolute().parent / f".{path.name}.{secrets.token_hex(6)}"
