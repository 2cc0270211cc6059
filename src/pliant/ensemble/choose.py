"""Choose: which trials make up the ensemble, and with what weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import FitError
from pliant.ensemble.constant import Comparison, base_rates, is_base_rate
from pliant.ensemble.greedy import greedy_weights
from pliant.search.ranking import mean_score
from pliant.training.experiment import Experiment
from pliant.training.records import Trial


@dataclass(frozen=True)
class Selection:
    """The chosen trials, their weights, which sum to 1, and the ensemble's own score."""

    trials: tuple[Trial, ...]
    weights: tuple[float, ...]
    score: float

    def heaviest(self) -> list[Trial]:
        """Return the trials, the heaviest first."""
        pairs = sorted(zip(self.trials, self.weights, strict=True), key=lambda p: -p[1])
        return [trial for trial, _ in pairs]

    @property
    def predictions(self) -> NDArray[np.float64]:
        """The out-of-fold predictions float64 (m, V), split after split."""
        pairs = zip(self.trials, self.weights, strict=True)
        return np.asarray(np.sum([trial.predictions * weight for trial, weight in pairs], axis=0))


def choose(trials: Sequence[Trial], experiment: Experiment) -> Selection:
    """Return the ensemble of finished trials, or a better one that time cut short.

    The base rate, where it is among them, gets weight where the others do worse than it alone.

    Raises
    ------
    FitError
        When no trial gave a model.
    """
    rates = base_rates(trials)
    selection = _chosen([t for t in trials if not is_base_rate(t)], experiment)
    return _tempered(selection, rates[0], experiment) if rates else selection


def _chosen(trials: Sequence[Trial], experiment: Experiment) -> Selection:
    able = (t for t in trials if t.status != "failed")
    best = max(able, key=lambda t: t.merit, default=None)
    if best is None:
        reasons = "; ".join(f"{t.candidate.name}: {t.reason}" for t in trials[:3])
        raise FitError(
            f"expected a candidate that can be fitted, but all {len(trials)} failed ({reasons})"
        )
    if best.status != "done":  # there was no time for every split, and no better one finished
        return Selection((best,), (1.0,), mean_score(best.outcomes))
    done = [t for t in trials if t.kept and t.status == "done"]
    table, metric, rows = experiment.table, experiment.measure, experiment.valid_rows
    target, weight = table.target.take(rows), table.roles.take(rows).weight
    gains = [experiment.family(t.candidate.family).member_gain for t in done]
    weights = greedy_weights(_OutOfFold(done), target, weight, metric, experiment.seed, gains)
    kept = [(t, float(w)) for t, w in zip(done, weights, strict=True) if w > 0]
    selection = Selection(tuple(t for t, _ in kept), tuple(w for _, w in kept), np.nan)
    return replace(selection, score=metric(target, selection.predictions, weight))


def _tempered(selection: Selection, rate: Trial, experiment: Experiment) -> Selection:
    """Return a selection with as much of the base rate as it needs. Of what time cut short, the
    splits count that there are. It sees the table as the heaviest member does, whose features it
    shares.
    """
    heaviest = selection.trials[int(np.argmax(selection.weights))]
    outcomes = rate.outcomes[: len(heaviest.outcomes)]
    candidate = replace(rate.candidate, view=heaviest.candidate.view)
    rate = replace(rate, candidate=candidate, outcomes=outcomes)
    mixed = selection.predictions
    rows = experiment.valid_rows[: len(mixed)]
    target, weight = experiment.table.target.take(rows), experiment.table.roles.take(rows).weight
    beside = Comparison(mixed, rate.predictions, target, weight, len(np.unique(rows)))
    share = beside.share(experiment.measure)
    if share == 0:
        return selection
    score = experiment.measure(target, beside.mixed(share), weight)
    if share == 1:
        return Selection((rate,), (1.0,), score)
    weights = (*(float(w * (1 - share)) for w in selection.weights), share)
    return Selection((*selection.trials, rate), weights, score)


@dataclass(frozen=True)
class _OutOfFold:
    """The predictions of trials, each put together when its turn comes: no copy of all of them."""

    trials: Sequence[Trial]

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        return (trial.predictions for trial in self.trials)
