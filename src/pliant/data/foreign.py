"""What libraries raise over a file that is absent, damaged or strange, said in our words."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from pliant.core.errors import DataError, PliantError

_DAMAGE = (EOFError, zlib.error, ValueError, OverflowError, RecursionError, MemoryError)

_ELSEWHERE = (
    ("pyarrow", "ArrowException"),
    ("aiohttp", "ClientError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
)
"""Classes of errors that derive from none of Python's; asked only where they are loaded."""


@contextmanager
def refusing(name: str, what: str = "file") -> Iterator[None]:
    """Turn what goes wrong while a file is read into one sentence about it.

    Raises
    ------
    DataError
        When the file is not there, cannot be read, or is not what it should be.
    """
    try:
        yield
    except PliantError:
        raise
    except FileNotFoundError:
        raise DataError(f"expected a table, but there is no file {name}") from None
    except OSError as error:
        if error.errno is not None and error.strerror:
            raise DataError(f"expected to read {name}, but: {error.strerror}") from None
        raise _damaged(name, what, error) from None
    except _theirs() as error:
        raise _damaged(name, what, error) from None


def first_sentence(error: BaseException) -> str:
    """Return the beginning of another library's error, up to its first full stop."""
    return str(error).split("\n", 1)[0].split(". ", 1)[0].rstrip(".") or type(error).__name__


def _damaged(name: str, what: str, error: BaseException) -> DataError:
    return DataError(f"expected a whole {what} at {name}, but: {first_sentence(error)}")


def _theirs() -> tuple[type[Exception], ...]:
    """Return what libraries raise, of those that are loaded."""
    modules = ((sys.modules.get(module), word) for module, word in _ELSEWHERE)
    loaded = [getattr(module, word) for module, word in modules if module is not None]
    return (*_DAMAGE, *loaded)
