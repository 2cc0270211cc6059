"""Blocks: as many rows as memory holds, made into features a shard at a time.

A block of a store is only named to the process that trains on it, which reads it there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.data.target import Target
from pliant.ensemble.incremental.remainder import Remainder
from pliant.features.features import FeatureMap
from pliant.models.base import OUTPUT_BYTES, Data, Part, Shape
from pliant.models.family import Family, IncrementalFamily
from pliant.runtime.coded import Coded, joined
from pliant.training.experiment import Scale
from pliant.training.training_set import TrainingSet

ROW_BYTES = 24
"""Bytes a row for its target, its weight, and its place in a tree."""

MIN_ROWS = 20_000
"""Rows of a block below which it is too small a sample of all to learn from."""


def row_bytes(family: Family, shape: Shape) -> float:
    """Return about how many bytes learning from a block takes for each of its rows."""
    a_cell = family.bytes_per_cell
    if isinstance(family, IncrementalFamily):
        a_cell = family.bytes_per_block_cell
    return ROW_BYTES + a_cell * shape.features + 2 * OUTPUT_BYTES * shape.outputs


def cuts(n_rows: int, n_blocks: int) -> list[int]:
    """Return where rows are cut into blocks of equal size, from 0 to `n_rows`.

    Examples
    --------
    >>> cuts(100_000, 3)
    [0, 33333, 66666, 100000]
    """
    return [n_rows * i // n_blocks for i in range(n_blocks + 1)]


@dataclass(frozen=True)
class BlockRows:
    """The rows from `start` to `stop` of the rest, as models with these features read them."""

    remainder: Remainder
    start: int
    stop: int
    features: FeatureMap
    scale: Scale

    def read(self) -> Data:
        """Return the rows, made into features; only one shard of them is held at a time."""
        n_rows, features = self.stop - self.start, self.features
        X = np.empty((n_rows, len(features.features)), dtype=np.uint8)
        targets, weights, at = list[Target](), list[NDArray[np.float64]](), 0
        texts = list[Coded]()
        for table in self.remainder.tables(self.start, self.stop):
            X[at : at + len(table)] = features(table.coded)
            targets.append(self.scale.down(table.target))
            if features.own:
                texts.append(replace(table.coded, own=features.planes(table.coded)))
            if table.roles.weight is not None:
                weights.append(table.roles.weight)
            at += len(table)
        target = replace(targets[0], values=np.concatenate([t.values for t in targets]))
        own = joined(texts).with_counts().own if features.own else {}
        part = Part(X, target, np.concatenate(weights) if weights else None, own)
        return Data(part, None, features.features)

    def dataset(self, n_outputs: int, by_name: bool) -> TrainingSet:
        """Return the rows for jobs; read where these are trained if they go there `by_name`."""
        if not by_name:
            return TrainingSet.of(self.read())
        size = self.stop - self.start, len(self.features.features), n_outputs
        return TrainingSet(self, size)
