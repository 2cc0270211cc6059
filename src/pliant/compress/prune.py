"""Fewer members: the ensemble without those that it misses least, and with fewer trees in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pliant.compress.builder import ModelBuilder
from pliant.compress.distill.teacher import Finish, fold_members
from pliant.compress.offer import Offer
from pliant.compress.standing import Floats, Standing, Yardstick, score_of
from pliant.compress.trees import first_rounds
from pliant.ensemble.choose import Selection, choose
from pliant.ensemble.constant import base_rates, is_base_rate
from pliant.ensemble.incremental.extension import Ensemble
from pliant.ensemble.refit import Weighted
from pliant.models.boosting import BoostingConfig
from pliant.runtime.model import Predictor
from pliant.training.experiment import Experiment
from pliant.training.records import Trial

SHARES = (0.5, 0.25)
"""Shares of the rounds that a boosted model may be left with."""


@dataclass(frozen=True)
class Ensembles:
    """Ensembles on offer, compared with the one that was chosen."""

    builder: ModelBuilder
    whole: Selection
    finish: Finish

    def whole_offer(self) -> Offer:
        """Return the ensemble as it was chosen."""
        return self._offer(self.whole, 1.0)

    def alone(self, trial: Trial) -> Offer:
        """Return a single trial."""
        rates = base_rates(self.builder.trials)
        return self._offer(choose([trial, *rates], self.builder.experiment), 1.0)

    def offers(self, selection: Selection) -> Iterator[Offer]:
        """Yield an ensemble, and then smaller ones made of it."""
        yield self._offer(selection, 1.0)
        yield from self.smaller(selection)

    def smaller(self, selection: Selection) -> Iterator[Offer]:
        """Yield an ensemble with fewer and fewer members, then with fewer trees.

        Fewer trees come of the whole and of the last one, a single member.
        """
        path = list(fewer_members(selection, self.builder.experiment))
        for part in path[1:]:
            yield self._offer(part, 1.0)
        for part in path[:: max(1, len(path) - 1)]:
            if any(map(_is_boosted, part.trials)):
                for share in SHARES:
                    yield self._offer(part, share)

    def _offer(self, selection: Selection, share: float) -> Offer:
        experiment, name = self.builder.experiment, self._name(selection, share)
        standing = self._standing(selection, share)
        tried = [_shortened(m, selection, share) for m in fold_members(experiment, selection, 0)]
        changed, scored = name if share < 1 else "", replace(selection, score=standing.score)

        def finish() -> Predictor:
            final = self.finish(selection)
            if share < 1:
                members = [_shortened(m, selection, share) for m in final.members]
                final = replace(final, selection=scored, members=members)
            return self.builder.model(final, changed)

        tried_model = self.builder.model(Ensemble(scored, tried), changed)
        return Offer(name, standing, tried_model, finish)

    def _standing(self, selection: Selection, share: float) -> Standing:
        """Return how an ensemble stands beside the whole on the rows that both predict."""
        if selection is self.whole and share == 1:
            return Standing.as_good(selection.score)
        experiment = self.builder.experiment
        mixed = selection.predictions if share == 1 else _mixture(selection, experiment, share)
        n = min(len(mixed), len(self._expected))
        rows, expected = experiment.valid_rows[:n], self._expected[:n]
        return Yardstick(experiment, self.whole.score, rows, expected).standing(mixed[:n])

    @cached_property
    def _expected(self) -> Floats:
        """What the whole says of the held-out rows."""
        return self.whole.predictions

    def _name(self, selection: Selection, share: float) -> str:
        if selection is self.whole:
            name = f"ensemble of {len(selection.trials)}"
        elif len(selection.trials) == 1:
            name = selection.trials[0].candidate.name
        else:
            name = f"{len(selection.trials)} members"
        return name if share == 1 else f"{name}, {100 * share:.0f} % of the trees"


def fewer_members(selection: Selection, experiment: Experiment) -> Iterator[Selection]:
    """Yield a selection, and it again without the member that is missed least, until one is left.

    The base rate, which costs nothing, does not count.
    """
    while True:
        yield selection
        if len(selection.trials) - len(base_rates(selection.trials)) <= 1:
            return
        selection = _without_least(selection, experiment)


def _without_least(selection: Selection, experiment: Experiment) -> Selection:
    weights = np.array(selection.weights)
    predictions = [trial.predictions for trial in selection.trials]
    whole = sum(w * p for w, p in zip(weights, predictions, strict=True))

    def without(i: int) -> float:
        rest: Floats = (whole - weights[i] * predictions[i]) / max(1 - weights[i], 1e-12)
        return score_of(experiment, experiment.valid_rows[: len(rest)], rest)

    able = [i for i, trial in enumerate(selection.trials) if not is_base_rate(trial)]
    least = max(able, key=without)
    return choose([t for i, t in enumerate(selection.trials) if i != least], experiment)


def _mixture(selection: Selection, experiment: Experiment, share: float) -> Floats:
    """Return the out-of-fold predictions of an ensemble whose boosted members have fewer trees."""
    pairs = zip(selection.trials, selection.weights, strict=True)
    return np.asarray(np.sum([w * _predictions(t, experiment, share) for t, w in pairs], axis=0))


def _predictions(trial: Trial, experiment: Experiment, share: float) -> Floats:
    parts = []
    for split, outcome in enumerate(trial.outcomes):
        prepared = experiment.prepared(split, trial.candidate.view)
        assert outcome.fitted is not None
        valid = prepared.data.valid
        assert valid is not None
        fitted = first_rounds(outcome.fitted, share) if _is_boosted(trial) else outcome.fitted
        parts.append(prepared.scale.up(fitted.predict(valid.X, valid.own)))
    return np.concatenate(parts)


def _is_boosted(trial: Trial) -> bool:
    return isinstance(trial.candidate.config, BoostingConfig)


def _shortened(weighted: Weighted, selection: Selection, share: float) -> Weighted:
    boosted = {trial.number for trial in selection.trials if _is_boosted(trial)}
    if weighted.trial not in boosted:
        return weighted
    member = weighted.member
    return replace(weighted, member=replace(member, fitted=first_rounds(member.fitted, share)))
