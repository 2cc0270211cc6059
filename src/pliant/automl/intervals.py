"""Learning intervals: the errors of an ensemble out of fold, and a small model of their spread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pliant.compile.build import build
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError
from pliant.data.target import Target
from pliant.ensemble.choose import Selection
from pliant.ensemble.refit import Weighted
from pliant.models.base import Data, Part
from pliant.models.lightgbm import LightGBMConfig
from pliant.runtime.intervals import Intervals
from pliant.runtime.model import Predictor
from pliant.runtime.ops import Op
from pliant.training.engines.base import Engine
from pliant.training.experiment import Experiment
from pliant.training.needs import threads_for
from pliant.training.prepared import Pipeline, Prepared
from pliant.training.records import Candidate, Job, Outcome
from pliant.training.scale import Scale
from pliant.training.training_set import TrainingSet

Floats = NDArray[np.float64]

TAIL = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04)
"""Levels that are kept below 0.05; from there on every 0.025, and above the same mirrored."""


@dataclass(frozen=True)
class SpreadOptions:
    """How the spread of errors is learned: by which model, on how many rows, in how many folds.

    Small boosted trees had the best interval score of those compared, over that of one width for
    all rows: diamonds 0.50 (an additive model 0.56), california_housing 0.83 (0.88), rows whose
    noise grows 0.83 (0.84), rows of one noise 1.00 (1.00); for 3 to 4 kB
    (`python -m benchmarks.quality.intervals DIR --trials 2 --rows 3000`).
    """

    candidate: Candidate = field(
        default_factory=lambda: Candidate(
            "lightgbm", "spread", LightGBMConfig(0.05, 8, 20, 0.8, 0.75)
        )
    )
    rows: int = 20_000
    folds: int = 5


@dataclass(frozen=True)
class Errors:
    """What the ensemble was off, out of fold: `rows` of the table, `off` and weights (n,)."""

    rows: NDArray[np.intp]
    off: Floats
    weight: Floats

    @classmethod
    def of(cls, selection: Selection, experiment: Experiment, most: int) -> Self:
        """Return the errors of at most so many rows; of one that is held out several times, that
        of its mean prediction.
        """
        predictions = selection.predictions[:, 0]
        rows, place, times = np.unique(
            experiment.valid_rows[: len(predictions)], return_inverse=True, return_counts=True
        )
        mean, table = np.bincount(place, predictions) / times, experiment.table
        kept = np.arange(len(rows))
        if len(rows) > most:
            kept = np.sort(np.random.default_rng(experiment.seed).permutation(len(rows))[:most])
        rows, weight = rows[kept], table.roles.weight
        counts = np.ones(len(rows)) if weight is None else weight[rows]
        return cls(rows, table.target.values[rows] - mean[kept], counts)


@dataclass(frozen=True)
class Learned:
    """Intervals, the rows whose errors they are of, and the mean width of those of 90 %."""

    intervals: Intervals
    rows: int
    width: float

    def of(self, model: Predictor) -> Predictor:
        """Return a model with these intervals, of which its card tells."""
        said = {"rows": self.rows, "width": float(f"{self.width:.6g}")}
        bounded = model.bounded(self.intervals)
        bounded.card = replace(model.card, facts={**model.card.facts, "intervals": said})
        return bounded


def learn_intervals(
    experiment: Experiment,
    selection: Selection,
    engine: Engine,
    deadline: Deadline,
    options: SpreadOptions | None = None,
) -> Learned:
    """Return the intervals of an ensemble. Where time is up, the spread is the same for all rows.

    The spread that an error is measured in is told by a model that has not seen that error.
    """
    options = options or SpreadOptions()
    errors = Errors.of(selection, experiment, options.rows)
    fitting = SpreadFitting.of(errors, experiment, engine, deadline, options)
    spread, ops = fitting.learned()
    levels = _levels(len(errors.rows))
    values = _quantiles(errors.off / spread, errors.weight, levels)
    ends = np.interp([0.05, 0.95], levels, values)
    width = float(np.ptp(ends) * np.average(spread, weights=errors.weight))
    return Learned(Intervals(ops, levels, values), len(errors.rows), width)


@dataclass(frozen=True)
class SpreadFitting:
    """Fits models of the logarithm of errors, on folds of the rows that have some."""

    errors: Errors
    prepared: Prepared
    fold: NDArray[np.intp]
    engine: Engine
    deadline: Deadline
    options: SpreadOptions

    @classmethod
    def of(
        cls,
        errors: Errors,
        experiment: Experiment,
        engine: Engine,
        deadline: Deadline,
        options: SpreadOptions,
    ) -> Self:
        """Return what fits the spread; rows of one group are in one fold."""
        groups = experiment.table.roles.groups
        own = np.arange(len(errors.rows)) if groups is None else groups[errors.rows]
        _, place = np.unique(own, return_inverse=True)
        order = np.random.default_rng(experiment.seed).permutation(int(place.max()) + 1)
        fold = (order[place] % options.folds).astype(np.intp)
        prepared = experiment.prepared(None, "plain")
        return cls(errors, prepared, fold, engine, deadline, options)

    def learned(self) -> tuple[Floats, tuple[Op, ...]]:
        """Return the spread of each row, out of fold, and the ops of a model of all of them."""
        logs = np.log(np.abs(self.errors.off) + _floor(self.errors.off))
        scale = Scale.of(Target("regression", logs), self.errors.weight)
        target = Target("regression", scale.down_numbers(logs))
        folds = range(int(self.fold.max()) + 1)
        outcomes = self._run([self._job(target, self.fold != k, self.fold == k) for k in folds])
        if not outcomes:
            return np.ones(len(logs)), ()
        rounds = max(1, round(float(np.mean([outcome.rounds for outcome in outcomes]))))
        whole = self._run([self._job(target, np.ones(len(logs), dtype=bool), None, rounds)])
        if not whole or whole[0].fitted is None:
            return np.ones(len(logs)), ()
        told = np.empty(len(logs))
        for k, outcome in enumerate(outcomes):
            assert outcome.fitted is not None
            held = self.fold == k
            X = self.prepared.data.train.X[self.errors.rows[held]]
            told[held] = scale.up(outcome.fitted.predict(X))[:, 0]
        member = Pipeline(self.prepared.features, whole[0].fitted, scale)
        return np.exp(told), build([Weighted(member, 1.0, 0, True)]).ops

    def _job(
        self,
        target: Target,
        train: NDArray[np.bool_],
        valid: NDArray[np.bool_] | None,
        rounds: int | None = None,
    ) -> Job:
        left = self.deadline.remaining()
        seconds = None if np.isinf(left) else max(left, 0.0)
        data = Data(
            self._part(target, train),
            None if valid is None else self._part(target, valid),
            self.prepared.data.features,
        )
        dataset = TrainingSet.of(data)
        threads = threads_for(data.train.X.size, self.engine.threads(1))
        how = seconds, threads, rounds, seconds
        return Job(self.options.candidate, None, None, *how, dataset)

    def _part(self, target: Target, chosen: NDArray[np.bool_]) -> Part:
        places = np.flatnonzero(chosen)
        X = self.prepared.data.train.X[self.errors.rows[places]]
        return Part(X, target.take(places), self.errors.weight[places])

    def _run(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return the outcomes, none of them where one has failed or time is up."""
        if self.deadline.remaining() <= 0:
            return []
        try:
            with closing(self.engine.run(jobs)) as made:
                outcomes = list(made)
        except (KeyboardInterrupt, ClusterError):  # the model is there, and is not lost for this
            return []
        return outcomes if all(outcome.fitted is not None for outcome in outcomes) else []


def _floor(off: Floats) -> float:
    """Return what errors count at least, so that those near 0 do not rule the spread."""
    size = np.abs(off)
    return float(max(0.1 * np.median(size), 1e-3 * size.mean(), 1e-300))


def _levels(n: int) -> Floats:
    """Return the levels of which n errors tell: at least one lies beyond each, as at most one
    would of n + 1.
    """
    body = np.arange(0.05, 0.951, 0.025)
    all_ = np.concatenate([TAIL, body, 1 - np.array(TAIL[::-1])])
    least = 1 / (n + 1)
    inner = all_[(all_ > least) & (all_ < 1 - least)]
    edge = [least] if least > TAIL[0] else []
    return np.array([*edge, *inner, *(1 - np.array(edge))])


def _quantiles(values: Floats, weight: Floats, levels: Floats) -> Floats:
    """Return weighted quantiles as conformal prediction takes them: away from the middle.

    Of n alike rows, the floor((n + 1) q)-th value below the middle, the ceil((n + 1) q)-th above.
    """
    order = np.argsort(values, kind="stable")
    ranked, share = values[order], np.cumsum(weight[order])
    share /= share[-1] * (1 + 1 / len(values))  # a new row of mean weight is the one more
    above = np.minimum(np.searchsorted(share, levels - 1e-12, side="left"), len(ranked) - 1)
    below = np.maximum(np.searchsorted(share, levels + 1e-12, side="right") - 1, 0)
    return ranked[np.where(levels < 0.5, below, above)]
