"""The search: candidates are proposed, made to fit the time that is left, raced over the splits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from pliant.config import Clock
from pliant.engine.base import Engine
from pliant.evaluate import Candidate, Job, Outcome
from pliant.journal import Journal, Step
from pliant.models.base import import_seconds
from pliant.models.catalogue import FAMILIES
from pliant.plan.plan import Plan
from pliant.search.base import Strategy
from pliant.search.halving import Halving
from pliant.search.pace import Pace
from pliant.search.trial import Progress, Trial
from pliant.study import Study

FIRST_SHARE = 0.3
"""Of the search seconds left, what one candidate is planned to take at most."""

PATIENCE = 1.6
"""How many times its planned seconds a candidate may take before it is cut."""

CLEARLY_WORSE, UNSURE = 0.03, 0.5
"""A loss on the splits so far is clearly worse than the best trial's on the same splits when it
is greater by that share, plus `UNSURE` over the root of the rows it was measured on."""

LIKELY_MEMBERS = 4
"""Trials, the best ones, whose refits are counted on."""

SAVING_SHARE, LEAST_RESERVED, MOST_RESERVED = 0.04, 0.06, 0.45
"""Of the seconds: kept for compiling and saving, and the bounds of what refitting is given."""

LEAST_SECONDS = 0.2
"""What the first candidate gets even when no time is left: there is always a model."""

WORTH_A_LIBRARY = 4.0
"""Seconds below which no library is worth its import: the first candidate gets all of them."""

INSTANT_SHARE = 0.03
"""Of longer searches, what the first candidate gets: a model that is there whatever comes."""

MOST_REFUSED = 12
"""Proposals in a row that would take too long, after which a strategy is asked no more."""


def refit_seconds(trial: Trial, n_rows: int) -> float:
    """Return about how long a refit of a trial on a quarter more than `n_rows` takes."""
    mean = float(np.mean([o.seconds for o in trial.outcomes]))
    return 1.3 * mean * max(1.0, 1.25 * n_rows / max(trial.rows, 1))


def _mean(outcomes: Sequence[Outcome], over: Sequence[Outcome] | None = None) -> float:
    """Return the mean score of outcomes; over the first ones only, as many as `over` has."""
    return float(np.mean([o.score for o in outcomes[: None if over is None else len(over)]]))


@dataclass(frozen=True)
class Session:
    """What a search works with; `watch` hears of its progress, `journal` keeps its trials."""

    plan: Plan
    study: Study
    clock: Clock
    watch: Callable[[Progress], None]
    journal: Journal | None = None


class Search:
    """Runs strategies one after another until time, trials or proposals are used up."""

    def __init__(self, session: Session, engine: Engine) -> None:
        self.session, self.engine = session, engine
        self.trials: list[Trial] = []
        self._pace = Pace(session.study, engine)
        self._halving = Halving()

    def run(self, strategies: Sequence[Strategy]) -> list[Trial]:
        """Return all trials. Ctrl-C ends the search and keeps what there is."""
        try:
            for strategy in strategies:
                self._follow(strategy, strategies)
        except KeyboardInterrupt:
            if not any(t.status == "done" for t in self.trials):
                raise
        return self.trials

    def _follow(self, strategy: Strategy, all_: Sequence[Strategy]) -> None:
        """Try what one strategy proposes, until it or the budget has no more."""
        refused = 0
        while refused < MOST_REFUSED and self._goes_on():
            candidate = strategy.ask()
            if candidate is None:
                return
            trial = self._recalled(candidate) or self._new(candidate)
            if trial is None:
                refused += 1
                continue
            refused = 0
            self.trials.append(trial)
            for each in all_:
                each.tell(trial)

    def _recalled(self, candidate: Candidate) -> Trial | None:
        """Return what the journal has of a candidate; its time has passed too."""
        journal = self.session.journal
        step = journal.recall(candidate) if journal else None
        if step is None:
            return None
        self.session.clock.advance(step.elapsed)
        if step.trial.first_step is not None:
            self._halving.passes(step.trial.first_step)
        self._learn(step.trial)
        return replace(step.trial, number=len(self.trials))

    def _new(self, candidate: Candidate) -> Trial | None:
        """Try a candidate, and keep in the journal what came of it."""
        if self._late():
            return None
        trial = self._try(candidate)
        if trial is not None and self.session.journal:
            elapsed = self.session.clock.elapsed()
            self.session.journal.record(Step(candidate, trial, elapsed))
        return trial

    def _learn(self, trial: Trial) -> None:
        """Learn how fast a family is here; without a clock nothing may depend on that."""
        if self.session.plan.seconds is not None:
            self._pace.learn(trial)

    def left(self) -> float:
        """Return the seconds left to search, so that what comes after has its time."""
        seconds = self.session.plan.seconds
        if seconds is None:
            return np.inf
        return seconds - self.session.clock.elapsed() - self._reserved(seconds)

    def _reserved(self, seconds: float) -> float:
        """Return what combining, refitting the likely members and saving may take."""
        done = sorted((t for t in self.trials if t.status == "done"), key=lambda t: -t.score)
        n_rows = len(self.session.study.splits[0].train)
        each = [refit_seconds(trial, n_rows) for trial in done[:LIKELY_MEMBERS]]
        # What takes longer than all there can be will not be refitted.
        refits = sum(s for s in each if s <= MOST_RESERVED * seconds) / self.engine.workers
        fixed = SAVING_SHARE * seconds
        return fixed + min(MOST_RESERVED * seconds, max(LEAST_RESERVED * seconds, refits))

    def _goes_on(self) -> bool:
        """Return whether there are trials left to make, or to remember."""
        trials, journal = self.session.plan.trials, self.session.journal
        if trials is not None and len(self.trials) >= trials:
            return False
        return not self._late() or (journal is not None and journal.more)

    def _late(self) -> bool:
        return bool(self.trials) and self.left() <= 0

    def _try(self, candidate: Candidate) -> Trial | None:
        """Return the trial of a candidate, or None when too little time is left for it."""
        family = candidate.family
        loading = 0.0 if self._pace.knows(family) else import_seconds(FAMILIES[family].package)
        planned = self._planned(candidate, loading)
        if planned <= 0:
            return None
        fitted = self._pace.within(candidate, planned, first=not self.trials)
        if fitted is None:
            return None
        candidate, rows = fitted
        if too_large := self._too_large(candidate, rows):
            return self._trial(candidate, rows, [Outcome.failed(0.0, too_large)])
        self._say(candidate)
        seconds = planned * PATIENCE + loading
        few, first_step = self._halving.first_step(rows, self._pace.knows(family)), None
        if few is not None:
            outcomes = self._race(candidate, few, seconds)
            first_step = _mean(outcomes)
            if outcomes[-1].reason or not self._halving.passes(first_step):
                return replace(self._trial(candidate, few, outcomes), first_step=first_step)
        outcomes = self._race(candidate, rows, seconds)
        trial = replace(self._trial(candidate, rows, outcomes), first_step=first_step)
        self._learn(trial)
        return trial

    def _too_large(self, candidate: Candidate, rows: int) -> str:
        """Return why a fit would not go into its memory; nothing when it would."""
        allowed = self.engine.memory
        if allowed is None:
            return ""
        needed = self._pace.memory(candidate, rows)
        if needed <= allowed:
            return ""
        return (
            f"left out: a fit needs about {needed / 1e9:.2f} GB and {allowed / 1e9:.2f} GB are "
            "free for each; allow more memory, or fewer at once"
        )

    def _planned(self, candidate: Candidate, loading: float) -> float:
        left = self.left() - loading
        if not self.trials:
            share = 1.0 if left < WORTH_A_LIBRARY else INSTANT_SHARE
            return max(left * share, LEAST_SECONDS)
        return left * FIRST_SHARE if len(self.trials) < 8 else left

    def _race(self, candidate: Candidate, rows: int, seconds: float) -> list[Outcome]:
        """Return the outcomes on the splits, up to a failure, a clear defeat or the deadline."""
        outcomes: list[Outcome] = []
        with closing(self.engine.run(self._jobs(candidate, rows, seconds))) as running:
            for outcome in running:
                outcomes.append(outcome)
                if outcome.reason or self._dropped(candidate, outcomes):
                    break
        return outcomes

    def _jobs(self, candidate: Candidate, rows: int, seconds: float) -> Iterator[Job]:
        """Yield a job a split; those that would begin too late are left out."""
        session, start = self.session, self.session.clock.elapsed()
        for split in range(len(session.study.splits)):
            used = session.clock.elapsed() - start
            late = used > seconds or (self.left() <= 0 and bool(self.trials))
            if late and split >= self.engine.workers:
                return
            if self.engine.in_process:  # before the job's seconds begin to count
                session.study.prepared(split, candidate.crossed)
            share = min(seconds, max(self.left(), LEAST_SECONDS)) / self._pace.waves
            allowed = share if np.isfinite(share) else None
            yield Job(candidate, split, rows, allowed, self._pace.threads)

    def _dropped(self, candidate: Candidate, outcomes: list[Outcome]) -> bool:
        """Return whether a candidate of a known family is clearly worse on the splits so far."""
        best = self._best()
        if best is None or len(outcomes) == len(self.session.study.splits):
            return False
        done = [t.candidate.family for t in self.trials if t.status == "done"]
        if candidate.family not in done:
            return False
        metric = self.session.study.measure
        ours, theirs = metric.loss(_mean(outcomes)), metric.loss(_mean(best.outcomes, outcomes))
        n_rows = sum(len(o.predictions) for o in outcomes if o.predictions is not None)
        margin = CLEARLY_WORSE + UNSURE / math.sqrt(max(n_rows, 1))
        return ours - theirs > abs(theirs) * margin

    def _best(self) -> Trial | None:
        done = [t for t in self.trials if t.status == "done"]
        return max(done, key=lambda t: t.score) if done else None

    def _trial(self, candidate: Candidate, rows: int, outcomes: list[Outcome]) -> Trial:
        number, reason = len(self.trials), outcomes[-1].reason
        if reason:
            return Trial(number, candidate, "failed", -np.inf, rows, tuple(outcomes), reason)
        score = self._score(outcomes)
        if len(outcomes) == len(self.session.study.splits):
            status = "done"
        else:
            status = "dropped" if self._dropped(candidate, outcomes) else "cut"
        return Trial(number, candidate, status, score, rows, tuple(outcomes), reason)

    def _score(self, outcomes: list[Outcome]) -> float:
        """Return the mean score; of some splits only, what it likely is over all of them."""
        best = self._best()
        if best is None or len(outcomes) == len(self.session.study.splits):
            return _mean(outcomes)
        return best.score + _mean(outcomes) - _mean(best.outcomes, outcomes)

    def _say(self, candidate: Candidate) -> None:
        done = [t.score for t in self.trials if t.status == "done"]
        metric = self.session.study.measure
        best = metric.shown(max(done)) if done else None
        plan, clock = self.session.plan, self.session.clock
        self.session.watch(
            Progress(
                "search",
                clock.elapsed(),
                plan.seconds,
                len(self.trials),
                best,
                candidate.name,
            )
        )
