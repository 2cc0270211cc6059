"""One candidate on one split: the pure function in which search and engines meet."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.encode.features import FeatureMap, fit_features
from pliant.errors import PliantError
from pliant.metrics import Metric
from pliant.models.base import Data, Fitted, Limits, Part, load_library
from pliant.models.catalogue import FAMILIES
from pliant.runtime.schema import Coded
from pliant.table.split import Split
from pliant.table.table import Table
from pliant.table.target import Target


@dataclass(frozen=True)
class Candidate:
    """What could be fitted: a family's name, a label for people, and a configuration.

    `crossed` says whether it reads pairs of categories besides.
    """

    family: str
    label: str
    config: Any
    crossed: bool = False

    @property
    def name(self) -> str:
        """The family and the label."""
        return f"{self.family} {self.label}"


@dataclass(frozen=True)
class Scale:
    """How a standardised number becomes one in the target's unit: times `scale`, plus `shift`."""

    shift: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, table: Table) -> Scale:
        """Return the weighted mean and standard deviation of a regression's target."""
        if table.target.task != "regression":
            return cls()
        values, weight = table.target.values, table.roles.weight
        mean = float(np.average(values, weights=weight))
        spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))
        return cls(mean, spread if spread > 0 else 1.0)

    def down(self, target: Target) -> Target:
        """Return the standardised target."""
        if target.task != "regression":
            return target
        values = np.asarray((target.values - self.shift) / self.scale, dtype=np.float64)
        return replace(target, values=values)


@dataclass(frozen=True)
class Member:
    """A fitted model with the features it reads and the unit it answers in."""

    features: FeatureMap
    fitted: Fitted
    scale: Scale

    def predict(self, coded: Coded) -> NDArray[np.float64]:
        """Return predictions float64 (n, V) of an encoded table."""
        return self.scaled(self.fitted.predict(self.features(coded)))

    def scaled(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return predictions in the target's unit."""
        return predictions * self.scale.scale + self.scale.shift


@dataclass(frozen=True)
class Prepared:
    """A split with its features made: what every candidate on it shares."""

    data: Data
    features: FeatureMap
    scale: Scale
    rows: NDArray[np.intp]
    target: Target
    """The validation rows' target, in its own unit."""

    def thinned(self, n_rows: int, seed: int) -> Prepared:
        """Return the same with at most `n_rows` training rows, drawn at random."""
        train = self.data.train
        if n_rows >= len(train):
            return self
        key = f"rows {n_rows}"
        return self.data.cached(key, lambda: replace(self, data=self._thin(n_rows, seed)))

    def _thin(self, n_rows: int, seed: int) -> Data:
        train = self.data.train
        kept = np.sort(np.random.default_rng(seed).permutation(len(train))[:n_rows])
        weight = None if train.weight is None else train.weight[kept]
        part = Part(train.X[kept], train.target.take(kept), weight)
        return Data(part, self.data.valid, self.data.features, self.data.metric)


def prepare_split(table: Table, split: Split, metric: Metric, seed: int, crossed: bool) -> Prepared:
    """Return a split ready to be trained on; all that is learned comes from its training rows."""
    train = table.take(split.train)
    scale = Scale.of(train)
    features, X = fit_features(train, seed, crossed)
    part = Part(X, scale.down(train.target), train.roles.weight)
    valid = table.take(split.valid)
    checked = Part(features(valid.coded), scale.down(valid.target), valid.roles.weight)
    data = Data(part, checked if len(valid) else None, features.features, metric)
    return Prepared(data, features, scale, split.valid, valid.target)


@dataclass(frozen=True)
class Outcome:
    """What came of a candidate on a split.

    `predictions` float64 (n, V) are of the split's validation rows. `reason` says why it failed.
    """

    score: float
    seconds: float
    predictions: NDArray[np.float64] | None = None
    member: Member | None = None
    reason: str = ""


def evaluate(candidate: Candidate, prepared: Prepared, limits: Limits) -> Outcome:
    """Return what came of fitting a candidate on a split; a failure is an outcome too."""
    family = FAMILIES[candidate.family]
    start = time.perf_counter()
    try:
        load_library(family.package)
        start = time.perf_counter()
        fitted = family.fit(prepared.data, candidate.config, limits)
        member = Member(prepared.features, fitted, prepared.scale)
        valid = prepared.data.valid
        if valid is None:
            return Outcome(np.nan, time.perf_counter() - start, None, member)
        predictions = member.scaled(fitted.predict(valid.X))
        if not np.isfinite(predictions).all():
            raise ArithmeticError("predictions that are not finite")
        score = prepared.data.metric(prepared.target, predictions, valid.weight)
    except Exception as error:  # the trial boundary: a failure is recorded, the search goes on
        seconds = time.perf_counter() - start
        return Outcome(-np.inf, seconds, reason=_reason(error))
    return Outcome(score, time.perf_counter() - start, predictions, member)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())[:300]
    return text if isinstance(error, PliantError) else f"{type(error).__name__}: {text}"
