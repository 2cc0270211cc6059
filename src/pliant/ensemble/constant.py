"""The base rate: what to say of every row where columns tell nothing of the target.

On pure noise every model says more than it knows. Its held-out loss need not show that: rounds and
members were chosen by these very rows, which brings up to some 2.5 standard errors. So what was
chosen must be better than the constant by more than that, in the loss that models are trained for;
else the constant gets as much weight as makes it surest to be no worse. What is still worse then
gives way to the constant alone.

Between two classes the order of the rows, and with it the AUC, stays as it was. A metric that
would suffer, as accuracy may, is let be unless the held-out loss itself is worse than the
constant's. What is clearly better than the constant stays as it is: a little of it would be best
with most ensembles, by an amount that is noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pliant.data.split import Split
from pliant.data.target import Target
from pliant.metrics import LOSS, Metric, row_losses
from pliant.models.additive import AdditiveConfig, base_rate
from pliant.models.base import Fitted, Part
from pliant.runtime.ops.outputs import apply_link
from pliant.training.experiment import Experiment
from pliant.training.prepared import Pipeline
from pliant.training.records import Candidate, Outcome, Trial
from pliant.training.scale import Scale

BASE_RATE = Candidate("additive", "base rate", AdditiveConfig(rounds=0))

Floats = NDArray[np.float64]

SURE = 3.0
"""Standard errors by which held-out rows must prefer what was chosen. `python -m
benchmarks.quality.noise`: 400 rows of noise preferred it by up to 2.5. Draws of 100 rows of
credit-g, phoneme and jasmine did by 4.4 to 6."""

MAX_SHARE = 0.9
"""The most weight of the constant that leaves the order of rows: what is wrong about the rest then
counts for a hundredth, since a loss grows with the square."""

STEPS = 30
"""How often the range of the weight is cut by a third: to less than a ten-thousandth."""


def is_base_rate(trial: Trial) -> bool:
    """Return whether a trial is the base rate."""
    return bool(trial.candidate.config == BASE_RATE.config)


def base_rates(trials: Iterable[Trial]) -> list[Trial]:
    """Return the base rate if it is among trials."""
    return [trial for trial in trials if is_base_rate(trial)]


def base_rate_trial(experiment: Experiment, number: int) -> Trial:
    """Return the trial of the base rate, on every split; no features are made for it.

    All splits have the same, that of the rows that any of them trains on: the order of held-out
    rows must not depend on which split they are of.
    """
    trained = np.zeros(len(experiment.table), dtype=bool)
    for split in experiment.splits:
        trained[split.train] = True
    fitted, scale = _learned(experiment, np.flatnonzero(trained))
    outcomes = tuple(_outcome(experiment, split, fitted, scale) for split in experiment.splits)
    score = float(np.mean([o.score for o in outcomes]))
    return Trial(number, BASE_RATE, "done", score, int(trained.sum()), outcomes)


def base_rate_member(experiment: Experiment, like: Pipeline | None) -> Pipeline:
    """Return the base rate of all rows as a member. It asks no feature, so that it costs nothing
    where it reads those that another one does.
    """
    fitted, scale = _learned(experiment, np.arange(len(experiment.table)))
    return (
        experiment.pipeline(None, "plain", fitted)
        if like is None
        else Pipeline(like.features, fitted, scale)
    )


@dataclass(frozen=True)
class Comparison:
    """What an ensemble and the constant, float64 (n, V) each, say of held-out rows.

    `n_rows` is how many there are, those counted once that occur in several splits.
    """

    predictions: Floats
    constant: Floats
    target: Target
    weight: Floats | None
    n_rows: int

    def share(self, metric: Metric) -> float:
        """Return the weight that the constant needs: 0 where the rest is better without."""
        if self._worse(0.0, SURE) <= 0:
            return 0.0
        share = self._best(SURE)
        if metric.name != LOSS[self.target.task].name and self._hurts(metric, share):
            if self._worse(0.0) <= 0:
                return 0.0
            share = self._best(0.0)
        return share if self._worse(share) <= 0 else 1.0

    def mixed(self, share: float) -> Floats:
        """Return what both say together, where the constant has a share of the weight."""
        return (1 - share) * self.predictions + share * self.constant

    def _worse(self, share: float, sure: float = 0.0) -> float:
        """Return by how much the mixture is worse than the constant; so many standard errors more
        than was measured."""
        worse = row_losses(self.target, self.mixed(share)) - self._losses
        weight = np.ones(len(worse)) if self.weight is None else self.weight
        mean = float(np.average(worse, weights=weight))
        spread = float(np.average((worse - mean) ** 2, weights=weight))
        counted = weight.sum() ** 2 / (weight @ weight) * self.n_rows / len(worse)
        return mean + sure * float(np.sqrt(spread / counted))

    @cached_property
    def _losses(self) -> Floats:
        return row_losses(self.target, self.constant)

    def _best(self, sure: float) -> float:
        """Return the share, of those that keep the order of rows, that is least worse."""
        low, high = 0.0, MAX_SHARE
        for _ in range(STEPS):
            third = (high - low) / 3
            if self._worse(low + third, sure) >= self._worse(high - third, sure):
                low += third
            else:
                high -= third
        return (low + high) / 2

    def _hurts(self, metric: Metric, share: float) -> bool:
        """Return whether a metric gets worse by a share of the constant."""
        before, after = (metric(self.target, self.mixed(s), self.weight) for s in (0.0, share))
        return after < before - 1e-9


def _outcome(experiment: Experiment, split: Split, fitted: Fitted, scale: Scale) -> Outcome:
    """Return what a constant is worth on a split, and the model of it in the split's own unit."""
    (op,) = fitted.ops
    said = scale.up(apply_link(op.arrays["bias"][None], fitted.link))
    predictions = np.tile(said, (len(split.valid), 1))
    own = Scale.of(*_answers(experiment, split.train))
    bias = own.down_numbers(scale.up(op.arrays["bias"]))
    fitted = replace(fitted, ops=(replace(op, arrays={**op.arrays, "bias": bias}),))
    target, weight = _answers(experiment, split.valid)
    score = experiment.measure(target, predictions, weight)
    by_loss = LOSS[target.task](target, predictions, weight)
    return Outcome(score, 0.0, predictions, fitted, by_loss=by_loss)


def _learned(experiment: Experiment, rows: NDArray[np.intp]) -> tuple[Fitted, Scale]:
    """Return the base rate of rows, and the unit that it answers in."""
    target, weight = _answers(experiment, rows)
    scale = Scale.of(target, weight)
    nothing = np.zeros((len(rows), 0), dtype=np.uint8)
    return base_rate(Part(nothing, scale.down(target), weight)), scale


def _answers(experiment: Experiment, rows: NDArray[np.intp]) -> tuple[Target, Floats | None]:
    """Return the target of rows, and their weights."""
    weight = experiment.table.roles.weight
    return experiment.table.target.take(rows), None if weight is None else weight[rows]
