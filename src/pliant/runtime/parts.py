"""Rows, or columns, split among threads: for work that leaves Python's lock to others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

MIN_ROWS = 4_096
"""Rows below which a thread is not worth its start: its share is then some milliseconds."""


def in_parts(n: int, threads: int, work: Callable[[int, int], T]) -> list[T]:
    """Return `work(a, b)` for the parts a:b of n rows, one a thread, in their order."""
    count = max(1, min(threads, n // MIN_ROWS))
    if count == 1:
        return [work(0, n)]
    from concurrent.futures import ThreadPoolExecutor

    cuts = [n * i // count for i in range(count + 1)]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, cuts[:-1], cuts[1:]))


def side_by_side(n: int, threads: int, works: Sequence[Callable[[], T]]) -> list[T]:
    """Return what works on n rows each return, in their order, such as one a column; those of many
    rows run in up to `threads` threads. What one raises is raised here: of several, the first.
    """
    count = min(threads, len(works), max(1, n // MIN_ROWS))
    if count <= 1:
        return [work() for work in works]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda work: work(), works))
