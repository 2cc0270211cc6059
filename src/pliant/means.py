"""Means: what training in this process may use."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.config import Clock
from pliant.memory import available_memory, resident_memory, steady

WORK_BYTES = 150 * 10**6
"""What training takes beside its rows: the library, its histograms, what is being read."""


@dataclass(frozen=True)
class Means:
    """Time, threads, and bytes of memory (None: half of what is free)."""

    clock: Clock
    threads: int = 1
    memory: int | None = None

    def room(self) -> int:
        """Return the bytes that rows may take, and what a library makes of them."""
        if self.memory is None:
            return steady(available_memory() // 2)
        return steady(self.memory - resident_memory() - WORK_BYTES)
