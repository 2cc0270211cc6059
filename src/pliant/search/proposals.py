"""Proposals: strategies are asked one after another, and told what came of what they proposed."""

from __future__ import annotations

from collections.abc import Sequence

from pliant.search.base import Strategy
from pliant.search.portfolio import Portfolio
from pliant.training.records import Candidate, Trial

MAX_REFUSED = 12
"""Proposals in a row that would take too long, after which a strategy is asked no more."""


class Proposals:
    """What strategies propose, in an order that depends on no worker.

    When the candidate of trial n is asked for, all strategies have been told of the trials before
    n - `ahead`, and of no other. The first one that has something to propose is heard; where none
    has, they are told of one trial more and asked again, until they know of all. What was put off
    comes after the first strategy.
    """

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self.accepted = 0
        """How many candidates became attempts: the number of the next one."""
        self._told = self._due = 0
        self._refused = 0
        self._later = Portfolio(())
        self._all: Sequence[Strategy] = ()
        self._asked: list[Strategy] = []
        self._heard: Strategy | None = None

    def begin(self, strategies: Sequence[Strategy]) -> None:
        """Ask these strategies from now on."""
        first, *others = strategies
        self._all, self._asked, self._refused = strategies, [first, self._later, *others], 0

    def end(self) -> None:
        """Ask nobody any more."""
        self._asked.clear()

    def next(self, trials: Sequence[Trial]) -> Candidate | None:
        """Return a candidate; None where there is none until more trials are over, or for good.

        `trials` are those that are over, in their order. What becomes of the candidate is said
        next: `accept`, `refuse` or `put_off`.
        """
        while self._asked and self._tell(trials):
            for strategy in self._asked:
                candidate = strategy.ask()
                if candidate is not None:
                    self._heard = strategy
                    return candidate
            if self._told == self.accepted:
                self.end()
            self._due = self._told + 1
        return None

    def accept(self) -> None:
        """The candidate is an attempt now."""
        self.accepted += 1
        self._refused = 0
        self._due = self.accepted - self._ahead

    def refuse(self) -> None:
        """There is too little time for the candidate; after some of these in a row, its strategy
        is asked no more.
        """
        self._refused += 1
        if self._refused == MAX_REFUSED:
            self._asked = [each for each in self._asked if each is not self._heard]
            self._refused = 0

    def put_off(self, candidate: Candidate) -> bool:
        """Keep a candidate for later; return whether that can be: it was not kept before."""
        if self._heard is self._later:
            return False
        if self._heard is self._all[0]:
            self._later.add(candidate)
        return True

    def _tell(self, trials: Sequence[Trial]) -> bool:
        """Tell all strategies of the trials that are due; return whether these are over."""
        for trial in trials[self._told : max(self._due, self._told)]:
            for each in self._all:
                each.tell(trial)
            self._told += 1
        return self._told >= self._due
