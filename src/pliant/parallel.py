"""Plain data-parallel work: a function over chunks of data, and the results put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce as fold
from typing import Any, TypeVar

from pliant.config import Resources
from pliant.errors import DataError

R = TypeVar("R")

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
        Takes a chunk: the same kind of thing as `data`, with fewer rows.
    data : ndarray, memory-mapped array, DataFrame or Arrow table, n rows
        What is cut into chunks of rows.
    reduce : callable
        Takes two results and returns one, such as `operator.add`; it must not mind how results
        are grouped.
    workers : int or None, default None
        How many chunks are at work together; the processors of this process by default.
    processes : bool or None, default None
        Whether workers are processes. Threads copy nothing and start at once, but Python code in
        them takes turns; by default NumPy's own functions run in threads, all others in processes.
        A process maps the file of a memory-mapped array; other chunks go to the one process that
        works on them.

    Returns
    -------
    The reduced result.

    Raises
    ------
    DataError
        When there is no row, or the data cannot be cut into rows.

    Examples
    --------
    >>> import operator
    >>> import numpy as np
    >>> map_reduce(np.sum, np.arange(10), reduce=operator.add, workers=2)
    np.int64(45)
    """
    from joblib import Parallel, delayed

    count = Resources(workers).processors
    if processes is None:
        processes = not str(getattr(function, "__module__", "")).startswith("numpy")
    chunks = list(_chunks(data, count * CHUNKS_A_WORKER))
    if count == 1:
        return fold(reduce, map(function, chunks))
    pool = Parallel(count, prefer="processes" if processes else "threads", mmap_mode="r")
    results: list[R] = pool(delayed(function)(chunk) for chunk in chunks)
    return fold(reduce, results)


def _chunks(data: Any, most: int) -> Iterator[Any]:
    """Yield at most so many runs of rows, of nearly the same length."""
    try:
        n_rows = len(data)
    except TypeError:
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
        return data[start:stop]
    except TypeError:
        raise DataError(f"expected data that can be cut, got {type(data).__name__}") from None
