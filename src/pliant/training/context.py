"""What every stage of a fit shares, made once: time, processors, memory, who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from pliant.core.config import Resources
from pliant.core.deadline import Deadline
from pliant.core.memory import available_memory, resident_memory, steady
from pliant.training.progress import Progress

WORK_BYTES = 150 * 10**6
"""What training takes beside its rows: the library, its histograms, what is being read."""


@dataclass(frozen=True)
class FitContext:
    """What a fit may use, and who waits for it.

    The `deadline` has counted since they began to; stopping it ends the fit. There are `threads`,
    and bytes of `memory` (None: half of what is free). `tell` hears of the progress, and `remark`
    what is worth knowing of a column: its name, and what was done.
    """

    deadline: Deadline
    threads: int = 1
    memory: int | None = None
    tell: Callable[[Progress], None] = lambda progress: None
    remark: Callable[[str, str], None] = lambda name, text: None

    def using(self, resources: Resources) -> Self:
        """Return the same with the threads and the memory of some resources."""
        return replace(self, threads=resources.processors, memory=resources.memory)

    def until(self, deadline: Deadline) -> Self:
        """Return the same with another deadline, such as one of less time."""
        return replace(self, deadline=deadline)

    def room(self) -> int:
        """Return the bytes that rows may take here, and what a library makes of them."""
        if self.memory is None:
            return steady(available_memory() // 2)
        return steady(self.memory - resident_memory() - WORK_BYTES)
