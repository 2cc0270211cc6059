"""A folder for files that are gone after their use, also where the system has none to give."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pliant.core.errors import SaveError

SHARED = "/dev/shm"
"""Memory as a folder; Linux has it where nothing else can be written."""

NONE = "expected a temporary folder that can be written, got none: set TMPDIR to one"


def usable() -> bool:
    """Return whether the system has a temporary folder that can be written."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True


def where() -> str:
    """Return where a nameless file lies, for people."""
    return tempfile.gettempdir() if usable() else "memory"


def lend(folder: Path) -> None:
    """Let a folder that can be written be the temporary one, here and in workers, if none is."""
    if not usable() and os.access(folder, os.W_OK):
        os.environ["TMPDIR"] = str(folder)


@contextmanager
def temporary_folder(shared: str = SHARED) -> Iterator[Path]:
    """Give an empty folder, and remove it; what others write there meanwhile may stay.

    It lies in the folder `shared` where the system has no temporary one.

    Raises
    ------
    SaveError
        Where no folder can be written.
    """
    if not usable() and not os.access(shared, os.W_OK):
        raise SaveError(NONE)
    parent = None if usable() else shared
    with tempfile.TemporaryDirectory("", "pliant-", parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def nameless_file() -> int:
    """Return the descriptor of a new file that has no name: nothing of it is ever left.

    Raises
    ------
    SaveError
        Where there is neither a temporary folder nor a file in memory.
    """
    if usable():
        descriptor, name = tempfile.mkstemp(prefix="pliant-")
        os.unlink(name)
        return descriptor
    if hasattr(os, "memfd_create"):
        return os.memfd_create("pliant")
    raise SaveError(NONE)
