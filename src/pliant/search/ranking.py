"""How trials compare: the best, what is clearly worse, and the trial that an attempt becomes."""

from __future__ import annotations

import math
from bisect import insort_right
from collections.abc import Sequence

import numpy as np

from pliant.search.attempt import Attempt
from pliant.training.objective import Objective
from pliant.training.records import Outcome, Trial

CLEARLY_WORSE, UNSURE = 0.03, 0.5
"""A loss on the splits so far is clearly worse than the best trial's on the same splits when it
is greater by that share, plus `UNSURE` over the root of the rows it was measured on."""


def mean_score(outcomes: Sequence[Outcome], over: Sequence[Outcome] | None = None) -> float:
    """Return the mean score of outcomes; over the first ones only, as many as `over` has."""
    return float(np.mean([o.score for o in outcomes[: None if over is None else len(over)]]))


class Ranking:
    """The trials so far, in their order, and the best ones.

    Each takes its place when it is added, so that asking for the best costs no more after thousands
    of trials than after ten.
    """

    def __init__(self, experiment: Objective) -> None:
        self.trials: list[Trial] = []
        self._done: list[Trial] = []
        self._experiment = experiment

    def add(self, trial: Trial) -> None:
        """Take a trial that is over."""
        self.trials.append(trial)
        if trial.status == "done":
            insort_right(self._done, trial, key=_worst_first)

    def replace(self, trial: Trial) -> None:
        """Take what is said of a trial in its place."""
        before, self.trials[trial.number] = self.trials[trial.number], trial
        if trial.status == "done":
            self._done[next(i for i, each in enumerate(self._done) if each is before)] = trial

    def done(self) -> Sequence[Trial]:
        """Return the trials that were scored on every split, the best first."""
        return self._done

    def clearly_worse(self, attempt: Attempt) -> bool:
        """Return whether a candidate is clearly worse on the splits so far: one of a known family,
        or one that time has cut, as it would the others.

        Where its score is the same, what models are trained for decides.
        """
        outcomes, family = attempt.outcomes, attempt.candidate.family
        if len(outcomes) == len(self._experiment.splits):
            return False
        known = self._known(attempt)
        unknown = all(trial.candidate.family != family for trial in known)
        if not known or (unknown and not any(o.cut_short for o in outcomes)):
            return False
        metric = self._experiment.measure
        ours = metric.loss(mean_score(outcomes))
        theirs = metric.loss(mean_score(known[0].outcomes, outcomes))
        if ours == theirs:
            ours, theirs = (
                -float(np.mean([o.by_loss for o in side[: len(outcomes)]]))
                for side in (outcomes, known[0].outcomes)
            )
        n_rows = sum(len(split.valid) for split in self._experiment.splits[: len(outcomes)])
        margin = CLEARLY_WORSE + UNSURE / math.sqrt(max(n_rows, 1))
        return ours - theirs > abs(theirs) * margin

    def _known(self, attempt: Attempt) -> list[Trial]:
        """Return the trials that an attempt may be compared with, the best first.

        When its first split is judged, the trial before it is under way. It does not count even
        where it is over, so that a fit that goes on from a journal judges as it did before.
        """
        before = max(1, attempt.number - (len(attempt.outcomes) == 1))
        return [trial for trial in self._done if trial.number < before]

    def trial(self, attempt: Attempt) -> Trial:
        """Return what an attempt has become."""
        outcomes, rows = attempt.outcomes, attempt.rows
        reason = outcomes[-1].reason
        if attempt.on_first_step:
            rows = attempt.few or rows
        if reason:
            status, score = "failed", -np.inf
        else:
            status, score = self._status(attempt), self._score(attempt)
        step = attempt.first_step
        return Trial(
            attempt.number, attempt.candidate, status, score, rows, tuple(outcomes), reason, step
        )

    def _status(self, attempt: Attempt) -> str:
        if len(attempt.outcomes) == len(self._experiment.splits):
            return "done"
        return "dropped" if self.clearly_worse(attempt) else "cut"

    def _score(self, attempt: Attempt) -> float:
        """Return the mean score; of some splits only, what it likely is over all of them.

        It is as far behind the best trial as on the splits so far; where it is ahead, its loss is
        the same share of the best trial's, so that no score is beyond a perfect one.
        """
        outcomes, metric = attempt.outcomes, self._experiment.measure
        measured = mean_score(outcomes)
        known = self._known(attempt) if len(outcomes) < len(self._experiment.splits) else []
        if not known:
            return measured
        best, theirs = known[0], mean_score(known[0].outcomes, outcomes)
        if measured <= theirs or metric.loss(theirs) <= 0:  # a user's metric may know no best
            return best.score + (measured - theirs)  # exact where both are the same
        return metric.score_of(
            metric.loss(best.score) * metric.loss(measured) / metric.loss(theirs)
        )


def _worst_first(trial: Trial) -> tuple[float, float]:
    """Return what is least for the best trial."""
    score, by_loss = trial.merit
    return -score, -by_loss
