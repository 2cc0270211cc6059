"""What a search strategy is: it proposes candidates and is told what came of them."""

from __future__ import annotations

from typing import Protocol

from pliant.training.records import Candidate, Trial


class Strategy(Protocol):
    """Proposes; it knows nothing of processes, clusters or clocks."""

    def ask(self) -> Candidate | None:
        """Return what to try next, or None when there is nothing left to propose."""
        ...

    def tell(self, trial: Trial) -> None:
        """Learn from a trial, one's own or another strategy's."""
        ...
