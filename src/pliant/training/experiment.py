"""An experiment: one table with its splits and metric, which every candidate of a fit is tried on.

It is what engines ship: a few arrays and a recipe. Splits and features are made from it where
they are needed, the same everywhere.
"""

from __future__ import annotations

import hashlib
import pickle
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
from pliant.features.block import View
from pliant.metrics import Metric, metric_of
from pliant.models.base import Fitted, Shape
from pliant.models.family import Family
from pliant.models.quantise import with_whole_leaves
from pliant.models.registry import family_of
from pliant.runtime.decision import Decision
from pliant.training.cost import CostModel
from pliant.training.objective import Objective
from pliant.training.prepared import Pipeline, Prepared, Reading, learn_reading, prepare_split
from pliant.training.records import Job, Outcome
from pliant.training.scoring import scored


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
    """What all jobs of a fit have in common: the objective of a table, for families.

    `metric` is the name of one, or None for the task's. `brought` has the families from outside
    that jobs may name (`models.registry.carried`), and `brought_metric` the metric where it is from
    outside (`metrics.carried_metric`). A metric of labels sees those of the `decision`, where that
    is another one than for the most probable class. `monotone` has the columns with which
    predictions must only rise, 1, or only fall, -1.

    Pickled, it is the bare table and the recipe alone; what was prepared stays where it was made.
    """

    table: Table
    splitting: Splitting
    metric: str | None
    seed: int
    brought: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    brought_metric: bytes = field(default=b"", repr=False)
    decision: Decision | None = None
    monotone: Mapping[str, int] = field(default_factory=dict)
    _made: dict[tuple[int | None, View], Prepared] = field(default_factory=dict, repr=False)
    _read: dict[tuple[int | None, View], Reading] = field(default_factory=dict, repr=False)
    _locks: dict[tuple[int | None, View], Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        table = self.table
        object.__setattr__(self, "table", replace(table, coded=table.coded.with_counts()))

    def __reduce__(self) -> tuple[Callable[..., Experiment], tuple[Any, ...]]:
        recipe = self.splitting, self.metric, self.seed, self.brought, self.brought_metric
        return Experiment, (bare(self.table), *recipe, self.decision, dict(self.monotone))

    @property
    def n_rows(self) -> int:
        """The rows of the table."""
        return len(self.table)

    def family(self, name: str) -> Family:
        """Return a family that a job names."""
        return family_of(name, self.brought)

    @cached_property
    def measure(self) -> Metric:
        """The metric."""
        task = self.table.target.task
        return metric_of(self.metric, task, self.brought_metric, self.decision)

    @cached_property
    def costs(self) -> CostModel:
        """What fits to the table cost, corrected by those that were measured in this process."""
        return CostModel(self)

    def size(self, view: View) -> Shape:
        """Return the size of a fit on one row; nothing is made to know it."""
        of = Shape.of(self.table.schema, self.table.target.n_outputs, 1, view)
        return replace(of, grams=grams_of(self.table) if view == "grams" else 0.0)

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
                made = prepare_split(self.table, rows, self.seed, view, self.monotone)
                self._made[key] = made
            return self._made[key]

    def rows_of(self, job: Job) -> Prepared:
        """Return what a job trains on; refits run side by side, so they share nothing."""
        prepared = self.prepared(job.split, job.candidate.view)
        if job.split is None:
            return replace(prepared, data=prepared.data.apart())
        return prepared if job.rows is None else prepared.thinned(job.rows, self.seed)

    def outcome(self, fitted: Fitted, prepared: Prepared) -> Outcome:
        """Return what came of a model on what it was trained on, as it ships."""
        return scored(with_whole_leaves(fitted), prepared, self.measure)

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
                how = self._split(split), self.seed, view, self.monotone
                self._read[key], _ = learn_reading(self.table, *how)
            return self._read[key]

    def identity(self) -> dict[str, Any]:
        """Return what makes two experiments the same, as plain data: a checksum of the table, and
        how.

        Predictions of one are those of the other, row by row.
        """
        how = self.splitting
        asked: dict[str, Any] = {} if self.decision is None else {"costs": self.decision.costs}
        asked |= {"monotone": dict(self.monotone)} if self.monotone else {}
        return {
            "version of pliant": version("pliant"),
            "table": _checksum(self.table),
            "splitting": [how.share, how.folds, how.repeats],
            "metric": self.measure.name,
            "seed": self.seed,
            **asked,
        }

    def _split(self, split: int | None) -> Split:
        """Return a split; of None, all rows and none to check."""
        if split is None:
            return Split(np.arange(len(self.table)), np.arange(0))
        return self.splits[split]


def grams_of(table: Table) -> float:
    """Return about how many different grams the text of a row has in the mean."""
    counted = sum(len(text.counted.slots) for text in table.coded.texts if text.counted)
    return counted / max(1, len(table))


def of_table(objective: Objective) -> Experiment:
    """Return an objective as that of a table, which it is where families of ours are fitted."""
    assert isinstance(objective, Experiment), f"expected a table's experiment, got {objective!r}"
    return objective


def _checksum(table: Table) -> str:
    """Return a checksum of all that a table holds."""
    total = hashlib.sha256()
    for column in table.schema.columns:
        total.update(f"{column.name} {column.kind};".encode("utf-8", "surrogatepass"))
    roles = (table.roles.weight, table.roles.groups, table.roles.time)
    coded = table.coded
    for array in (coded.codes, coded.ids, table.target.values, *roles, *coded.arrays):
        if array is not None:
            total.update(f"{array.dtype} {array.shape};".encode())
            total.update(np.ascontiguousarray(array).data)
    total.update(repr((table.target.task, table.target.classes)).encode("utf-8", "surrogatepass"))
    for text in coded.texts:
        total.update(pickle.dumps((text.indices, text.levels)))
    return total.hexdigest()
