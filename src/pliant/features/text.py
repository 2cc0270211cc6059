"""Free text: counted n-grams, each with a weight an answer; scores learned out of fold.

A gram's weight is the smoothed mean answer of the rows that hold it, less the mean of all rows,
in standard deviations: a naive Bayes score, close to that of Wang and Manning (2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.data.quantile import learn_numbers
from pliant.features.block import Block, number_feature
from pliant.features.gram_rows import GramWeights, gram_rows, used_slots
from pliant.features.target_encoding import INNER_FOLDS, MANY_LEVELS, Supervision
from pliant.runtime.binning import bin_column
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.ops import Op
from pliant.runtime.raw import Strings

SMOOTHING = 1.0
MAX_ANSWERS = 10
"""Answers beyond which only the most frequent classes get a score."""

MIN_ROWS = 2
"""Rows that hold a gram at least, for it to count."""

MAX_WEIGHTS = 200_000
"""Weights of the grams of a column at most, a byte each in the file."""


@dataclass(frozen=True)
class Tally:
    """What the rows of each inner fold F say of each gram B and answer V.

    `count` float64 (F, B): the weight of the rows that hold it. `sums` float64 (F, B, V): their
    answers, weighted.
    """

    count: NDArray[np.float64]
    sums: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Any, supervision: Supervision) -> Tally:
        """Return the tally of training rows, sparse (n, B)."""
        weight = supervision.weight
        weighted = supervision.answers * weight[:, None]
        held = rows.astype(bool).astype(np.float64)
        count = np.zeros((INNER_FOLDS, rows.shape[1]))
        sums = np.zeros((INNER_FOLDS, rows.shape[1], weighted.shape[1]))
        for fold in range(INNER_FOLDS):
            used = np.flatnonzero(supervision.fold == fold)
            part = held[used].T
            count[fold], sums[fold] = part @ weight[used], part @ weighted[used]
        return cls(count, sums)

    def weights(
        self, folds: Sequence[int], used: NDArray[np.intp], supervision: Supervision
    ) -> NDArray[np.float32]:
        """Return float32 (B, V): how far a gram's mean answer is from the mean of all `used` rows,
        those of some folds.
        """
        weight, answers = supervision.weight[used], supervision.answers[used]
        total = max(float(weight.sum()), 1e-12)
        mean = weight @ answers / total
        spread = np.sqrt(np.maximum(weight @ (answers - mean) ** 2 / total, 1e-12))
        count = self.count[folds].sum(axis=0)[:, None]
        away = (self.sums[folds].sum(axis=0) - count * mean) / spread
        weights: NDArray[np.float64] = away / (count + SMOOTHING)
        return weights.astype(np.float32)


def text_block(j: int, name: str, text: Strings, supervision: Supervision) -> Block:
    """Return the features of the j-th text column: a score an answer."""
    rows, fold_of = gram_rows(text), supervision.fold
    slots = used_slots(rows, MIN_ROWS)
    rows = rows[:, slots]
    supervision = replace(supervision, answers=_frequent(supervision.answers))
    answers = supervision.answers
    tally = Tally.of(rows, supervision)
    usable = (text.indices >= 0) & (supervision.weight > 0)
    folds = list(range(INNER_FOLDS))
    scores = np.zeros(answers.shape)
    for fold in folds:
        others = [other for other in folds if other != fold]
        weights = tally.weights(others, np.flatnonzero(usable & (fold_of != fold)), supervision)
        out = np.flatnonzero(fold_of == fold)
        scores[out] = rows[out] @ weights
    books = [learn_numbers(scores[:, v], MANY_LEVELS) for v in range(answers.shape[1])]
    wires, out_wire = (f"text:{j}", f"text:{j}.score"), f"text:{j}.features"
    weights = tally.weights(folds, np.flatnonzero(usable), supervision)
    scored = GramWeights(slots, weights, text.counts())
    ops = (
        scored.op(wires, np.zeros(answers.shape[1]), MAX_WEIGHTS),
        Op("bin", (wires[1],), out_wire, _edges(books)),
    )
    train = np.column_stack([bin_column(scores[:, v], b.edges) for v, b in enumerate(books)])
    names = [number_feature(f"{name}:text{v}", b, "statistic") for v, b in enumerate(books)]
    return Block(ops, out_wire, tuple(names), train)


def _frequent(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the answers that get a score: of many classes, the most frequent ones."""
    if answers.shape[1] <= MAX_ANSWERS:
        return answers
    order = np.argsort(-answers.sum(axis=0), kind="stable")
    return answers[:, np.sort(order[:MAX_ANSWERS])]


def _edges(books: list[NumberCodebook]) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    return {
        "edges": np.concatenate([b.edges for b in books]),
        "offsets": np.cumsum([0, *(len(b.edges) for b in books)], dtype=np.int64),
    }
