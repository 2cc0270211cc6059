"""Scores of models as features: one an answer, binned by the scores that rows have out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.data.quantile import learn_numbers
from pliant.features.block import Block, number_feature
from pliant.features.target_encoding import MANY_LEVELS
from pliant.runtime.binning import bin_column
from pliant.runtime.ops import Op


@dataclass(frozen=True)
class ScoredColumn:
    """A column whose features are scores: its name, what they are scores of ("text"), its wire."""

    name: str
    what: str
    wire: str

    @property
    def scores(self) -> str:
        """The wire that carries the scores."""
        return f"{self.wire}.score"

    def block(self, ops: Sequence[Op], scores: NDArray[np.float64]) -> Block:
        """Return the features that `ops` make, ending in the wire of scores; `scores` float64
        (n, V) are those of the training rows, NaN where missing.
        """
        output = f"{self.wire}.features"
        books = [learn_numbers(score, MANY_LEVELS) for score in scores.T]
        edges = {
            "edges": np.concatenate([np.empty(0), *(b.edges for b in books)]),
            "offsets": np.cumsum([0, *(len(b.edges) for b in books)], dtype=np.int64),
        }
        train = np.column_stack([bin_column(scores[:, v], b.edges) for v, b in enumerate(books)])
        named = enumerate(books)
        features = (number_feature(f"{self.name}:{self.what}{v}", b, "statistic") for v, b in named)
        binned = Op("bin", (self.scores,), output, edges)
        return Block((*ops, binned), output, tuple(features), train)


def frequent(answers: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Return the answers that get a score: of more than `most` classes, the most frequent ones."""
    if answers.shape[1] <= most:
        return answers
    order = np.argsort(-answers.sum(axis=0), kind="stable")
    return answers[:, np.sort(order[:most])]
