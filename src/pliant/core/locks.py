"""Locks: one process at a time at work on a folder; it is free again once that is gone."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

_NONE_THERE = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""What asking for a lock gives where the file system has none: NFS with nolock, some of Lustre."""

_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}


class Lock:
    """A lock file that is held until it is closed, or until the process has gone, however it went.

    `real` says whether anybody is kept out: not where the system or the file system has no locks.
    """

    def __init__(self, file: IO[bytes], real: bool) -> None:
        self._file, self.real = file, real

    def close(self) -> None:
        """Let others in."""
        self._file.close()


def try_lock(path: Path) -> Lock | None:
    """Return the lock of a file, which is made if need be; None while another holds it.

    A lock is for the file at `path`: what was moved away or removed meanwhile counts as held.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    file = _opened(path)
    try:
        lock = Lock(file, _hold(file))
        if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
            return lock
    except OSError as error:
        if error.errno not in _HELD | {errno.ENOENT}:
            with suppress(OSError):
                file.close()
            raise
    file.close()
    return None


def _opened(path: Path) -> IO[bytes]:
    """Return the lock file; one that another user made need not be writable."""
    try:
        return path.open("ab")
    except PermissionError:
        return path.open("rb")


def _hold(file: IO[bytes]) -> bool:
    """Take the lock of an open file; return whether there are locks at all."""
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NONE_THERE:
            return False
        raise
    return True
