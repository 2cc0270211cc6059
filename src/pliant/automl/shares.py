"""How the seconds of a fit are shared among searching, making smaller, and writing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pliant.core.config import Budget
from pliant.core.deadline import Deadline


@dataclass(frozen=True)
class TimeShares:
    """How the seconds of a fit are shared.

    Parameters
    ----------
    within_limits : float
        Of the seconds, what the ensemble may take where there are limits: the rest makes it
        smaller. Nine classes, 14,416 rows, 60 s, at most 200 kB (`pliant fit --max-size`): test log
        loss 0.885 with 0.75, and 0.451 where a fit and `pliant optimize` had 30 s each.
    before_more_rows : float
        Of the seconds left, what the search gets where its winners are then trained on more rows.
    worth_searching : float
        Of the seconds, what must be left to go on once there is a selection.
    students : float
        Of what is left then, what students may take to be tried; the rest is for the final model.
        There 0.46 with 0.75 and 0.41 with 0.9, but then electricity (30 s, 60 kB) took 31.1 s, not
        24.
    reserve, max_reserve, reserved_seconds : float
        Of the seconds, what compiling and saving may use; as many seconds at least, where these are
        no more than the last share. With 1.2 of 30, two of 32 fits ended up to 0.7 s late while the
        processor ran at half its pace (`benchmarks/board/run.py`).

    Examples
    --------
    >>> [round(TimeShares().unreserved(Deadline(seconds)).seconds, 1) for seconds in (10.0, 60.0)]
    [9.3, 57.6]
    """

    within_limits: float = 0.5
    before_more_rows: float = 0.5
    worth_searching: float = 0.05
    students: float = 0.8
    reserve: float = 0.04
    max_reserve: float = 0.07
    reserved_seconds: float = 2.0

    def of_search(
        self, budget: Budget, deadline: Deadline, *, limited: bool, more_rows: bool
    ) -> Budget:
        """Return what of a budget is for searching.

        It is less where there are limits, or more rows to train on than those that are searched on.
        """
        budget = budget.part(self.within_limits if limited else 1.0)
        if not more_rows or budget.seconds is None:
            return budget
        begun = deadline.elapsed()
        left = max(0.0, budget.seconds - begun)
        return replace(budget, seconds=begun + self.before_more_rows * left)

    def of_students(self, deadline: Deadline) -> Deadline:
        """Return the time for trying students, in what is left now."""
        left = self.unreserved(deadline)
        if left.seconds is None:
            return Deadline(None)
        return Deadline(self.students * max(0.0, left.remaining()))

    def unreserved(self, deadline: Deadline) -> Deadline:
        """Return a deadline that leaves the time for compiling and saving."""
        seconds = deadline.seconds
        if not seconds:
            return deadline.less(0.0)
        return deadline.less(
            max(self.reserve, min(self.reserved_seconds / seconds, self.max_reserve))
        )
