"""Successive halving on rows: a candidate earns its full fit on a quarter of the rows.

After Jamieson and Talwalkar (2016), asynchronous as in Li et al. (2020), with one step: a family
that has been fitted before is tried on a quarter of the rows, and goes on when it is among the
best third of what was tried so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Halving:
    """When a candidate is tried on fewer rows first, and who goes on.

    Parameters
    ----------
    reduction : int
        How many times fewer rows the first step has.
    passed : int
        Of so many candidates on the first step one goes on.
    min_rows : int
        Rows of the first step below which its score says too little of the second.

    Examples
    --------
    >>> Halving().first_step(100_000, known=True), Halving().first_step(50_000, known=True)
    (25000, None)
    """

    reduction: int = 4
    passed: int = 3
    min_rows: int = 20_000

    def first_step(self, rows: int, known: bool) -> int | None:
        """Return the rows of the first step; None when a candidate needs none."""
        few = rows // self.reduction
        return few if known and few >= self.min_rows else None


class Rung:
    """Remembers the scores of first steps, and tells who goes on to all rows."""

    def __init__(self, halving: Halving) -> None:
        self.halving = halving
        self._scores: list[float] = []

    def passes(self, score: float) -> bool:
        """Return whether a score is among the best part that goes on, its own included."""
        self._scores.append(score)
        better = sum(other > score for other in self._scores)
        return better < -(-len(self._scores) // self.halving.passed)
