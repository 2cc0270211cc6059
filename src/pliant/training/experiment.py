"""An experiment: one table with its splits and metric, which every candidate of a fit is tried on.

It is what engines ship: a few arrays and a recipe. Splits and features are made from it where
they are needed, the same everywhere.
"""

from __future__ import annotations

import hashlib
import pickle
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.data.bare import bare
from pliant.data.split import Split, make_splits
from pliant.data.table import Table
from pliant.data.target import Target
from pliant.features.block import View
from pliant.features.features import FeatureMap, fit_features
from pliant.metrics import Metric, metric_of
from pliant.models.base import Data, Fitted, Part
from pliant.models.family import Family
from pliant.models.registry import family_of
from pliant.runtime.coded import Coded

MAX_THINNED = 2
"""Thinner versions of a split that are kept: those of the first steps, and the last one."""


@dataclass(frozen=True)
class Scale:
    """How a standardised number becomes one in the target's unit: times `scale`, plus `shift`."""

    shift: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, target: Target, weight: NDArray[np.float64] | None) -> Scale:
        """Return the weighted mean and standard deviation of a regression's target."""
        if target.task != "regression":
            return cls()
        values = target.values
        mean = float(np.average(values, weights=weight))
        spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))
        return cls(mean, spread if spread > 0 else 1.0)

    def down(self, target: Target) -> Target:
        """Return the standardised target."""
        if target.task != "regression":
            return target
        return replace(target, values=self.down_numbers(target.values.astype(np.float64)))

    def back(self, target: Target) -> Target:
        """Return the target that `down` has standardised."""
        if target.task != "regression":
            return target
        return replace(target, values=self.up(target.values.astype(np.float64)))

    def down_numbers(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return standardised numbers, or predictions; what `up` undoes."""
        return (numbers - self.shift) / self.scale

    def up(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return predictions in the target's unit."""
        return predictions * self.scale + self.shift


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


def learn_reading(table: Table, split: Split, seed: int, view: View) -> tuple[Reading, Part]:
    """Return how models on a split read tables, and its training rows as they are read.

    All that is learned comes from these rows.
    """
    train = table.take(split.train)
    scale = Scale.of(train.target, train.roles.weight)
    features, X = fit_features(train, seed, view)
    own = features.planes(train.coded)
    part = Part(X, scale.down(train.target), train.roles.weight, own)
    return Reading(features, scale), part


def prepare_split(table: Table, split: Split, seed: int, view: View) -> Prepared:
    """Return a split ready to be trained on."""
    start = time.perf_counter()
    reading, part = learn_reading(table, split, seed, view)
    features, scale = reading.features, reading.scale
    valid = table.take(split.valid)
    target, own = scale.down(valid.target), features.planes(valid.coded)
    checked = Part(features(valid.coded), target, valid.roles.weight, own)
    data = Data(part, checked if len(valid) else None, features.features)
    seconds = time.perf_counter() - start
    return Prepared(data, features, scale, split.valid, valid.target, seconds)


@dataclass(frozen=True)
class Splitting:
    """How rows are split: `folds` splits that validate `share` of them each, `repeats` times over.

    Each time the rows are split anew; in the order of time there is one way only.
    """

    share: float
    folds: int
    repeats: int = 1


@dataclass(frozen=True)
class Experiment:
    """What all jobs of a fit have in common. `metric` is the name of one, or None for the task's.
    `brought` has the families from outside that jobs may name (`models.registry.carried`), and
    `brought_metric` the metric where it is from outside (`metrics.carried_metric`).

    Pickled, it is the bare table and the recipe alone; what was prepared stays where it was made.
    """

    table: Table
    splitting: Splitting
    metric: str | None
    seed: int
    brought: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    brought_metric: bytes = field(default=b"", repr=False)
    _made: dict[tuple[int | None, View], Prepared] = field(default_factory=dict, repr=False)
    _read: dict[tuple[int | None, View], Reading] = field(default_factory=dict, repr=False)
    _locks: dict[tuple[int | None, View], Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        table = self.table
        object.__setattr__(self, "table", replace(table, coded=table.coded.with_counts()))

    def __reduce__(self) -> tuple[Callable[..., Experiment], tuple[Any, ...]]:
        recipe = self.splitting, self.metric, self.seed, self.brought, self.brought_metric
        return Experiment, (bare(self.table), *recipe)

    def family(self, name: str) -> Family:
        """Return a family that a job names."""
        return family_of(name, self.brought)

    @cached_property
    def measure(self) -> Metric:
        """The metric."""
        return metric_of(self.metric, self.table.target.task, self.brought_metric)

    @cached_property
    def splits(self) -> tuple[Split, ...]:
        """The splits, repeat after repeat."""
        how, table = self.splitting, self.table
        repeats = how.repeats if table.roles.time is None else 1
        return tuple(
            split
            for seed in range(self.seed, self.seed + repeats)
            for split in make_splits(table.target, table.roles, how.share, how.folds, seed)
        )

    @cached_property
    def valid_rows(self) -> NDArray[np.intp]:
        """The rows that validate, split after split: those of out-of-fold predictions."""
        return np.concatenate([split.valid for split in self.splits])

    def prepared(self, split: int | None, view: View) -> Prepared:
        """Return a split ready to be trained on, made once; of None, all rows and none to check."""
        key = split, view
        with self._locks.setdefault(key, Lock()):
            if key not in self._made:
                rows = self._split(split)
                made = prepare_split(self.table, rows, self.seed, view)
                self._made[key] = made
            return self._made[key]

    def holds(self, split: int | None, view: View) -> bool:
        """Return whether a split is ready to be trained on."""
        return (split, view) in self._made

    def let_go(self) -> None:
        """Forget the rows that were prepared; they are made again where they are asked for."""
        for key, made in list(self._made.items()):
            self._read[key] = Reading(made.features, made.scale)
        self._made.clear()

    def pipeline(self, split: int | None, view: View, fitted: Fitted) -> Pipeline:
        """Return a model fitted on a split with the features it reads."""
        reading = self._reading(split, view)
        return Pipeline(reading.features, fitted, reading.scale)

    def _reading(self, split: int | None, view: View) -> Reading:
        """Return how models on a split read tables; the rows of a split that is not prepared here,
        but where it was fitted, are not kept.
        """
        key = split, view
        with self._locks.setdefault(key, Lock()):
            if key in self._made:
                made = self._made[key]
                return Reading(made.features, made.scale)
            if key not in self._read:
                self._read[key], _ = learn_reading(self.table, self._split(split), self.seed, view)
            return self._read[key]

    def identity(self) -> dict[str, Any]:
        """Return what makes two experiments the same, as plain data: a checksum of the table, and
        how.

        Predictions of one are those of the other, row by row.
        """
        how = self.splitting
        return {
            "version of pliant": version("pliant"),
            "table": _checksum(self.table),
            "splitting": [how.share, how.folds, how.repeats],
            "metric": self.measure.name,
            "seed": self.seed,
        }

    def _split(self, split: int | None) -> Split:
        """Return a split; of None, all rows and none to check."""
        if split is None:
            return Split(np.arange(len(self.table)), np.arange(0))
        return self.splits[split]


def _checksum(table: Table) -> str:
    """Return a checksum of all that a table holds."""
    total = hashlib.sha256()
    for column in table.schema.columns:
        total.update(f"{column.name} {column.kind};".encode("utf-8", "surrogatepass"))
    roles = (table.roles.weight, table.roles.groups, table.roles.time)
    coded = table.coded
    for array in (coded.codes, coded.ids, table.target.values, *roles, *coded.vectors):
        if array is not None:
            total.update(f"{array.dtype} {array.shape};".encode())
            total.update(np.ascontiguousarray(array).data)
    total.update(repr((table.target.task, table.target.classes)).encode("utf-8", "surrogatepass"))
    for text in coded.texts:
        total.update(pickle.dumps((text.indices, text.levels)))
    return total.hexdigest()
