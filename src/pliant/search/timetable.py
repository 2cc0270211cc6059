"""What time there is: for one candidate, for the search, and for what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pliant.core.deadline import Deadline
from pliant.search.plan import Plan
from pliant.search.ranking import Ranking
from pliant.training.engines.base import Engine
from pliant.training.objective import Objective
from pliant.training.records import Trial

FIRST_SHARE = 0.3
"""Of the search seconds left, what one of the first candidates is planned to take at most."""

FIRST_ONES = 8

MAX_SHARE = 0.2
"""Of all seconds, what a candidate may be foretold to take without being put off."""

SAVING_SHARE, MIN_RESERVED, MAX_RESERVED = 0.04, 0.06, 0.45
"""Of the seconds: kept for compiling and saving, and the bounds of what refitting is given."""

MIN_SECONDS = 0.2
"""What the first candidate gets even when no time is left: there is always a model."""

WORTH_A_LIBRARY = 4.0
"""Seconds below which no library is worth its import: the first candidate gets all of them."""


WORTH_A_VIEW = 0.05
"""Of the seconds, what must be left to see a table in another way, where one fit got nearly all."""


class Timetable:
    """Divides the seconds of a plan; all of them are infinite when the plan asks no clock."""

    def __init__(
        self, plan: Plan, experiment: Objective, deadline: Deadline, engine: Engine
    ) -> None:
        self._plan, self._experiment, self.deadline, self._engine = (
            plan,
            experiment,
            deadline,
            engine,
        )
        self._chosen, self._known = list[Trial](), 0

    @property
    def clocked(self) -> bool:
        """Whether the plan asks a clock; without one nothing may depend on how fast fits are."""
        return self._plan.seconds is not None

    @property
    def most(self) -> float:
        """The seconds beyond which a candidate comes after cheaper ones."""
        return np.inf if self._plan.seconds is None else MAX_SHARE * self._plan.seconds

    def expect(self, chosen: Sequence[Trial], known: int) -> None:
        """Count on refits of the trials that were chosen of so many, and of better ones to come."""
        self._chosen, self._known = list(chosen), known

    def left(self, ranking: Ranking) -> float:
        """Return the seconds left to search, so that what comes after has its time."""
        seconds = self._plan.seconds
        if seconds is None:
            return np.inf
        return seconds - self.deadline.elapsed() - self._reserved(seconds, ranking)

    def planned(self, number: int, loading: float, ranking: Ranking) -> float:
        """Return what candidate `number` may take, when `loading` its library takes that long."""
        left = self.left(ranking) - loading
        if number == 0:
            share = 1.0 if left < WORTH_A_LIBRARY else self._plan.first_share
            return max(left * share, MIN_SECONDS)
        if not self._plan.members and left < WORTH_A_VIEW * (self._plan.seconds or 0.0):
            return 0.0
        return left * FIRST_SHARE if number < FIRST_ONES else left

    def _reserved(self, seconds: float, ranking: Ranking) -> float:
        """Return what combining, refitting the likely members and saving may take."""
        most = MAX_RESERVED * seconds
        expected = self._chosen + [t for t in ranking.done() if t.number >= self._known]
        n_rows, costs = self._experiment.n_rows, self._experiment.costs
        likely = [(t, costs.again(t, n_rows)) for t in expected[: self._plan.members]]
        # What takes longer than all there can be will not be refitted.
        likely = [(trial, cost) for trial, cost in likely if cost <= most]
        refits = sum(cost for _, cost in likely) / self._engine.workers
        refits += sum({trial.candidate.view: trial.preparing for trial, _ in likely}.values())
        fixed = SAVING_SHARE * seconds
        least = MIN_RESERVED * seconds if self._plan.members else 0.0
        return fixed + min(most, max(least, refits))
