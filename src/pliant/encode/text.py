"""Free text: hashed n-grams, each with a weight an answer; scores learned out of fold.

A gram's weight is the smoothed mean answer of the rows that hold it, less the mean of all rows,
in standard deviations: a naive Bayes score, close to that of Wang and Manning (2012).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.encode.block import Block, number_feature
from pliant.encode.statistics import INNER_FOLDS, MANY_LEVELS, Supervision
from pliant.runtime.binning import bin_column
from pliant.runtime.codebook import NumberCodebook
from pliant.runtime.ngrams import buckets_of
from pliant.runtime.ops import Op
from pliant.runtime.raw import Strings
from pliant.table.quantile import learn_numbers

BUCKETS = 2**15
SMOOTHING = 1.0
MAX_ANSWERS = 10
"""Answers beyond which only the most frequent classes get a score."""

ROWS_AT_ONCE = 10_000
"""Rows whose grams are counted together: a gram takes 2 bytes while it waits, 28 then."""


@dataclass(frozen=True)
class Grams:
    """Buckets uint16 of many texts, one after another; `starts` int64 says where each begins."""

    buckets: NDArray[np.uint16]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, text: Strings) -> Grams:
        """Return the grams of the texts that some row has; others have none."""
        used = np.zeros(len(text.levels), dtype=bool)
        used[text.indices[text.indices >= 0]] = True
        lengths = np.zeros(len(text.levels) + 1, dtype=np.int64)
        found = bytearray()
        for i in np.flatnonzero(used).tolist():
            buckets = buckets_of(text.levels[i], BUCKETS).astype(np.uint16)
            found += buckets.tobytes()
            lengths[i + 1] = len(buckets)
        return cls(np.frombuffer(found, dtype=np.uint16), np.cumsum(lengths))

    def __getitem__(self, i: int) -> NDArray[np.uint16]:
        return self.buckets[self.starts[i] : self.starts[i + 1]]

    def of_rows(
        self, rows: NDArray[np.int32], used: NDArray[np.intp]
    ) -> Iterator[tuple[NDArray[np.uint16], NDArray[np.intp]]]:
        """Give the buckets of the used rows and each one's row, `ROWS_AT_ONCE` rows at a time."""
        for start in range(0, len(used), ROWS_AT_ONCE):
            part = used[start : start + ROWS_AT_ONCE]
            begin = self.starts[rows[part]]
            lengths = self.starts[rows[part] + 1] - begin
            ends = np.cumsum(lengths)
            places = np.arange(ends[-1]) + np.repeat(begin - ends + lengths, lengths)
            yield self.buckets[places], np.repeat(part, lengths)


def text_block(j: int, name: str, text: Strings, supervision: Supervision) -> Block:
    """Return the features of the j-th text column: a score an answer."""
    rows = text.indices
    grams = Grams.of(text)
    answers = supervision.answers
    if answers.shape[1] > MAX_ANSWERS:
        frequent = np.sort(np.argsort(-answers.sum(axis=0), kind="stable")[:MAX_ANSWERS])
        answers = answers[:, frequent]
    scores = np.full((len(rows), answers.shape[1]), np.nan)
    for fold in range(INNER_FOLDS):
        out = supervision.fold == fold
        weights = _weights(rows, grams, answers, np.where(out, 0.0, supervision.weight))
        scores[out] = _scores(rows[out], grams, weights)
    books = [learn_numbers(scores[:, v], MANY_LEVELS) for v in range(answers.shape[1])]
    raw, out_wire = f"text:{j}.score", f"text:{j}.features"
    weights = _weights(rows, grams, answers, supervision.weight)
    ops = (
        Op("ngrams", (f"text:{j}",), raw, {"weights": weights}),
        Op("bin", (raw,), out_wire, _edges(books)),
    )
    train = np.column_stack([bin_column(scores[:, v], b.edges) for v, b in enumerate(books)])
    names = [number_feature(f"{name}:text{v}", b, "statistic") for v, b in enumerate(books)]
    return Block(ops, out_wire, tuple(names), train)


def _edges(books: list[NumberCodebook]) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    return {
        "edges": np.concatenate([b.edges for b in books]),
        "offsets": np.cumsum([0, *(len(b.edges) for b in books)], dtype=np.int64),
    }


def _weights(
    rows: NDArray[np.int32],
    grams: Grams,
    answers: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return float32 (BUCKETS, V): how far a gram's mean answer is from the mean of all."""
    used = np.flatnonzero((rows >= 0) & (weight > 0))
    total = max(float(weight[used].sum()), 1e-12)
    away = answers - (weight[used] @ answers[used]) / total
    spread = np.sqrt(np.maximum((weight[used] @ away[used] ** 2) / total, 1e-12))
    away *= weight[:, None] / spread
    count = np.zeros(BUCKETS)
    sums = np.zeros((BUCKETS, answers.shape[1]))
    for bucket, row in grams.of_rows(rows, used):
        count += np.bincount(bucket, weight[row], BUCKETS)
        for v in range(answers.shape[1]):
            sums[:, v] += np.bincount(bucket, away[row, v], BUCKETS)
    return (sums / (count + SMOOTHING)[:, None]).astype(np.float32)


def _scores(
    rows: NDArray[np.int32], grams: Grams, weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return what `gram_scores` would, from grams that are already there."""
    table = np.full((len(grams.starts), weights.shape[1]), np.nan)
    for i in np.unique(rows[rows >= 0]).tolist():
        found = grams[i]
        table[i] = weights[found].sum(axis=0, dtype=np.float64) / max(1.0, len(found) ** 0.5)
    return table[rows]
