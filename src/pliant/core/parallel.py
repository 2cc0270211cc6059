"""Plain data-parallel work: a function over chunks of data, and the results put together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce as fold
from mmap import mmap
from pickle import PicklingError
from typing import Any, TypeVar

import numpy as np

from pliant.core.config import Resources
from pliant.core.errors import ConfigError, DataError, PliantError

R = TypeVar("R")

SAFE_PATH = "PYTHONSAFEPATH"

CHUNKS_A_WORKER = 4
"""Chunks for each worker: a slow one then costs little, and each is still large."""


def map_reduce(
    function: Callable[[Any], R],
    data: Any,
    *,
    reduce: Callable[[R, R], R],
    workers: int | None = None,
    processes: bool | None = None,
) -> R:
    """Return `reduce` over `function` of each chunk of the rows of `data`, chunks side by side.

    Parameters
    ----------
    function : callable
        Takes a chunk: the same kind of thing as `data`, with fewer rows. It may work in place:
        what it changes is its own, and `data` stays as it is.
    data : ndarray, memory-mapped array, DataFrame or Arrow table, n rows
        What is cut into chunks of rows.
    reduce : callable
        Takes two results and returns one, such as `operator.add`; it must not mind how results
        are grouped.
    workers : int or None, default None
        How many chunks are at work together; the processors of this process by default.
    processes : bool or None, default None
        Whether workers are processes. Threads start at once, but Python code in them takes turns;
        by default NumPy's own functions run in threads and copy nothing, all others in processes.
        A process maps the file of a memory-mapped array; other chunks go to the one process that
        works on them.

    Returns
    -------
    The reduced result.

    Raises
    ------
    DataError
        When there is no row, or the data cannot be cut into rows.
    ConfigError
        When processes cannot send each other the function, a chunk or a result.
    PliantError
        When the function ends its process.

    Examples
    --------
    >>> import operator
    >>> import numpy as np
    >>> map_reduce(np.sum, np.arange(10), reduce=operator.add, workers=2)
    np.int64(45)
    """
    count = Resources(workers).processors
    numpys_own = str(getattr(function, "__module__", "")).startswith("numpy")
    chunks = list(_chunks(_apart(data), count * CHUNKS_A_WORKER))
    if count > 1 and (not numpys_own if processes is None else processes):
        return fold(reduce, _in_processes(function, chunks, count))
    if not numpys_own:  # which change nothing that they are given
        chunks = list(map(_own, chunks))
    if count == 1:
        return fold(reduce, map(function, chunks))
    with ThreadPoolExecutor(count) as pool:
        return fold(reduce, pool.map(function, chunks))


def _in_processes(function: Callable[[Any], R], chunks: Sequence[Any], count: int) -> list[R]:
    """Return the result of each chunk; processes map what is large, and change their view alone."""
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

    try:
        pool = Parallel(count, prefer="processes", mmap_mode="c")
        with _SAFELY:
            results: list[R] = pool(delayed(function)(_sent(chunk)) for chunk in chunks)
    except TerminatedWorkerError:
        raise PliantError(
            f"expected {_name(function)} to return, but a process that ran it was ended: by a "
            "crash, or for want of memory"
        ) from None
    except (BrokenProcessPool, PicklingError):
        raise ConfigError(
            f"expected {_name(function)}, the data and the results to be what processes can send "
            "to each other, such as a function of a module that they can import; threads need "
            "none of that: processes=False"
        ) from None
    return results


def _name(function: object) -> str:
    return str(getattr(function, "__qualname__", type(function).__name__))


class _SafePath:
    """Lets processes that are started look for modules where this one does, never first in the
    folder that they are started in: a file there may have the name of a module of theirs.

    The variable that says so belongs to the whole process, so whoever leaves last puts it back.
    """

    def __init__(self) -> None:
        self._lock, self._wanted = threading.Lock(), 0
        self._before: str | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._wanted == 0:
                self._before = os.environ.get(SAFE_PATH)
                os.environ[SAFE_PATH] = "1"
            self._wanted += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0:
                os.environ.pop(SAFE_PATH)
                if self._before is not None:
                    os.environ[SAFE_PATH] = self._before


_SAFELY = _SafePath()


def _chunks(data: Any, most: int) -> Iterator[Any]:
    """Yield at most so many runs of rows, of nearly the same length."""
    try:
        n_rows = data.shape[0] if hasattr(data, "shape") else len(data)
    except (TypeError, IndexError):
        raise DataError(f"expected data that has rows, got {type(data).__name__}") from None
    if n_rows == 0:
        raise DataError("expected at least 1 row, got none")
    count = min(most, n_rows)
    for i in range(count):
        yield _rows(data, i * n_rows // count, (i + 1) * n_rows // count)


def _rows(data: Any, start: int, stop: int) -> Any:
    if hasattr(data, "iloc"):
        return data.iloc[start:stop]
    if hasattr(data, "slice"):  # Arrow and Polars: an offset and a length
        return data.slice(start, stop - start)
    try:
        if not isinstance(data, Mapping):  # whose keys may be slices since Python 3.12
            return data[start:stop]
    except (TypeError, LookupError):
        pass
    raise DataError(f"expected data that can be cut, got {type(data).__name__}")


def _apart(data: Any) -> Any:
    """Return a mapped file mapped again, copied where it is written to; other data as it is."""
    root = data
    while root is not None and not isinstance(getattr(root, "base", None), mmap):
        root = getattr(root, "base", None)
    if not isinstance(data, np.memmap) or not isinstance(root, np.memmap) or not data.size:
        return data
    before = data.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    anew = np.memmap(str(root.filename), np.uint8, "c", root.offset, (root.nbytes,))
    first = anew[before : before + data.itemsize].view(data.dtype)
    return np.lib.stride_tricks.as_strided(first, data.shape, data.strides, subok=True)


def _sent(chunk: Any) -> Any:
    """Return a chunk as a process can change it: joblib maps no steps backwards, and an array that
    is read-only stays so.
    """
    if not isinstance(chunk, np.ndarray) or (chunk.flags.writeable and min(chunk.strides) >= 0):
        return chunk
    return np.array(chunk)


def _own(chunk: Any) -> Any:
    """Return a chunk that may be changed without anybody else seeing it."""
    if isinstance(chunk, np.memmap) and chunk.mode == "c":
        return chunk
    return chunk.copy() if isinstance(chunk, np.ndarray) or hasattr(chunk, "iloc") else chunk
