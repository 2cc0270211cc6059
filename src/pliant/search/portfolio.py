"""The portfolio: strong defaults, one after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from pliant.training.records import Candidate, Trial


class Portfolio:
    """Proposes the given candidates in their order."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._left = deque(candidates)

    def ask(self) -> Candidate | None:
        """Return the next candidate."""
        return self._left.popleft() if self._left else None

    def add(self, candidate: Candidate) -> None:
        """Let a candidate come last."""
        self._left.append(candidate)

    def tell(self, trial: Trial) -> None:
        """A portfolio was learned long ago, on other tables."""
