"""The search: candidates are proposed, made to fit the time that is left, raced over the splits.

The way of a candidate: proposed, then recalled from a journal, put off, refused, or begun as an
attempt. The jobs of an attempt are submitted as there is room for them, and their outcomes looked
at in the order in which the jobs were. What is over is settled as a trial, in the order of the
attempts. So nothing depends on which worker is through first.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pliant.core.errors import ClusterError
from pliant.search.attempt import Attempt
from pliant.search.base import Strategy
from pliant.search.beginning import Beginning
from pliant.search.halving import Rung
from pliant.search.journal import Journal, JournalEntry
from pliant.search.pace import Pace
from pliant.search.plan import Plan
from pliant.search.proposals import Proposals
from pliant.search.ranking import Ranking, mean_score
from pliant.search.shelf import Shelf, shelf_bytes
from pliant.search.timetable import MIN_SECONDS, Timetable
from pliant.search.width import trials_ahead, trials_ahead_of_clock
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine, Task
from pliant.training.engines.dispatcher import Dispatcher
from pliant.training.progress import Progress
from pliant.training.records import Candidate, Job, Trial

LATE, LATE_SECONDS = 2.0, 10.0
"""What the first candidate may take to be prepared: a model that is late is better than none. That
many times the seconds left, and so many more; any other must begin while there is time."""


class Search:
    """Runs strategies one after another until time, trials or proposals are used up.

    `_under_way` has the attempts that are not settled, `_sent` each job that is out and its task.
    """

    def __init__(
        self, plan: Plan, engine: Engine, context: FitContext, journal: Journal | None = None
    ) -> None:
        self.plan, self.engine, self.context, self.journal = plan, engine, context, journal
        experiment, n_splits = engine.experiment, len(engine.experiment.splits)
        ahead = trials_ahead(plan.trials)
        if plan.seconds is not None:
            ahead = trials_ahead_of_clock(engine.workers, n_splits)
        self._ranking = Ranking(experiment)
        self._times = Timetable(plan, experiment, context.deadline, engine)
        self._pace = Pace(experiment, engine, ahead + 1)
        self._rung, self._shelf = Rung(plan.halving), Shelf(shelf_bytes(context.memory))
        self._begun = Beginning(
            self._times, self._pace, self._ranking, self._rung, journal, experiment
        )
        self._proposals = Proposals(ahead)
        self._under_way: deque[Attempt] = deque()
        self._sent: deque[tuple[Attempt, Task]] = deque()
        self._interrupted = self._ended = False

    def run(self, strategies: Sequence[Strategy]) -> list[Trial]:
        """Return all trials. Ctrl-C ends the search, and the time, and keeps what there is; so
        does the loss of the cluster, with a warning.
        """
        self._proposals.begin(strategies)
        try:
            with Dispatcher(self.engine) as dispatcher:
                try:
                    self._go(dispatcher)
                except KeyboardInterrupt:
                    self._keep()
                    raise
        except ClusterError as error:
            if not self._ranking.done():
                raise
            self._ended = True
            n_trials = len(self._ranking.trials)
            warnings.warn(f"{error}; the model is made of {n_trials} trials", stacklevel=3)
        except KeyboardInterrupt:
            if not self._ranking.done():
                raise
            self._ended = True
            self.context.deadline.stop()
        return self._ranking.trials

    def left(self) -> float:
        """Return the seconds left to search."""
        return 0.0 if self._ended else self._times.left(self._ranking)

    def expect(self, chosen: Sequence[Trial]) -> None:
        """Keep as much time as the refits of the chosen trials take, where it was more before."""
        self._times.expect(chosen, len(self._ranking.trials))

    def _go(self, dispatcher: Dispatcher) -> None:
        """Submit jobs while there is room, and look at what came back, until neither is left."""
        while True:
            while self._sent and self._sent[0][1].done():
                self._take(*self._sent.popleft())
                self._cancel(dispatcher)
            attempt = self._next() if dispatcher.fits() else None
            if attempt is not None and dispatcher.fits(attempt.threads):
                self._submit(attempt, dispatcher)
            elif attempt is None and not self._sent and dispatcher.fits():
                return
            else:
                dispatcher.wait(self._sent[0][1] if self._sent else None)

    def _next(self) -> Attempt | None:
        """Return the attempt whose job is to be submitted next; None where there is none for now.

        The first job of an attempt comes before what is left of the one before it: so it is known
        by then whether the first split was worth the others. All of the very first candidate goes
        ahead: once it is through, there is a model.
        """
        ready = [attempt for attempt in self._under_way if attempt.ready]
        last = ready[-1] if ready and ready[-1] is self._under_way[-1] else None
        if last is not None and (last.sent == 0 or last.number == 0):
            return last
        if ready and ready[0] is not last:
            return ready[0]
        return self._propose() or last

    def _propose(self) -> Attempt | None:
        """Return a new attempt with a job to be submitted; None where there is none for now."""
        while self._goes_on():
            candidate = self._proposals.next(self._ranking.trials)
            if candidate is None:
                return None
            attempt = self._attempt(candidate)
            if attempt is None:
                continue
            self._proposals.accept()
            self._under_way.append(attempt)
            if attempt.ready:
                self._say(attempt.candidate)
                return attempt
            self._settle()
        self._proposals.end()
        return None

    def _attempt(self, candidate: Candidate) -> Attempt | None:
        """Return an attempt at a candidate; None where it is put off or refused."""
        number = self._proposals.accepted
        attempt = self._begun.recalled(candidate, number)
        if attempt is not None:
            return attempt
        if self._begun.put_off(candidate) and self._proposals.put_off(candidate):
            return None
        attempt = None if self._late() else self._begun.new(candidate, number)
        if attempt is None:
            self._proposals.refuse()
        return attempt

    def _goes_on(self) -> bool:
        """Return whether there are trials left to make, or to remember."""
        trials, journal = self.plan.trials, self.journal
        if trials is not None and self._proposals.accepted >= trials:
            return False
        return not self._late() or (journal is not None and journal.more)

    def _late(self) -> bool:
        return self._proposals.accepted > 0 and self.left() <= 0

    def _submit(self, attempt: Attempt, dispatcher: Dispatcher) -> None:
        """Submit the next job of an attempt; one that would begin too late is left out."""
        split = attempt.sent
        if self.engine.in_process and self.left() > 0:
            self._pace.prepare(attempt.candidate, split, attempt.rows_now)
        left = self.left()
        if attempt.number == 0 and split < self.engine.workers:
            left = max(left, MIN_SECONDS)
        if split > 0 and left <= 0:
            attempt.closed = True
            self._end_if_back(attempt)
            return
        task = dispatcher.submit(self._job(attempt, left))
        attempt.sent += 1
        self._sent.append((attempt, task))

    def _job(self, attempt: Attempt, left: float) -> Job:
        """Return the next job of an attempt, where there are so many seconds left."""
        share = max(0.0, min(attempt.seconds, left)) / self._pace.waves
        latest = max(0.0, left) if attempt.number else LATE * left + LATE_SECONDS
        return Job(
            attempt.candidate,
            attempt.sent,
            attempt.rows_now,
            share if np.isfinite(share) else None,
            attempt.threads,
            latest=latest if np.isfinite(latest) else None,
        )

    def _take(self, attempt: Attempt, task: Task) -> None:
        """Look at the outcome of a job: its attempt may have failed, be clearly worse, or over."""
        outcome = task.outcome()
        attempt.outcomes.append(outcome)
        if outcome.reason or self._ranking.clearly_worse(attempt):
            attempt.trial = self._ranking.trial(attempt)
            if attempt.on_first_step and not outcome.reason:
                score = mean_score(attempt.outcomes)
                self._rung.passes(score)
                attempt.trial = replace(attempt.trial, first_step=score)
            self._settle()
        else:
            self._end_if_back(attempt)

    def _cancel(self, dispatcher: Dispatcher) -> None:
        """Cancel the jobs of attempts that are over without them."""
        for attempt, task in self._sent:
            if attempt.trial is not None:
                dispatcher.cancel(task)
        self._sent = deque(pair for pair in self._sent if pair[0].trial is None)

    def _end_if_back(self, attempt: Attempt) -> None:
        """Make a trial of an attempt once all of its outcomes are there, or let it go on to all
        rows.
        """
        if not attempt.back:
            return
        if attempt.on_first_step:
            score = mean_score(attempt.outcomes)
            if self._rung.passes(score) and not attempt.closed:
                attempt.go_on(score)
                return
            attempt.trial = replace(self._ranking.trial(attempt), first_step=score)
        else:
            attempt.trial = self._ranking.trial(attempt)
        self._settle()

    def _settle(self) -> None:
        """Take the trials that are over into the ranking, in their order, and into the journal."""
        while self._under_way and (trial := self._under_way[0].trial) is not None:
            attempt = self._under_way.popleft()
            if self._interrupted:  # one before it may be missing
                trial = replace(trial, number=len(self._ranking.trials))
            self._ranking.add(trial)
            self._pace.learn(trial, attempt.threads)
            if self.journal and not attempt.recalled and not self._interrupted:
                elapsed = self.context.deadline.elapsed()
                self.journal.record(JournalEntry(attempt.proposed, trial, elapsed))
            for told in self._shelf.put(trial):
                self._ranking.replace(told)

    def _keep(self) -> None:
        """After Ctrl-C: look at what is done already, and forget attempts that are not over.

        No trial behind one of these goes into the journal, where that would be missing before it.
        """
        for attempt, task in self._sent:
            if attempt.trial is None and task.job.split == len(attempt.outcomes) and task.done():
                self._take(attempt, task)
        self._sent.clear()
        self._interrupted = True
        self._under_way = deque(each for each in self._under_way if each.trial is not None)
        self._settle()

    def _say(self, candidate: Candidate) -> None:
        done, measure = self._ranking.done(), self.engine.experiment.measure
        shown = measure.shown(done[0].score) if done else None
        plan, elapsed = self.plan, self.context.deadline.elapsed()
        n_trials = len(self._ranking.trials)
        progress = Progress("search", elapsed, plan.seconds, n_trials, shown, candidate.name)
        self.context.tell(progress)
