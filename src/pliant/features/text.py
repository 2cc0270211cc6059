"""Free text: hashed n-grams, each with a weight an answer; scores learned out of fold.

A gram's weight is the smoothed mean answer of the rows that hold it, less the mean of all rows,
in standard deviations: a naive Bayes score, close to that of Wang and Manning (2012).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.data.quantile import learn_numbers
from pliant.features.block import Block, number_feature
from pliant.features.target_encoding import INNER_FOLDS, MANY_LEVELS, Supervision
from pliant.runtime.binning import bin_column
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.ngrams import BUCKETS, Grams
from pliant.runtime.ops import Op
from pliant.runtime.raw import Strings

SMOOTHING = 1.0
MAX_ANSWERS = 10
"""Answers beyond which only the most frequent classes get a score."""

ROWS_AT_ONCE = 10_000
"""Rows whose grams are counted together: a gram takes 2 bytes while it waits, 28 then."""


@dataclass(frozen=True)
class Tally:
    """What the rows of each inner fold F say of each gram B and answer V.

    `count` float64 (F, B): the weight of the rows that hold it. `sums` float64 (F, B, V): their
    answers, weighted.
    """

    count: NDArray[np.float64]
    sums: NDArray[np.float64]

    @classmethod
    def of(cls, text: Strings, grams: Grams, supervision: Supervision) -> Tally:
        """Return the tally of training rows."""
        weight, n_answers = supervision.weight, supervision.answers.shape[1]
        weighted = supervision.answers * weight[:, None]
        count = np.zeros((INNER_FOLDS, BUCKETS))
        sums = np.zeros((INNER_FOLDS, BUCKETS, n_answers))
        present = (text.indices >= 0) & (weight > 0)
        for fold in range(INNER_FOLDS):
            used = np.flatnonzero(present & (supervision.fold == fold))
            for bucket, row in _of_rows(grams, text.indices, used):
                count[fold] += np.bincount(bucket, weight[row], BUCKETS)
                for v in range(n_answers):
                    sums[fold, :, v] += np.bincount(bucket, weighted[row, v], BUCKETS)
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


def _of_rows(
    grams: Grams, indices: NDArray[np.int32], used: NDArray[np.intp]
) -> Iterator[tuple[NDArray[np.uint16], NDArray[np.intp]]]:
    """Give the buckets of the used rows and each one's row, `ROWS_AT_ONCE` rows at a time."""
    for start in range(0, len(used), ROWS_AT_ONCE):
        part = used[start : start + ROWS_AT_ONCE]
        begin = grams.starts[indices[part]]
        lengths = grams.starts[indices[part] + 1] - begin
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(begin - ends + lengths, lengths)
        yield grams.buckets[places], np.repeat(part, lengths)


def text_block(j: int, name: str, text: Strings, supervision: Supervision) -> Block:
    """Return the features of the j-th text column: a score an answer."""
    grams, fold_of = text.hashed(), supervision.fold
    supervision = replace(supervision, answers=_frequent(supervision.answers))
    answers = supervision.answers
    tally = Tally.of(text, grams, supervision)
    usable = (text.indices >= 0) & (supervision.weight > 0)
    folds = list(range(INNER_FOLDS))
    scores = np.full(answers.shape, np.nan)
    for fold in folds:
        others = [other for other in folds if other != fold]
        weights = tally.weights(others, np.flatnonzero(usable & (fold_of != fold)), supervision)
        out = fold_of == fold
        scores[out] = grams.scores(text.indices[out], weights)
    books = [learn_numbers(scores[:, v], MANY_LEVELS) for v in range(answers.shape[1])]
    raw, out_wire = f"text:{j}.score", f"text:{j}.features"
    weights = tally.weights(folds, np.flatnonzero(usable), supervision)
    ops = (
        Op("ngrams", (f"text:{j}",), raw, {"weights": weights}),
        Op("bin", (raw,), out_wire, _edges(books)),
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
