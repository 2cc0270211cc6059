"""The record of a trial: what was tried, and everything that came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.evaluate import Candidate, Outcome


@dataclass(frozen=True)
class Trial:
    """One candidate and its outcomes, one a split that it was evaluated on.

    `status` is "done", "dropped" (the first fold was clearly worse), "cut" (time ran out before
    every fold was done) or "failed", with `reason`. `rows` is how many rows it trained on.
    `first_step` is its score on fewer rows, where those came first (`search.halving`). Those that
    cannot be chosen any more have no predictions and no models (`search.shelf`).
    """

    number: int
    candidate: Candidate
    status: str
    score: float
    rows: int
    outcomes: tuple[Outcome, ...]
    reason: str = ""
    first_step: float | None = None

    @property
    def by_loss(self) -> float:
        """The mean score by what models are trained for, over the splits that it was tried on."""
        return float(np.mean([o.by_loss for o in self.outcomes]))

    @property
    def merit(self) -> tuple[float, float]:
        """What is greatest for the best trial: of equal scores, what they are trained for decides.

        Where classes are easily told apart many have an AUC of 1, some of them with chances that
        are all near the base rate. What was not tried on every split comes last among its equals.
        """
        return self.score, self.by_loss if self.status == "done" else -np.inf

    @property
    def seconds(self) -> float:
        """The seconds that its fits took."""
        return sum(o.seconds for o in self.outcomes)

    @property
    def mean_seconds(self) -> float:
        """The seconds that one of its fits took."""
        return float(np.mean([o.seconds for o in self.outcomes]))

    def seconds_on(self, n_rows: int) -> float:
        """Return about how long one fit on so many rows takes, by what its fits took."""
        return self.mean_seconds * n_rows / max(self.rows, 1)

    @property
    def cut_short(self) -> bool:
        """Whether time ended one of its fits."""
        return any(o.cut_short for o in self.outcomes)

    @property
    def preparing(self) -> float:
        """The most seconds that making the features of a split took."""
        return max(o.preparing for o in self.outcomes)

    @property
    def kept(self) -> bool:
        """Whether its predictions and its models are there."""
        return all(o.predictions is not None for o in self.outcomes)

    @property
    def nbytes(self) -> int:
        """The bytes of its predictions and its models."""
        return sum(o.nbytes for o in self.outcomes)

    def told(self) -> Trial:
        """Return what is said of it, without its predictions and its models."""
        return replace(self, outcomes=tuple(o.told() for o in self.outcomes))

    @property
    def predictions(self) -> NDArray[np.float64]:
        """Out-of-fold predictions float64 (m, V), split after split."""
        return np.concatenate([o.predictions for o in self.outcomes if o.predictions is not None])

    @property
    def rounds(self) -> int:
        """The mean number of rounds kept, 0 for families without rounds."""
        kept = [o.rounds for o in self.outcomes if not o.reason]
        return round(float(np.mean(kept))) if kept else 0


@dataclass(frozen=True)
class Progress:
    """What a search says of itself while it runs.

    `stage` is "read", "search" or "extend"; `running` names what is fitted now; `best` is the
    best score so far in the metric's own sign, None before the first.
    """

    stage: str
    elapsed: float
    budget: float | None
    trials: int
    best: float | None
    running: str
