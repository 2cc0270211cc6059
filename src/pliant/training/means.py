"""Means: what training in this process may use."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.core.config import Clock
from pliant.core.memory import available_memory, resident_memory, steady

WORK_BYTES = 150 * 10**6
"""What training takes beside its rows: the library, its histograms, what is being read."""

FEW_CELLS = 200_000
"""Cells of rows below which a fit has one thread: threads of OpenMP wait for each other after each
small step, and on a busy machine for long (LightGBM, 8,665 rows of 5 columns, 150 rounds of 6
classes, two cores that others use too: 2 s with one thread, 15 s and more with two)."""


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

    def threads_of(self, n_cells: int) -> int:
        """Return the threads that a fit to so many cells may use."""
        return threads_for(n_cells, self.threads)


def threads_for(n_cells: int, threads: int) -> int:
    """Return how many of the threads a fit to so many cells should use."""
    return 1 if n_cells < FEW_CELLS else threads
