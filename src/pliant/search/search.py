"""The search: candidates are proposed, made to fit the time that is left, raced over the splits.

The splits of one candidate, and the next candidates behind it, are given to the engine as its
workers become free; what comes back is looked at in the order in which it was given. `_sent` holds
the attempt of each job that is out, `_rest` the jobs that the last attempt has left.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from pliant.core.config import Clock
from pliant.core.errors import ClusterError
from pliant.search.attempt import Attempt
from pliant.search.base import Strategy
from pliant.search.beginning import Beginning
from pliant.search.halving import Halving
from pliant.search.journal import Journal, Step
from pliant.search.pace import Pace
from pliant.search.plan import Plan
from pliant.search.portfolio import Portfolio
from pliant.search.ranking import Ranking, mean_score
from pliant.search.shelf import SHELF_BYTES, Shelf
from pliant.search.timetable import LEAST_SECONDS, Timetable
from pliant.training.engines.base import Engine
from pliant.training.progress import Progress
from pliant.training.records import INTERRUPTED, Candidate, Job, Outcome, Trial
from pliant.training.study import Study

MOST_REFUSED = 12
"""Proposals in a row that would take too long, after which a strategy is asked no more."""

AHEAD = 3
"""Without a clock: trials that a proposal does not know of yet. It is the same however many workers
there are, so that the proposals are, and it keeps this many more candidates than one at work."""

LATE, LATE_SECONDS = 2.0, 10.0
"""What the first candidate may take to be prepared: a model that is late is better than none. That
many times the seconds left, and so many more; any other must begin while there is time."""


@dataclass(frozen=True)
class Session:
    """What a search works with; `watch` hears of its progress, `journal` keeps its trials.

    Predictions and models of trials take `shelf` bytes at most.
    """

    plan: Plan
    study: Study
    clock: Clock
    watch: Callable[[Progress], None]
    journal: Journal | None = None
    shelf: int = SHELF_BYTES


class Search:
    """Runs strategies one after another until time, trials or proposals are used up."""

    def __init__(self, session: Session, engine: Engine) -> None:
        self.session, self.engine = session, engine
        self._ranking = Ranking(session.study)
        self._times = Timetable(session.plan, session.study, session.clock, engine)
        self._pace = Pace(session.study, engine)
        self._halving, self._shelf = Halving(), Shelf(session.shelf)
        self._begun = Beginning(
            self._times, self._pace, self._ranking, self._halving, session.journal
        )
        self._later = Portfolio(())
        self._under_way: deque[Attempt] = deque()
        self._sent: deque[Attempt] = deque()
        self._rest: Iterator[Job | None] = iter(())
        self._asked = self._told = 0
        self._ahead = AHEAD
        self._interrupted = self._ended = False
        if session.plan.seconds is not None:
            self._ahead = _at_once(engine.workers, len(session.study.splits))

    def run(self, strategies: Sequence[Strategy]) -> list[Trial]:
        """Return all trials. Ctrl-C ends the search, and the time, and keeps what there is; so
        does the loss of the cluster, with a warning.
        """
        try:
            with closing(self.engine.run(self._jobs(strategies))) as outcomes:
                outcome = next(outcomes, None)
                while outcome is not None:
                    unwanted = self._take(outcome)
                    try:
                        outcome = outcomes.send(unwanted)
                    except StopIteration:
                        break
        except (KeyboardInterrupt, ClusterError) as error:
            if not self._ranking.done():
                raise
            self._ended = True
            if isinstance(error, ClusterError):
                n_trials = len(self._ranking.trials)
                warnings.warn(f"{error}; the model is made of {n_trials} trials", stacklevel=3)
            else:
                self.session.clock.stop()
        return self._ranking.trials

    def left(self) -> float:
        """Return the seconds left to search."""
        return 0.0 if self._ended else self._times.left(self._ranking)

    def expect(self, chosen: Sequence[Trial]) -> None:
        """Keep as much time as the refits of the chosen trials take, where it was more before."""
        self._times.expect(chosen, len(self._ranking.trials))

    def _jobs(self, strategies: Sequence[Strategy]) -> Iterator[Job | None]:
        """Yield what is to be evaluated, as the strategies propose it, one after another.

        None comes while the next job depends on outcomes that were not looked at yet.
        """
        first, *others = strategies
        for strategy in (first, self._later, *others):
            refused = 0
            while refused < MOST_REFUSED and self._goes_on():
                yield from self._until_told(strategies, self._asked - self._ahead)
                candidate = strategy.ask()
                if candidate is None:
                    if self._told == self._asked:
                        break
                    yield from self._until_told(strategies, self._asked)
                    continue
                attempt = self._begun.recalled(candidate, self._asked)
                put_off = attempt is None and self._begun.put_off(candidate)
                if put_off and strategy is not self._later:
                    self._later.add(candidate)
                    continue
                if attempt is None and not self._late():
                    attempt = self._begun.new(candidate, self._asked)
                if attempt is None:
                    refused += 1
                    continue
                refused = 0
                yield from self._begin(attempt)
        yield from self._rest

    def _until_told(self, strategies: Sequence[Strategy], before: int) -> Iterator[Job | None]:
        """Yield what must be done until the strategies know of all trials before one.

        The first candidate goes ahead of everything: once it is through, there is a model.
        """
        if self._asked in (before, 1):
            yield from self._rest
        while not self._tell(strategies, before):
            yield None

    def _begin(self, attempt: Attempt) -> Iterator[Job | None]:
        """Yield the first job of an attempt, and then what is left of the one before it.

        So it is known by then whether the first split was worth the others.
        """
        self._asked += 1
        self._under_way.append(attempt)
        steps = self._steps(attempt)
        first = next(steps, None)
        if first is not None:
            yield first
        yield from self._rest
        self._rest = steps
        self._settle()

    def _goes_on(self) -> bool:
        """Return whether there are trials left to make, or to remember."""
        trials, journal = self.session.plan.trials, self.session.journal
        if trials is not None and self._asked >= trials:
            return False
        return not self._late() or (journal is not None and journal.more)

    def _late(self) -> bool:
        return self._asked > 0 and self.left() <= 0

    def _tell(self, strategies: Sequence[Strategy], before: int) -> bool:
        """Tell all strategies of the trials before one; return whether all of these are over."""
        trials = self._ranking.trials
        for trial in trials[self._told : max(before, self._told)]:
            for each in strategies:
                each.tell(trial)
            self._told += 1
        return self._told >= before

    def _steps(self, attempt: Attempt) -> Iterator[Job | None]:
        """Yield the jobs of an attempt: on few rows first, where they come first."""
        if attempt.trial is not None:
            return
        self._say(attempt.candidate)
        if attempt.few is not None:
            yield from self._splits(attempt, attempt.few)
            while attempt.out and attempt.trial is None:
                yield None
            if attempt.trial is not None:
                return
            score = mean_score(attempt.outcomes)
            if not self._halving.passes(score):
                attempt.trial = replace(self._ranking.trial(attempt), first_step=score)
                return
            attempt.go_on(score)
        yield from self._splits(attempt, attempt.rows)
        attempt.all_sent = True
        self._end_if_back(attempt)
        self._settle()

    def _splits(self, attempt: Attempt, rows: int) -> Iterator[Job]:
        """Yield a job a split; those that would begin too late are left out."""
        session = self.session
        for split in range(len(session.study.splits)):
            if attempt.trial is not None:
                return
            if self.engine.in_process and self.left() > 0:
                self._pace.prepare(attempt.candidate, split, rows)
            left = self.left()
            if attempt.number == 0 and split < self.engine.workers:
                left = max(left, LEAST_SECONDS)
            if split > 0 and left <= 0:
                return
            share = max(0.0, min(attempt.seconds, left)) / self._pace.waves
            allowed = share if np.isfinite(share) else None
            attempt.sent += 1
            self._sent.append(attempt)
            latest = None if np.isinf(left) else self._latest(attempt, left)
            yield Job(attempt.candidate, split, rows, allowed, self._pace.threads, latest=latest)

    @staticmethod
    def _latest(attempt: Attempt, left: float) -> float:
        """Return within how many seconds a fit of an attempt must begin."""
        return max(0.0, left) if attempt.number else LATE * left + LATE_SECONDS

    def _take(self, outcome: Outcome) -> list[int]:
        """Look at the next outcome; return which of those to come are not wanted any more."""
        attempt = self._sent.popleft()
        if outcome.reason == INTERRUPTED:
            return self._forgotten(attempt)
        attempt.outcomes.append(outcome)
        if outcome.reason or self._ranking.clearly_worse(attempt):
            attempt.trial = self._ranking.trial(attempt)
            if attempt.on_first_step and not outcome.reason:
                score = mean_score(attempt.outcomes)
                self._halving.passes(score)
                attempt.trial = replace(attempt.trial, first_step=score)
        else:
            self._end_if_back(attempt)
        self._settle()
        return self._without([sent for sent in self._sent if sent.trial is not None])

    def _forgotten(self, attempt: Attempt) -> list[int]:
        """Let go of an attempt that Ctrl-C has cut; no trial from now on goes into the journal,
        where this one would be missing before it.
        """
        self._interrupted = True
        self._under_way = deque(each for each in self._under_way if each is not attempt)
        self._settle()
        return self._without([attempt])

    def _without(self, attempts: Sequence[Attempt]) -> list[int]:
        """Expect no job of some attempts any more; return the places of those that are out."""
        gone = [any(sent is each for each in attempts) for sent in self._sent]
        self._sent = deque(sent for sent, out in zip(self._sent, gone, strict=True) if not out)
        return [place for place, out in enumerate(gone) if out]

    def _end_if_back(self, attempt: Attempt) -> None:
        """Make a trial of an attempt once all of its outcomes are there."""
        full = not attempt.on_first_step and attempt.sent == len(self.session.study.splits)
        if (full or attempt.all_sent) and not attempt.out and attempt.trial is None:
            attempt.trial = self._ranking.trial(attempt)

    def _settle(self) -> None:
        """Take the trials that are over into the ranking, in their order, and into the journal."""
        while self._under_way and (trial := self._under_way[0].trial) is not None:
            attempt = self._under_way.popleft()
            if self._interrupted:  # one before it may be missing
                trial = replace(trial, number=len(self._ranking.trials))
            self._ranking.trials.append(trial)
            if self.session.plan.seconds is not None:  # else nothing may depend on how fast it is
                self._pace.learn(trial)
            if self.session.journal and not attempt.recalled and not self._interrupted:
                elapsed = self.session.clock.elapsed()
                self.session.journal.record(Step(attempt.proposed, trial, elapsed))
            for told in self._shelf.put(trial):
                self._ranking.trials[told.number] = told

    def _say(self, candidate: Candidate) -> None:
        done, measure = self._ranking.done(), self.session.study.measure
        shown = measure.shown(done[0].score) if done else None
        plan, elapsed = self.session.plan, self.session.clock.elapsed()
        n_trials = len(self._ranking.trials)
        progress = Progress("search", elapsed, plan.seconds, n_trials, shown, candidate.name)
        self.session.watch(progress)


def _at_once(workers: int, splits: int) -> int:
    """Return how many trials must be under way so that no worker waits: none with one worker."""
    return 0 if workers == 1 else 2 + (workers - 1) // splits
