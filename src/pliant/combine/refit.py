"""From chosen trials to final members: refitted on all rows where time allows, else fold models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pliant.config import Clock
from pliant.evaluate import Member, Prepared, evaluate
from pliant.models.base import Limits
from pliant.models.catalogue import FAMILIES
from pliant.search.trial import Trial

SLACK = 1.3
"""How many times its expected seconds a refit may take before it is given up."""


@dataclass(frozen=True)
class Weighted:
    """A member of the final ensemble and its weight."""

    member: Member
    weight: float
    trial: int
    refitted: bool


@dataclass(frozen=True)
class Refit:
    """What refitting works with: all rows, prepared when first needed, and the time there is."""

    whole: Callable[[], Prepared]
    n_rows: int
    clock: Clock
    threads: int
    seed: int

    def members(self, trials: Sequence[Trial], weights: Sequence[float]) -> list[Weighted]:
        """Return the final members, the heaviest refitted first."""
        out: list[Weighted] = []
        for trial, weight in sorted(zip(trials, weights, strict=True), key=lambda p: -p[1]):
            refitted = self._refit(trial)
            if refitted is not None:
                out.append(Weighted(refitted, weight, trial.number, True))
                continue
            fold = [o.member for o in trial.outcomes if o.member is not None]
            out += [Weighted(m, weight / len(fold), trial.number, False) for m in fold]
        return out

    def _refit(self, trial: Trial) -> Member | None:
        """Return the model fitted on all rows, or None when it takes too long or fails."""
        outcome = trial.outcomes[0]
        first = outcome.member
        averaged = getattr(FAMILIES[trial.candidate.family], "averaged", False)
        if first is None or (averaged and len(trial.outcomes) > 1):
            return None
        mean = float(np.mean([o.seconds for o in trial.outcomes]))
        expected = mean * self.n_rows / max(trial.rows, 1)
        left = self.clock.remaining()
        if expected > left:
            return None
        allowed = None if np.isinf(left) else min(left, expected * SLACK + 0.2)
        rounds = trial.rounds or None
        limits = Limits(Clock(allowed), self.threads, self.seed, rounds)
        refitted = evaluate(trial.candidate, self.whole(), limits)
        if refitted.member is None or not refitted.member.fitted.finished:
            return None
        return refitted.member
