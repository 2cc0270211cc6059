"""Random numbers and threads of PyTorch belong to the whole process: fits take turns with them.

A fit has them for a batch, and gives them back as they were. So one that runs beside others draws
the numbers that it would draw alone, and each comes to an end within its own seconds.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Lock:
    """One turn at a time, in this process and in those that are forked from it."""

    held = threading.Lock()

    @classmethod
    def renew(cls) -> None:
        """Begin anew in a child process, where none of those who wait is left."""
        cls.held = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Lock.renew)


class Turns:
    """The random numbers of one fit, from a seed, and how many threads it may use."""

    def __init__(self, seed: int, threads: int) -> None:
        import torch

        self._threads = threads
        with _Lock.held:
            outside = torch.get_rng_state()
            torch.manual_seed(seed)
            self._state: Any = torch.get_rng_state()
            torch.set_rng_state(outside)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have PyTorch for oneself, and go on with one's own random numbers."""
        import torch

        with _Lock.held:
            outside, threads = torch.get_rng_state(), torch.get_num_threads()
            torch.set_rng_state(self._state)
            torch.set_num_threads(self._threads)
            try:
                yield
            finally:
                self._state = torch.get_rng_state()
                torch.set_rng_state(outside)
                torch.set_num_threads(threads)
