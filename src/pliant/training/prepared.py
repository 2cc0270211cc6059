"""Prepared rows: a split whose features are made, and how models on it read tables and answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.data.split import Split
from pliant.data.table import Table
from pliant.data.target import Target
from pliant.features.block import View
from pliant.features.features import FREE, FeatureMap, fit_features
from pliant.models.base import Data, Fitted, Part
from pliant.runtime.coded import Coded
from pliant.training.scale import Scale

MAX_THINNED = 2
"""Thinner versions of a split that are kept: those of the first steps, and the last one."""


@dataclass(frozen=True)
class Pipeline:
    """A fitted model with the features it reads and the unit it answers in."""

    features: FeatureMap
    fitted: Fitted
    scale: Scale

    def predict(self, coded: Coded) -> NDArray[np.float64]:
        """Return predictions float64 (n, V) of an encoded table."""
        predictions = self.fitted.predict(self.features(coded), self.features.planes(coded))
        return self.scale.up(predictions)


@dataclass(frozen=True)
class Prepared:
    """A split with its features made: what every candidate on it shares."""

    data: Data
    features: FeatureMap
    scale: Scale
    rows: NDArray[np.intp]
    target: Target
    """The validation rows' target, in its own unit."""
    seconds: float
    """What making it took."""

    @property
    def nbytes(self) -> int:
        """The bytes of its features."""
        valid = self.data.valid
        return self.data.train.X.nbytes + (0 if valid is None else valid.X.nbytes)

    def thinned(self, n_rows: int, seed: int) -> Prepared:
        """Return the same with at most `n_rows` training rows, drawn at random."""
        train = self.data.train
        if n_rows >= len(train):
            return self
        made = self.data.cached("thinned", dict[int, Prepared])
        if n_rows not in made:
            while len(made) >= MAX_THINNED:  # each has what libraries make of its rows
                made.pop(next(iter(made)), None)
            made[n_rows] = replace(self, data=self._thin(n_rows, seed))
        return made[n_rows]

    def _thin(self, n_rows: int, seed: int) -> Data:
        train = self.data.train
        kept = np.sort(np.random.default_rng(seed).permutation(len(train))[:n_rows])
        return Data(train.take(kept), self.data.valid, self.data.features)


@dataclass(frozen=True)
class Reading:
    """How a model reads an encoded table, and the unit that it answers in."""

    features: FeatureMap
    scale: Scale


def learn_reading(
    table: Table, split: Split, seed: int, view: View, monotone: Mapping[str, int] = FREE
) -> tuple[Reading, Part]:
    """Return how models on a split read tables, and its training rows as they are read.

    All that is learned comes from these rows.
    """
    train = table.take(split.train)
    scale = Scale.of(train.target, train.roles.weight)
    features, X = fit_features(train, seed, view, monotone)
    own = features.planes(train.coded)
    return Reading(features, scale), Part(X, scale.down(train.target), train.roles.weight, own)


def prepare_split(
    table: Table, split: Split, seed: int, view: View, monotone: Mapping[str, int] = FREE
) -> Prepared:
    """Return a split ready to be trained on."""
    start = time.perf_counter()
    reading, part = learn_reading(table, split, seed, view, monotone)
    features, scale = reading.features, reading.scale
    valid = table.take(split.valid)
    target, own = scale.down(valid.target), features.planes(valid.coded)
    checked = Part(features(valid.coded), target, valid.roles.weight, own)
    data = Data(part, checked if len(valid) else None, features.features)
    seconds = time.perf_counter() - start
    return Prepared(data, features, scale, split.valid, valid.target, seconds)
