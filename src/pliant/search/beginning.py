"""How an attempt at a candidate begins: recalled from a journal, or made to fit the time left."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from pliant.models.learner import Learner
from pliant.search.attempt import Attempt
from pliant.search.halving import Rung
from pliant.search.journal import Journal
from pliant.search.pace import Pace
from pliant.search.ranking import Ranking
from pliant.search.timetable import Timetable
from pliant.training.objective import Objective
from pliant.training.records import Candidate, Outcome

PATIENCE = 1.6
"""How many times its planned seconds a candidate may take before it is cut; one that takes all the
seconds it has gets no more than planned."""

COSTLY = 2.0
"""How many times as long as all before it a candidate must take to be put off."""


@dataclass(frozen=True)
class Beginning:
    """What is known when an attempt begins."""

    times: Timetable
    pace: Pace
    ranking: Ranking
    rung: Rung
    journal: Journal | None
    objective: Objective

    def recalled(self, candidate: Candidate, number: int) -> Attempt | None:
        """Return what the journal has of a candidate; its time has passed too."""
        entry = self.journal.recall(candidate) if self.journal else None
        if entry is None:
            return None
        self.times.deadline.advance(entry.elapsed)
        if entry.trial.first_step is not None:
            self.rung.passes(entry.trial.first_step)
        trial = replace(entry.trial, number=number)
        threads = self.pace.threads(trial.candidate, trial.rows)
        return Attempt(
            number, candidate, trial.candidate, trial.rows, threads, trial=trial, recalled=True
        )

    def put_off(self, candidate: Candidate) -> bool:
        """Return whether cheaper candidates come first: it would take more than its share of all
        seconds, and more by far than any before it.
        """
        trials = self.ranking.trials
        foretold = self.pace.foretold(candidate)
        if len(trials) < 2 or foretold <= self.times.most:
            return False
        return foretold > COSTLY * self.pace.waves * max(trial.mean_seconds for trial in trials)

    def new(self, candidate: Candidate, number: int) -> Attempt | None:
        """Return an attempt at a candidate, or None when too little time is left for it."""
        pace, known = self.pace, self.pace.knows(candidate)
        family = self.objective.family(candidate.family)
        loading = 0.0 if known else _loading(family)
        planned = self.times.planned(number, loading, self.ranking)
        if planned <= 0:
            return None
        fit = pace.within(candidate, planned, first=number == 0)
        if fit is None:
            return None
        splits = len(self.objective.splits)
        attempt = Attempt(number, candidate, fit.candidate, fit.rows, fit.threads, splits)
        attempt.seconds = planned if family.anytime else planned * PATIENCE + loading
        if too_large := pace.too_large(fit.candidate, fit.rows):
            attempt.outcomes = [Outcome.failed(0.0, too_large)]
            attempt.trial = self.ranking.trial(attempt)
        else:
            attempt.few = self.rung.halving.first_step(attempt.rows, known and self.times.clocked)
        return attempt


def _loading(family: Learner) -> float:
    """Return about how long the import of a family's library takes; 0 when it is loaded."""
    return 0.0 if family.package in sys.modules else family.import_seconds
