"""Files written whole or not at all: beside their place first, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
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
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    except OSError as error:
        raise refused(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
        sync_names(path.absolute().parent)
    except OSError as error:
        raise refused(path, error) from None
    finally:
        Path(name).unlink(missing_ok=True)


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
        folder = Path(tempfile.mkdtemp(dir=path.absolute().parent, prefix=f".{path.name}."))
    except OSError as error:
        raise refused(path, error) from None
    try:
        whole = folder / "whole"
        whole.mkdir()
        yield whole
        if path.exists():
            os.rename(path, folder / "former")
        os.rename(whole, path)
        sync_names(path.absolute().parent)
    except SaveError:
        raise
    except OSError as error:
        raise refused(path, error) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
