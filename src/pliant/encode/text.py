"""Free text: hashed n-grams, each with a weight an answer; scores learned out of fold.

A gram's weight is the smoothed mean answer of the rows that hold it, less the mean of all rows,
in standard deviations: a naive Bayes score, close to that of Wang and Manning (2012).
"""

from __future__ import annotations

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


def text_block(j: int, name: str, text: Strings, supervision: Supervision) -> Block:
    """Return the features of the j-th text column: a score an answer."""
    rows = text.indices
    grams = {i: buckets_of(text.levels[i], BUCKETS) for i in np.unique(rows[rows >= 0]).tolist()}
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
    grams: dict[int, NDArray[np.int64]],
    answers: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return float32 (BUCKETS, V): how far a gram's mean answer is from the mean of all."""
    used = np.flatnonzero((rows >= 0) & (weight > 0))
    lengths = np.array([len(grams[i]) for i in rows[used].tolist()], dtype=np.intp)
    bucket = np.concatenate([grams[i] for i in rows[used].tolist()] or [np.empty(0, np.int64)])
    row = np.repeat(used, lengths)
    count = np.bincount(bucket, weight[row], BUCKETS)
    out = np.empty((BUCKETS, answers.shape[1]), dtype=np.float32)
    total = max(float(weight[used].sum()), 1e-12)
    for v in range(answers.shape[1]):
        answer = answers[:, v]
        mean = float((weight[used] * answer[used]).sum() / total)
        spread = float(
            np.sqrt(max((weight[used] * (answer[used] - mean) ** 2).sum() / total, 1e-12))
        )
        sums = np.bincount(bucket, weight[row] * (answer[row] - mean) / spread, BUCKETS)
        out[:, v] = sums / (count + SMOOTHING)
    return out


def _scores(
    rows: NDArray[np.int32], grams: dict[int, NDArray[np.int64]], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return what `gram_scores` would, from grams that are already there."""
    table: dict[int, NDArray[np.float64]] = {-1: np.full(weights.shape[1], np.nan)}
    for i in set(rows.tolist()) - {-1}:
        found = grams[i]
        table[i] = weights[found].sum(axis=0, dtype=np.float64) / max(1.0, len(found) ** 0.5)
    return np.array([table[i] for i in rows.tolist()]).reshape(len(rows), weights.shape[1])
