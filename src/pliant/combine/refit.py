"""From chosen trials to final members: refitted on all rows where time allows, else fold models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from pliant.combine.choose import Choice
from pliant.config import Clock
from pliant.engine.base import Engine, Job
from pliant.evaluate import Member, Prepared
from pliant.models.base import Limits
from pliant.models.catalogue import FAMILIES
from pliant.search.trial import Trial

AVERAGED_BELOW = 2_000
"""Rows below which the models of the folds are averaged: there, rounds are too uncertain to
refit with (credit-g, 60 s: test AUC 0.804 averaged, 0.790 refitted; phoneme, with 4,000 rows:
0.959 and 0.960)."""

MOST_AVERAGED = 12
"""Models of folds in an ensemble, three a trial at least: each costs time a row (credit-g, with 96:
6.6 ms)."""

SOUND_ROWS, SOUND_SLACK = 5_000, 0.1
"""Rows that a refit is checked on, and the share by which its loss may exceed that of its folds."""

FEWEST_AVERAGED = 3
"""Folds whose models together have seen all rows, each most of them."""


@dataclass(frozen=True)
class Weighted:
    """A member of the final ensemble and its weight."""

    member: Member
    weight: float
    trial: int
    refitted: bool


@dataclass(frozen=True)
class Refit:
    """What refitting works with: all rows, prepared when first needed, and the time there is."""

    whole: Callable[[bool], Prepared]
    n_rows: int
    clock: Clock
    seed: int

    def members(self, choice: Choice, engine: Engine) -> list[Weighted]:
        """Return the final members, the heaviest first."""
        pairs = sorted(zip(choice.trials, choice.weights, strict=True), key=lambda p: -p[1])
        chosen = self._affordable([trial for trial, _ in pairs], engine.workers)
        jobs = [self._job(trial, max(1, engine.workers // len(chosen))) for trial in chosen]
        refitted = self._refitted(chosen, engine, jobs)
        most = max(FEWEST_AVERAGED, MOST_AVERAGED // max(1, len(pairs) - len(chosen)))
        out: list[Weighted] = []
        for trial, weight in pairs:
            member = refitted.get(trial.number)
            if member is not None:
                out.append(Weighted(member, weight, trial.number, True))
                continue
            fold = [o.member for o in trial.outcomes if o.member is not None][:most]
            out += [Weighted(m, weight / len(fold), trial.number, False) for m in fold]
        return out

    def _refitted(
        self, chosen: Sequence[Trial], engine: Engine, jobs: Sequence[Job]
    ) -> dict[int, Member]:
        """Return the sound refits by trial number; Ctrl-C keeps those that there are."""
        refitted: dict[int, Member] = {}
        try:
            with closing(engine.run(jobs)) as made:
                for trial, outcome in zip(chosen, made, strict=True):
                    if outcome.member is not None and self._sound(trial, outcome.member):
                        refitted[trial.number] = outcome.member
        except KeyboardInterrupt:
            return refitted
        return refitted

    def _sound(self, trial: Trial, member: Member) -> bool:
        """Return whether a refit does on rows it has seen about as well as folds on unseen ones.

        Without validation rows nothing stops boosting that diverges, as large steps may.
        """
        if not member.fitted.finished:
            return False
        whole = self.whole(trial.candidate.crossed)
        train, metric = whole.data.train, whole.data.metric
        rows = np.linspace(0, len(train) - 1, min(len(train), SOUND_ROWS)).astype(np.intp)
        target = train.target.take(rows)
        if target.task == "regression":
            target = replace(target, values=member.scaled(target.values.astype(np.float64)))
        weight = None if train.weight is None else train.weight[rows]
        predictions = member.scaled(member.fitted.predict(train.X[rows]))
        loss, expected = metric.loss(metric(target, predictions, weight)), metric.loss(trial.score)
        return bool(loss - expected <= SOUND_SLACK * abs(expected))

    def _expected(self, trial: Trial) -> float:
        """Return about how long a refit takes, by what the trial's fits took."""
        mean = float(np.mean([o.seconds for o in trial.outcomes]))
        return mean * self.n_rows / max(trial.rows, 1)

    def _averaged(self, trial: Trial) -> bool:
        """Return whether the models of the folds do better together than one on all rows."""
        if trial.outcomes[0].member is None or len(trial.outcomes) < FEWEST_AVERAGED:
            return False
        return FAMILIES[trial.candidate.family].averaged or self.n_rows < AVERAGED_BELOW

    def _affordable(self, trials: Sequence[Trial], workers: int) -> list[Trial]:
        """Return the trials whose refits end in time, each on the worker that is free first."""
        free, chosen = [0.0] * workers, []
        for trial in trials:
            first = int(np.argmin(free))
            end = free[first] + self._expected(trial)
            if not self._averaged(trial) and end <= self.clock.remaining():
                free[first] = end
                chosen.append(trial)
        return chosen

    def _job(self, trial: Trial, threads: int) -> Job:
        left = self.clock.remaining()
        whole = self.whole(trial.candidate.crossed)
        prepared = replace(whole, data=whole.data.apart())
        limits = Limits(
            Clock(None if np.isinf(left) else left), threads, self.seed, trial.rounds or None
        )
        return Job(trial.candidate, prepared, limits)
