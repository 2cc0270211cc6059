"""How trials compare: the best, what is clearly worse, and the trial that an attempt becomes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pliant.evaluate import Candidate, Outcome
from pliant.search.attempt import Attempt
from pliant.search.trial import Trial
from pliant.study import Study

CLEARLY_WORSE, UNSURE = 0.03, 0.5
"""A loss on the splits so far is clearly worse than the best trial's on the same splits when it
is greater by that share, plus `UNSURE` over the root of the rows it was measured on."""


def mean_score(outcomes: Sequence[Outcome], over: Sequence[Outcome] | None = None) -> float:
    """Return the mean score of outcomes; over the first ones only, as many as `over` has."""
    return float(np.mean([o.score for o in outcomes[: None if over is None else len(over)]]))


class Ranking:
    """The trials so far, in their order."""

    def __init__(self, study: Study) -> None:
        self.trials: list[Trial] = []
        self._study = study

    def done(self) -> list[Trial]:
        """Return the trials that were scored on every split, the best first."""
        return sorted((t for t in self.trials if t.status == "done"), key=lambda t: -t.score)

    def best(self) -> Trial | None:
        """Return the best trial."""
        return next(iter(self.done()), None)

    def clearly_worse(self, candidate: Candidate, outcomes: Sequence[Outcome]) -> bool:
        """Return whether a candidate of a known family is clearly worse on the splits so far."""
        best = self.best()
        if best is None or len(outcomes) == len(self._study.splits):
            return False
        if candidate.family not in {t.candidate.family for t in self.done()}:
            return False
        metric = self._study.measure
        ours = metric.loss(mean_score(outcomes))
        theirs = metric.loss(mean_score(best.outcomes, outcomes))
        n_rows = sum(len(o.predictions) for o in outcomes if o.predictions is not None)
        margin = CLEARLY_WORSE + UNSURE / math.sqrt(max(n_rows, 1))
        return ours - theirs > abs(theirs) * margin

    def trial(self, attempt: Attempt) -> Trial:
        """Return what an attempt has become."""
        outcomes, rows = attempt.outcomes, attempt.rows
        reason = outcomes[-1].reason
        if attempt.on_first_step:
            rows = attempt.few or rows
        if reason:
            status, score = "failed", -np.inf
        else:
            status, score = self._status(attempt), self._score(outcomes)
        step = attempt.first_step
        return Trial(
            attempt.number, attempt.candidate, status, score, rows, tuple(outcomes), reason, step
        )

    def _status(self, attempt: Attempt) -> str:
        if len(attempt.outcomes) == len(self._study.splits):
            return "done"
        worse = self.clearly_worse(attempt.candidate, attempt.outcomes)
        return "dropped" if worse else "cut"

    def _score(self, outcomes: Sequence[Outcome]) -> float:
        """Return the mean score; of some splits only, what it likely is over all of them."""
        best = self.best()
        if best is None or len(outcomes) == len(self._study.splits):
            return mean_score(outcomes)
        return best.score + mean_score(outcomes) - mean_score(best.outcomes, outcomes)
