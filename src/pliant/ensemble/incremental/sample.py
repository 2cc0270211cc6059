"""A store as rows of a fit: what of it is searched on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pliant.core.config import Resources
from pliant.core.errors import ConfigError, DataError
from pliant.core.memory import available_memory, steady
from pliant.data.store.store import Store
from pliant.data.table import MIN_ROWS, Table
from pliant.data.target import Task
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.ensemble.incremental.join import joined
from pliant.ensemble.incremental.remainder import Remainder, supervised
from pliant.ensemble.incremental.sample_size import SampleSize
from pliant.models.base import Shape
from pliant.models.registry import FAMILIES
from pliant.training.cost import rows_in
from pliant.training.fit_spec import FitSpec

HELD_BYTES = 150 * 10**6
"""What this process takes beside a fit: the sample, Optuna, scikit-learn."""

ROOMY_BYTES = 500 * 10**6
"""Bytes a worker should have, so that the sample that it fits is not a small one; with less there
are fewer workers, and more threads a fit."""


@dataclass(frozen=True)
class StoreRows:
    """The rows of a store. Of one that is too large to be searched on, the first shards are.

    `sample` says how many rows are searched on, `block` how what was chosen learns from the rest.
    """

    store: Store
    sample: SampleSize = field(default_factory=SampleSize)
    block: BlockSize = field(default_factory=BlockSize)

    @property
    def target_name(self) -> str:
        """The column that is to be predicted."""
        return self.store.target_name

    def shared(self, resources: Resources) -> Resources:
        """Return what of the resources engines may have."""
        if resources.memory is None:
            return resources
        left = resources.memory - HELD_BYTES
        return replace(resources, workers=max(1, left // ROOMY_BYTES))

    @property
    def growth(self) -> int:
        """How many bytes this process will take beside the fits."""
        return HELD_BYTES

    def table(self, spec: FitSpec, memory: int | None) -> tuple[Table, Remainder | None]:
        """Return as many rows as budget and memory allow to search on, and the rest of them."""
        store, rows = self.store, self.store.shard_rows
        self._refuse(spec.task)
        allowed = available_memory() // 2 if memory is None else memory
        most = min(self._sample_size(spec.budget.seconds), self._fitting(allowed))
        if len(store) <= most or len(rows) == 1:
            table, remainder = joined([store.shard(i) for i in range(len(rows))]), None
        else:
            first = min(int(np.searchsorted(np.cumsum(rows), most)) + 1, len(rows) - 1)
            table = joined([store.shard(i) for i in range(first)])
            first_left = first if supervised(store.schema) else 0
            remainder = Remainder(store, first_left, spec.seed, self.block)
        if len(table) > most:
            chosen = np.random.default_rng(spec.seed).permutation(len(table))[: int(most)]
            table = table.take(np.sort(chosen))
        return table, remainder

    def _refuse(self, task: Task | None) -> None:
        """Raise where the store does not hold what is asked for."""
        own = self.store.task
        if task is not None and task != own and "regression" in (task, own):
            raise ConfigError(f"expected a store for {task}, but {self.store.path} is for {own}")
        if len(self.store) < MIN_ROWS:
            raise DataError(
                f"expected at least {MIN_ROWS} rows to learn from, got {len(self.store)}"
            )

    def _sample_size(self, seconds: float | None) -> float:
        """Return on how many rows a search finds most in so many seconds."""
        n_columns = len(self.store.schema.used)
        if seconds is None:
            return self.sample.untimed(n_columns)
        characters = 0.0
        if self.store.schema.text_columns:
            first = self.store.shard(0)
            characters = sum(text.characters for text in first.coded.texts) / len(first)
        return self.sample.within(seconds, len(self.store), n_columns, characters)

    def _fitting(self, memory: int) -> float:
        """Return of how many rows a fit of boosted trees takes about so many bytes."""
        outputs = len(self.store.classes) if self.store.task == "multiclass" else 1
        a_row = Shape.of(self.store.schema, outputs, 1)
        return max(self.sample.min_rows, rows_in(FAMILIES["lightgbm"], a_row, steady(memory)))
