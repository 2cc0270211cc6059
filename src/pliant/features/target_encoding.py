"""Categories: a code each, and smoothed target statistics learned out of fold.

Smoothing towards the prior with weight 10, and out-of-fold values for the rows that are trained
on, follow Micci-Barreca (2001) and Pargent et al. (2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.data.quantile import learn_numbers
from pliant.data.target import Target
from pliant.features.block import Block, Feature, number_feature
from pliant.runtime.kinds import FIRST_LEVEL
from pliant.runtime.ops import Op

SMOOTHING = 10.0
"""Rows that the prior counts for."""

INNER_FOLDS = 5
MAX_CODES = 256
MANY_LEVELS = 254
"""Levels beyond which a category's code says little, and its frequency is told apart."""

MAX_STATISTICS = 200
"""Features of target statistics in all, so that many classes do not drown the rest."""


@dataclass(frozen=True)
class Supervision:
    """What statistics may look at: rows of a split's training part.

    `answers` float64 (n, V): a column a class, or the standardised target. `weight` float64 (n,).
    `fold` int64 (n,): the inner fold of each row.
    """

    answers: NDArray[np.float64]
    weight: NDArray[np.float64]
    fold: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        target: Target,
        weight: NDArray[np.float64] | None,
        groups: NDArray[np.int64] | None,
        seed: int,
    ) -> Supervision:
        """Return the supervision of training rows; a group lies in one inner fold."""
        n = len(target.values)
        if target.task == "multiclass":
            answers = np.zeros((n, len(target.classes)))
            answers[np.arange(n), target.values.astype(np.intp)] = 1.0
        else:
            answers = target.values.astype(np.float64)[:, None]
        rng = np.random.default_rng(seed)
        if groups is None:
            fold = rng.permutation(n) % INNER_FOLDS
        else:
            fold = rng.permutation(int(groups.max()) + 1)[groups] % INNER_FOLDS
        return cls(answers, np.ones(n) if weight is None else weight, fold)


@dataclass(frozen=True)
class TargetEncoding:
    """One feature made from ids: `table` uint8, a code an id; `train` uint8 (n,)."""

    feature: Feature
    table: NDArray[np.uint8]
    train: NDArray[np.uint8]


def target_encodings(
    name: str, ids: NDArray[np.int32], n_ids: int, supervision: Supervision
) -> list[TargetEncoding]:
    """Return one statistic an answer: the smoothed mean of the answer by id."""
    weight, fold = supervision.weight, supervision.fold
    cell = fold * n_ids + ids
    counts = np.bincount(cell, weight, INNER_FOLDS * n_ids).reshape(INNER_FOLDS, n_ids)
    out = []
    for v in range(supervision.answers.shape[1]):
        answer = supervision.answers[:, v]
        prior = float(np.average(answer, weights=weight)) if weight.sum() > 0 else 0.0
        sums = np.bincount(cell, weight * answer, INNER_FOLDS * n_ids).reshape(counts.shape)
        level = _smooth(sums.sum(axis=0), counts.sum(axis=0), prior)
        others = _smooth(sums.sum(axis=0) - sums, counts.sum(axis=0) - counts, prior)
        row = others[fold, ids]
        book = learn_numbers(row, MANY_LEVELS)
        feature = number_feature(f"{name}:mean{v}", book, "statistic")
        columns = np.searchsorted(book.edges, level), np.searchsorted(book.edges, row)
        table, train = ((1 + c).astype(np.uint8) for c in columns)
        out.append(TargetEncoding(feature, _two(table), train))
    return out


def _smooth(
    sums: NDArray[np.float64], counts: NDArray[np.float64], prior: float
) -> NDArray[np.float64]:
    return np.asarray((sums + SMOOTHING * prior) / (np.maximum(counts, 0) + SMOOTHING))


def _two(table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a table with an entry for missing and unseen at least."""
    return table if len(table) >= FIRST_LEVEL else np.resize(table, FIRST_LEVEL)


def count_statistic(name: str, ids: NDArray[np.int32], n_ids: int) -> TargetEncoding:
    """Return how often each id occurs in training, as a code."""
    counts = np.bincount(ids, minlength=n_ids).astype(np.float64)
    book = learn_numbers(np.log1p(counts[ids]), MANY_LEVELS)
    table = (1 + np.searchsorted(book.edges, np.log1p(counts))).astype(np.uint8)
    return TargetEncoding(
        number_feature(f"{name}:count", book, "statistic"), _two(table), table[ids]
    )


def code_statistic(name: str, ids: NDArray[np.int32], n_ids: int) -> TargetEncoding:
    """Return the id itself as a code: most frequent levels first, the rarest together."""
    table = np.minimum(np.arange(max(n_ids, FIRST_LEVEL)), MAX_CODES - 2).astype(np.uint8)
    feature = Feature(name, "category", int(table.max()) + 1)
    return TargetEncoding(feature, table, table[ids])


def wanted_of(n_ids: Sequence[int], n_answers: int) -> list[tuple[bool, bool]]:
    """Return, for columns of so many ids each, whether a count and whether statistics are made."""
    wanted, n_statistics = [], 0
    for n in n_ids:
        n_levels = n - FIRST_LEVEL
        averaged = n_levels > (2 if n_answers <= 10 else 20)
        averaged = averaged and n_statistics + n_answers <= MAX_STATISTICS
        n_statistics += n_answers * averaged
        wanted.append((n_levels > MANY_LEVELS, averaged))
    return wanted


def category_block(
    ids: NDArray[np.int32],
    columns: Sequence[tuple[str, int]],
    supervision: Supervision,
    wire: str = "ids",
) -> Block | None:
    """Return the features of categories: `columns` are the name and number of ids of each."""
    picked: list[tuple[int, TargetEncoding]] = []
    wanted = wanted_of([n_ids for _, n_ids in columns], supervision.answers.shape[1])
    for j, ((name, n_ids), (counted, averaged)) in enumerate(zip(columns, wanted, strict=True)):
        own = ids[:, j]
        picked.append((j, code_statistic(name, own, n_ids)))
        if counted:
            picked.append((j, count_statistic(name, own, n_ids)))
        if averaged:
            picked += [(j, s) for s in target_encodings(name, own, n_ids, supervision)]
    return lookup_block(picked, wire) if picked else None


def lookup_block(picked: Sequence[tuple[int, TargetEncoding]], wire: str) -> Block:
    """Return the block that looks statistics up, each by a column of the wire of ids."""
    tables = [s.table for _, s in picked]
    op = Op(
        "lookup",
        (wire,),
        f"{wire}.features",
        {
            "columns": np.array([j for j, _ in picked], dtype=np.uint16),
            "offsets": np.cumsum([0, *(len(t) for t in tables)], dtype=np.int64),
            "table": np.concatenate(tables),
        },
    )
    train = np.column_stack([s.train for _, s in picked])
    return Block((op,), op.output, tuple(s.feature for _, s in picked), train)
