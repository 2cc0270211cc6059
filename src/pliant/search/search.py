"""The search: candidates are proposed, made to fit the time that is left, raced over the splits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from pliant.config import Clock
from pliant.engine.base import Engine, Job
from pliant.evaluate import Candidate, Outcome, Prepared
from pliant.models.base import Limits, Shape, import_seconds
from pliant.models.catalogue import FAMILIES
from pliant.plan.plan import Plan
from pliant.search.base import Strategy
from pliant.search.halving import Halving
from pliant.search.trial import Progress, Trial

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

ENOUGH, MOST_HASTENED = 4, 3.0
"""Once there are so many trials, a candidate is not made cheaper than that many times."""

FEWEST_ROWS = 1_000
"""Training rows below which a candidate is not thinned to save time."""


def refit_seconds(trial: Trial, n_rows: int) -> float:
    """Return about how long a refit of a trial on a quarter more than `n_rows` takes."""
    mean = float(np.mean([o.seconds for o in trial.outcomes]))
    return 1.3 * mean * max(1.0, 1.25 * n_rows / max(trial.rows, 1))


def _mean(outcomes: Sequence[Outcome], over: Sequence[Outcome] | None = None) -> float:
    """Return the mean score of outcomes; over the first ones only, as many as `over` has."""
    return float(np.mean([o.score for o in outcomes[: None if over is None else len(over)]]))


@dataclass(frozen=True)
class Session:
    """What a search works with; `watch` hears of its progress.

    Each of `splits` returns itself prepared, with crossed categories or without.
    """

    plan: Plan
    splits: Sequence[Callable[[bool], Prepared]]
    clock: Clock
    threads: int
    seed: int
    watch: Callable[[Progress], None]


class Search:
    """Runs strategies one after another until time, trials or proposals are used up."""

    def __init__(self, session: Session, engine: Engine) -> None:
        self.session, self.engine = session, engine
        self.trials: list[Trial] = []
        self._speed: dict[str, float] = {}
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
        while refused < MOST_REFUSED and not self._over():
            candidate = strategy.ask()
            if candidate is None:
                return
            trial = self._try(candidate)
            if trial is None:
                refused += 1
                continue
            refused = 0
            self.trials.append(trial)
            for each in all_:
                each.tell(trial)

    def left(self) -> float:
        """Return the seconds left to search, so that what comes after has its time."""
        seconds = self.session.plan.seconds
        if seconds is None:
            return np.inf
        return seconds - self.session.clock.elapsed() - self._reserved(seconds)

    def _reserved(self, seconds: float) -> float:
        """Return what combining, refitting the likely members and saving may take."""
        done = sorted((t for t in self.trials if t.status == "done"), key=lambda t: -t.score)
        n_rows = len(self.session.splits[0](False).data.train) if done else 0
        each = [refit_seconds(trial, n_rows) for trial in done[:LIKELY_MEMBERS]]
        # What takes longer than all there can be will not be refitted.
        refits = sum(s for s in each if s <= MOST_RESERVED * seconds) / self.engine.workers
        fixed = SAVING_SHARE * seconds
        return fixed + min(MOST_RESERVED * seconds, max(LEAST_RESERVED * seconds, refits))

    def _over(self) -> bool:
        trials = self.session.plan.trials
        if trials is not None and len(self.trials) >= trials:
            return True
        return bool(self.trials) and self.left() <= 0

    def _try(self, candidate: Candidate) -> Trial | None:
        """Return the trial of a candidate, or None when too little time is left for it."""
        family = FAMILIES[candidate.family]
        first = self.session.splits[0](candidate.crossed)
        loading = import_seconds(family.package)
        planned = self._planned(candidate, loading)
        if planned <= 0:
            return None
        fitted = self._fit_to_time(candidate, first, planned)
        if fitted is None:
            return None
        candidate, rows, hint = fitted
        self._say(candidate)
        seconds = planned * PATIENCE + loading
        few = self._halving.first_step(rows, candidate.family in self._speed)
        if few is not None:
            outcomes = self._race(candidate, few, seconds)
            if outcomes[-1].reason or not self._halving.passes(_mean(outcomes)):
                return self._trial(candidate, few, outcomes)
        outcomes = self._race(candidate, rows, seconds)
        if np.isfinite(outcomes[0].score) and np.isfinite(planned):
            took = max(outcomes[0].seconds, 1e-3)
            self._speed[candidate.family] = took / max(hint, 1e-4)
        return self._trial(candidate, rows, outcomes)

    def _planned(self, candidate: Candidate, loading: float) -> float:
        left = self.left() - loading
        if not self.trials:
            share = 1.0 if left < WORTH_A_LIBRARY else INSTANT_SHARE
            return max(left * share, LEAST_SECONDS)
        return left * FIRST_SHARE if len(self.trials) < 8 else left

    def _fit_to_time(
        self, candidate: Candidate, first: Prepared, planned: float
    ) -> tuple[Candidate, int, float] | None:
        """Return the candidate made cheaper if it must be, its rows, and a fit's hinted seconds."""
        family, n_rows = FAMILIES[candidate.family], len(first.data.train)
        n_features, n_outputs = len(first.features.features), first.target.n_outputs
        speed = self._speed.get(candidate.family, 1.0)
        allowed = planned / self._waves() / speed

        def hint(c: Candidate, rows: int) -> float:
            shape = Shape(rows, n_features, n_outputs, self._threads())
            return family.seconds(c.config, shape)

        if not np.isfinite(allowed) or hint(candidate, n_rows) <= allowed:
            return candidate, n_rows, hint(candidate, n_rows)
        if len(self.trials) >= ENOUGH and hint(candidate, n_rows) > MOST_HASTENED * allowed:
            return None
        config = family.hasten(candidate.config, hint(candidate, n_rows) / allowed)
        hastened = replace(candidate, config=config)
        cost = hint(hastened, n_rows)
        fewest = min(n_rows, FEWEST_ROWS)
        rows = n_rows if cost <= allowed else max(fewest, int(n_rows * allowed / cost))
        too_much = hint(hastened, rows) > 3 * allowed and self.trials
        return None if too_much else (hastened, rows, hint(hastened, rows))

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
        for number, split in enumerate(session.splits):
            used = session.clock.elapsed() - start
            late = used > seconds or (self.left() <= 0 and bool(self.trials))
            if late and number >= self.engine.workers:
                return
            prepared = split(candidate.crossed).thinned(rows, session.seed)
            share = min(seconds, max(self.left(), LEAST_SECONDS)) / self._waves()
            clock = Clock(share if np.isfinite(share) else None)
            yield Job(candidate, prepared, Limits(clock, self._threads(), session.seed))

    def _waves(self) -> int:
        """Return how many times as long as one fit the fits on all splits take."""
        return -(-len(self.session.splits) // self.engine.workers)

    def _threads(self) -> int:
        """Return the threads of one fit: those at work together are no more than allowed."""
        at_once = min(self.engine.workers, len(self.session.splits))
        return max(1, self.session.threads // at_once)

    def _dropped(self, candidate: Candidate, outcomes: list[Outcome]) -> bool:
        """Return whether a candidate of a known family is clearly worse on the splits so far."""
        best = self._best()
        if best is None or len(outcomes) == len(self.session.splits):
            return False
        done = [t.candidate.family for t in self.trials if t.status == "done"]
        if candidate.family not in done:
            return False
        metric = self.session.splits[0](False).data.metric
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
        if len(outcomes) == len(self.session.splits):
            status = "done"
        else:
            status = "dropped" if self._dropped(candidate, outcomes) else "cut"
        return Trial(number, candidate, status, score, rows, tuple(outcomes), reason)

    def _score(self, outcomes: list[Outcome]) -> float:
        """Return the mean score; of some splits only, what it likely is over all of them."""
        best = self._best()
        if best is None or len(outcomes) == len(self.session.splits):
            return _mean(outcomes)
        return best.score + _mean(outcomes) - _mean(best.outcomes, outcomes)

    def _say(self, candidate: Candidate) -> None:
        done = [t.score for t in self.trials if t.status == "done"]
        metric = self.session.splits[0](False).data.metric
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
