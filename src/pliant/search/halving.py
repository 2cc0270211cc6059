"""Successive halving on rows: a candidate earns its full fit on a quarter of the rows.

After Jamieson and Talwalkar (2016), asynchronous as in Li et al. (2020), with one step: a family
that has been fitted before is tried on a quarter of the rows, and goes on when it is among the
best third of what was tried so.
"""

from __future__ import annotations

REDUCTION = 4
"""How many times fewer rows the first step has; every `PASSED`-th goes on."""

PASSED = 3

MIN_ROWS = 20_000
"""Rows of the first step below which its score says too little of the second."""


class Halving:
    """Remembers the scores of first steps, and tells who goes on."""

    def __init__(self) -> None:
        self._scores: list[float] = []

    def first_step(self, rows: int, known: bool) -> int | None:
        """Return the rows of the first step; None when a candidate needs none."""
        few = rows // REDUCTION
        return few if known and few >= MIN_ROWS else None

    def passes(self, score: float) -> bool:
        """Return whether a score on the first step is among the best third, its own included."""
        self._scores.append(score)
        better = sum(other > score for other in self._scores)
        return better < -(-len(self._scores) // PASSED)
