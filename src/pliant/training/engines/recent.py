"""The last few things that were made, by key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_KEPT = 4
"""Datasets that are kept where they were shipped from: those of the jobs at work are among them."""


class Recent(Generic[T]):
    """Keeps the `most` things that were asked for last; several threads may ask.

    Examples
    --------
    >>> made = Recent[str](2)
    >>> [made.get(key, key.upper) for key in ("a", "b", "a", "c")]
    ['A', 'B', 'A', 'C']
    >>> made.get("b", lambda: "made again")
    'made again'
    """

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._most = most
        self._lock = Lock()
        self._made: OrderedDict[str, T] = OrderedDict()

    def get(self, key: str, make: Callable[[], T]) -> T:
        """Return what was made of a key, or is made now."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
            return self._made[key]

    def forget(self, key: str) -> None:
        """Let go of what was made of a key, if anything."""
        with self._lock:
            self._made.pop(key, None)

    def forget_others(self, key: str) -> None:
        """Let go of all but what was made of a key."""
        with self._lock:
            for other in [other for other in self._made if other != key]:
                del self._made[other]
