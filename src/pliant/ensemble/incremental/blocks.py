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
from pliant.models.base import Data, Part
from pliant.runtime.coded import Coded, joined
from pliant.training.scale import Scale
from pliant.training.training_set import TrainingSet


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
