"""One thread for BLAS while fits share the processors, whoever else fits at the same time.

A limit belongs to the whole process. Two fits at once that each put back what they found would put
back the limit of the other; here the last one to leave puts back what the first one found.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import ThreadpoolController


class BlasLimit:
    """How many want one thread, and what each library had before the first of them came.

    `controller` makes what knows the libraries that are loaded.
    """

    def __init__(self, controller: Callable[[], Any] = ThreadpoolController) -> None:
        self._lock, self._controller = threading.Lock(), controller
        self._wanted = 0
        self._found: list[tuple[Any, int]] = []

    def enter(self) -> None:
        """Limit the libraries; those that were loaded since somebody else came, too."""
        with self._lock:
            self._wanted += 1
            self._apply()

    def renew(self) -> None:
        """Limit the libraries that were loaded since, where anybody wants the limit."""
        with self._lock:
            if self._wanted:
                self._apply()

    def leave(self) -> None:
        """Give the libraries back what they had, once nobody wants the limit any more."""
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0:
                self._restore()

    def forget(self) -> None:
        """Begin anew in a child process, where none of those who wanted it is left."""
        self._lock, self._wanted = threading.Lock(), 0
        self._restore()

    def _apply(self) -> None:
        known = {library.filepath for library, _ in self._found}
        for library in self._controller().select(user_api="blas").lib_controllers:
            if library.filepath not in known:
                self._found.append((library, library.num_threads))
                library.set_num_threads(1)

    def _restore(self) -> None:
        for library, number in self._found:
            library.set_num_threads(number)
        self._found = []


_LIMIT = BlasLimit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_LIMIT.forget)


@contextmanager
def one_blas_thread(limit: BlasLimit = _LIMIT) -> Iterator[None]:
    """Keep BLAS to one thread for as long as anybody in this process asks for it."""
    limit.enter()
    try:
        yield
    finally:
        limit.leave()


def limit_new_libraries() -> None:
    """Keep those to one thread, too, that were loaded while one thread was asked for: SciPy, for
    one, brings a BLAS of its own, which comes with the first model that needs it.
    """
    _LIMIT.renew()
