"""Files written whole or not at all: beside their place first, then renamed."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pliant.core.errors import SaveError

_LEFT_OVER = re.compile(r"\..*\.[0-9a-f]{12}")
_NAME = 60
"""Letters of a name that the name beside it begins with: the two together stay within 255 bytes."""


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside `path` to write to; on success it takes that place, else it is gone.

    What a symbolic link leads to is replaced, not the link, and keeps its permissions. What is no
    file, such as a pipe or /dev/null, is written to as it is.

    Raises
    ------
    SaveError
        When it cannot be written, for instance because the disk is full.
    """
    try:
        mode = _mode(path)
        if mode is None or stat.S_ISREG(mode):
            with _renamed(where_links_lead(path), mode) as file:
                yield file
        else:
            with path.open("wb") as file:
                yield file
    except SaveError:
        raise
    except OSError as error:
        raise refused(path, error) from None


@contextmanager
def _renamed(path: Path, mode: int | None) -> Iterator[IO[bytes]]:
    place = _beside(path)
    try:
        with place.open("xb") as file:
            if mode is not None:
                with suppress(OSError):
                    place.chmod(stat.S_IMODE(mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(place, path)
        sync_names(path.absolute().parent)
    finally:
        with suppress(OSError):
            place.unlink(missing_ok=True)


def _mode(path: Path) -> int | None:
    """Return kind and permissions of what is at a place, None of nothing; OSError of no place."""
    with suppress(FileNotFoundError):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return mode
    return None


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


def refuse_unwritable(path: Path) -> None:
    """Raise SaveError when nothing can be written at a place: known before there is anything.

    What is there and is protected from writing stays, though a rename could replace it.
    """
    place, mode = where_links_lead(path), None
    try:
        with suppress(FileNotFoundError):
            mode = place.stat().st_mode
    except OSError as error:  # such as a name that is too long
        raise refused(path, error) from None
    if mode is None or stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        with scratch_folder(place):
            pass
    if mode is not None and not os.access(place, os.W_OK):
        raise SaveError(f"expected to write {path}, but it is protected from writing")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Make a folder beside `path` to write into; on success it takes that place, else it is gone.

    Where `path` is a symbolic link to nothing yet, the folder is made where that leads.

    Raises
    ------
    SaveError
        When something is at that place already, or when it cannot be written, for instance because
        the disk is full.
    """
    place = where_links_lead(path)
    refuse_taken(path)
    whole = place
    try:
        with scratch_folder(place) as folder:
            whole = folder / "whole"
            whole.mkdir()
            yield whole
            refuse_taken(path)
            os.rename(whole, place)
            sync_names(place.absolute().parent)
    except SaveError as error:  # of a file in it, which is to lie elsewhere
        raise SaveError(str(error).replace(str(whole), str(path))) from None
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # another process was quicker
            refuse_taken(path)
        raise refused(path, error) from None


def refuse_taken(path: Path) -> None:
    """Raise SaveError when something is at a place."""
    if os.path.exists(path):
        raise SaveError(f"expected a new place to write to, but {path} exists already")


def where_links_lead(path: Path) -> Path:
    """Return the place that a path stands for, which need not exist.

    Raises
    ------
    SaveError
        When links lead in a circle.
    """
    if not os.path.islink(path):
        return path
    try:
        path.stat()
    except FileNotFoundError:
        pass  # it is to be made
    except OSError as error:
        raise refused(path, error) from None
    return Path(os.path.realpath(path))


def left_over(folder: Path) -> list[Path]:
    """Return what processes that were killed left in a folder: files that were being written.

    Whoever removes them must know that no process writes there.
    """
    return [path for path in folder.iterdir() if _LEFT_OVER.fullmatch(path.name)]


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
    return path.absolute().parent / f".{path.name[:_NAME]}.{secrets.token_hex(6)}"
