"""From chosen trials to final members: refitted on all rows where time allows, else fold models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError
from pliant.ensemble.choose import Selection
from pliant.ensemble.constant import base_rate_member, is_base_rate
from pliant.features.block import View
from pliant.models.base import Fitted
from pliant.models.registry import FAMILIES
from pliant.training.engines.base import Engine
from pliant.training.experiment import Experiment
from pliant.training.needs import threads_for
from pliant.training.prepared import Pipeline
from pliant.training.records import Candidate, Job, Outcome, Trial

AVERAGED_BELOW = 2_000
"""Rows below which the models of the folds are averaged: there, rounds are too uncertain to
refit with (credit-g, 60 s: test AUC 0.804 averaged, 0.790 refitted; phoneme, with 4,000 rows:
0.959 and 0.960)."""

MAX_AVERAGED = 12
"""Models of folds in an ensemble, three a trial at least: each costs time a row (credit-g, with 96:
6.6 ms)."""

SOUND_SLACK = 0.1
"""The share by which the loss of a refit on rows that it has seen may exceed that of its folds."""

SPARED, MAX_ROUNDS = 0.8, 2.0
"""Of the time to spare, what further rounds may take; and how many times the rounds, at most."""

MIN_AVERAGED = 3
"""Folds whose models together have seen all rows, each most of them."""


@dataclass(frozen=True)
class Weighted:
    """A member of the final ensemble and its weight."""

    member: Pipeline
    weight: float
    trial: int
    refitted: bool


@dataclass(frozen=True)
class Refit:
    """What refitting works with: the experiment, the time there is, and whether folds may be
    averaged.

    Where they may not, a trial is one member: refitted, or the model of its first fold. Nothing is
    refitted where what follows trains on more rows anyway.
    """

    experiment: Experiment
    deadline: Deadline
    averaging: bool = True
    refitting: bool = True

    def members(self, selection: Selection, engine: Engine) -> list[Weighted]:
        """Return the final members, the heaviest first; the base rate comes last."""
        weights = zip(selection.trials, selection.weights, strict=True)
        pairs = sorted((p for p in weights if not is_base_rate(p[0])), key=lambda p: -p[1])
        chosen, spare = self._affordable([trial for trial, _ in pairs], engine.workers)
        threads = engine.threads(max(1, min(engine.workers, len(chosen))))
        jobs = [self._job(trial, threads, spare) for trial in chosen]
        refitted = self._refitted(chosen, engine, jobs)
        engine.let_go()  # what models read is learned here
        most = 1
        if self.averaging:
            most = max(MIN_AVERAGED, MAX_AVERAGED // max(1, len(pairs) - len(chosen)))
        out: list[Weighted] = []
        for trial, weight in pairs:
            fitted = refitted.get(trial.number)
            if fitted is not None:
                member = self.experiment.pipeline(None, trial.candidate.view, fitted)
                out.append(Weighted(member, weight, trial.number, True))
                continue
            fold = self._folds(trial, most)
            out += [Weighted(m, weight / len(fold), trial.number, False) for m in fold]
        return [*out, *self._base_rate(selection, out[0].member if out else None)]

    def _base_rate(self, selection: Selection, like: Pipeline | None) -> list[Weighted]:
        """Return the base rate of all rows, where it was chosen."""
        return [
            Weighted(base_rate_member(self.experiment, like), weight, trial.number, True)
            for trial, weight in zip(selection.trials, selection.weights, strict=True)
            if is_base_rate(trial)
        ]

    def _folds(self, trial: Trial, most: int) -> list[Pipeline]:
        """Return the models of a trial's first splits, so many at most."""
        pipeline, view = self.experiment.pipeline, trial.candidate.view
        fitted = [(i, o.fitted) for i, o in enumerate(trial.outcomes) if o.fitted is not None]
        return [pipeline(split, view, model) for split, model in fitted[:most]]

    def _refitted(
        self, chosen: Sequence[Trial], engine: Engine, jobs: Sequence[Job]
    ) -> dict[int, Fitted]:
        """Return the sound refits by trial number; Ctrl-C keeps those that there are.

        So does the loss of the cluster.
        """
        refitted: dict[int, Fitted] = {}
        try:
            with closing(engine.run(jobs)) as made:
                for trial, outcome in zip(chosen, made, strict=True):
                    if outcome.fitted is not None and self._sound(trial, outcome):
                        refitted[trial.number] = outcome.fitted
        except (KeyboardInterrupt, ClusterError):
            return refitted
        return refitted

    def _sound(self, trial: Trial, refit: Outcome) -> bool:
        """Return whether a refit does on rows it has seen about as well as folds on unseen ones.

        Without validation rows nothing stops boosting that diverges, as large steps may. A metric
        that looks at ranks or labels need not see that: what models are trained for does.
        """
        if refit.fitted is None or not refit.fitted.finished:
            return False
        metric = self.experiment.measure
        losses = (
            (metric.loss(refit.score), metric.loss(trial.score)),
            (-refit.by_loss, -trial.by_loss),
        )
        return all(bool(ours - hers <= SOUND_SLACK * abs(hers)) for ours, hers in losses)

    def _averaged(self, trial: Trial) -> bool:
        """Return whether the models of the folds do better together than one on all rows."""
        if not self.averaging or len(trial.outcomes) < MIN_AVERAGED:
            return False
        if trial.outcomes[0].fitted is None:
            return False
        return (
            FAMILIES[trial.candidate.family].averaged or len(self.experiment.table) < AVERAGED_BELOW
        )

    def _affordable(self, trials: Sequence[Trial], workers: int) -> tuple[list[Trial], float]:
        """Return the trials whose refits end in time, each on the worker that is free first; and
        how many times as long there is.
        """
        free, chosen, made = [0.0] * workers, list[Trial](), set[tuple[int, View]]()
        for trial in trials if self.refitting else ():
            first = int(np.argmin(free))
            end = free[first] + self.experiment.costs.again(trial, len(self.experiment.table))
            if (first, trial.candidate.view) not in made:
                end += trial.preparing
            if not self._averaged(trial) and end <= self.deadline.remaining():
                free[first] = end
                made.add((first, trial.candidate.view))
                chosen.append(trial)
        return chosen, self.deadline.remaining() / max(*free, 1e-3)

    def _job(self, trial: Trial, threads: int, spare: float) -> Job:
        """Return the job that refits a trial. What time has cut gets more rounds where there is
        `spare` time: it was still gaining on rows that it did not see.
        """
        left, rounds = self.deadline.remaining(), trial.rounds
        if trial.cut_short and np.isfinite(spare):
            rounds = round(rounds * min(max(1.0, SPARED * spare), MAX_ROUNDS))
        seconds = None if np.isinf(left) else left
        shape = self.experiment.costs.shape(trial.candidate.view, len(self.experiment.table))
        threads = threads_for(shape.cells, threads)
        return Job(
            settled(trial, self.experiment), None, None, seconds, threads, rounds or None, seconds
        )


def settled(trial: Trial, experiment: Experiment) -> Candidate:
    """Return the candidate of a trial for more rows, with what its fits on splits chose."""
    candidate = trial.candidate
    fits = [outcome.fitted for outcome in trial.outcomes if outcome.fitted is not None]
    config = experiment.family(candidate.family).settled(candidate.config, fits)
    return replace(candidate, config=config)


def reweighted(members: Sequence[Weighted], selection: Selection) -> list[Weighted]:
    """Return the members of the chosen trials, with the weights that the selection gives them."""
    weights = {t.number: w for t, w in zip(selection.trials, selection.weights, strict=True)}
    together = Counter(member.trial for member in members)
    return [
        replace(member, weight=weights[member.trial] / together[member.trial])
        for member in members
        if member.trial in weights
    ]
