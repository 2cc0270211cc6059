"""Free text: scores of linear models of its counted grams, learned out of fold, a score an answer.

The models are quick ones (`features.descent`), each answer's against all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.deadline import Deadline
from pliant.features.block import Block
from pliant.features.descent import Descent, Learned, Run, descend
from pliant.features.gram_pruning import pruned
from pliant.features.gram_rows import (
    GramWeights,
    count_ratios,
    gram_rows,
    inverse_frequency,
    shortest_square,
    used_slots,
    with_columns,
)
from pliant.features.scored import ScoredColumn, frequent
from pliant.features.target_encoding import Supervision
from pliant.runtime.raw import Strings

MAX_ANSWERS = 10
"""Answers beyond which only the most frequent classes get a score."""

MIN_ROWS = 2
"""Rows that hold a gram at least, for it to count."""

MAX_BYTES = 100_000
"""About how many bytes the weights of a column take in a file at most."""

MANY_VALUES, FEW_FOLDS = 1_000_000, 2
"""Grams of all rows beyond which there are so few inner folds: more would take long, and each half
of so much text tells enough."""

QUICK = Descent(l2=0.1, epochs=3, batch=512)
"""How the weights are learned: of several inner folds and of all rows, so in few steps."""


def text_block(j: int, name: str, text: Strings, supervision: Supervision, link: str) -> Block:
    """Return the features of the j-th text column: a score an answer; `link` as of the task."""
    text = text.with_counts()
    shortest, fold_of = shortest_square(text), supervision.fold
    rows = gram_rows(text, shortest)
    slots = used_slots(rows, MIN_ROWS)
    rows = with_columns(rows, slots)
    supervision = replace(supervision, answers=frequent(supervision.answers, MAX_ANSWERS))
    n_answers = supervision.answers.shape[1]
    scores = np.zeros((len(text), n_answers))
    if rows.nnz > MANY_VALUES:
        fold_of = fold_of % FEW_FOLDS
    for fold in np.unique(fold_of).tolist():
        others, own = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        learned = _learned(rows, others, supervision, link)
        scores[own] = rows[own] @ learned.weights
    column = ScoredColumn(name, "text", f"text:{j}")
    learned = _learned(rows, np.arange(len(text)), supervision, link)
    weights = GramWeights(slots, learned.weights, text.counts().recipe, shortest)
    op = weights.op((column.wire, column.scores), np.zeros(n_answers))
    return column.block([pruned(op, MAX_BYTES, text)], scores)


def _learned(rows: Any, used: NDArray[np.intp], supervision: Supervision, link: str) -> Learned:
    """Return the models of some rows; those of weight 0 say nothing."""
    weight = supervision.weight[used]
    held, answers = rows[used], supervision.answers[used].astype(np.float32)
    scale = max(float(weight.mean()) if len(weight) else 0.0, 1e-12)
    prior = inverse_frequency(held) if link == "identity" else count_ratios(held, answers)
    run = Run(link, Deadline(None))
    return descend(held, answers, (weight / scale).astype(np.float32), prior, QUICK, run)
