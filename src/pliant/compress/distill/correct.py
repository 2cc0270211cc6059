"""Leaves of a distilled student, corrected: moved once all its trees are there.

Boosting gives a tree its leaves and never comes back to them. Here each tree's leaves go on, by a
Newton step of half its length, to where the loss of what the teacher says is least while those of
all other trees stay: fully corrective boosting, as in the global refinement of forests (Ren et al.,
2015), but tree by tree. A teacher can be asked about so many rows that leaves do not follow noise.

AUC lost on electricity with 50 trees of 255 leaves: 0.55 %, 0.30 % after one sweep, 0.28 % after
three; RMSE lost on diamonds with 300 oblivious trees: 4.4, 2.8 and 2.5 %
(`benchmarks/quality/distillation.py DIR/electricity "lightgbm 255 0.3 50 distilled" --sweeps 0`,
then 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pliant.compress.standing import Floats
from pliant.core.deadline import Deadline
from pliant.models.base import Fitted, Part
from pliant.runtime.ops import Op
from pliant.runtime.ops.outputs import apply_link
from pliant.runtime.trees import TREE_ARRAYS, TreeArrays, general_trees

SWEEPS, STEP, RIDGE = 3, 0.5, 1.0
"""How often all trees are gone through, and of a Newton step the part that is made."""

TOGETHER = 16
"""Trees whose leaves are looked up at once."""


def corrected(fitted: Fitted, train: Part, deadline: Deadline) -> Fitted:
    """Return a fitted model whose trees have leaves corrected on rows, as time allows.

    Trees that add to several outputs at once stay as they are, and so do models without trees.
    """
    ops = [op for op in fitted.ops if op.name in ("trees", "oblivious")]
    if len(ops) != 1 or ops[0].arrays["leaves"].shape[-1] != 1:
        return fitted
    (op,), state = ops, _State(fitted, train)
    leaves = op.arrays["leaves"].reshape(-1).astype(np.float64)
    for _ in range(SWEEPS):
        for output, leaf in _leaves_of_trees(op, train.X):
            if deadline.remaining() <= 0:
                break
            first = int(leaf.min())
            moved = state.step(output, leaf - first)
            leaves[first : first + len(moved)] += moved
    new = leaves.reshape(op.arrays["leaves"].shape).astype(np.float32)
    made = replace(op, arrays={**op.arrays, "leaves": new})
    return replace(fitted, ops=tuple(made if o is op else o for o in fitted.ops))


class _State:
    """The scores of rows (n, V), what they should be, and the loss in between."""

    def __init__(self, fitted: Fitted, train: Part) -> None:
        self.link, self.weight = fitted.link, train.weights
        self.values = train.target.values
        score = fitted.score(train.X)
        if self.link == "softmax":  # shares of the whole, which is kept up to date
            score = np.exp(np.clip(score - score.max(axis=1, keepdims=True), -60.0, 0.0))
            self.whole = score.sum(axis=1)
        self.score = np.asfortranarray(score)

    def step(self, output: int, leaf: NDArray[np.intp]) -> Floats:
        """Return by how much the leaves of a tree move, and let the rows' scores follow."""
        said, curvature = self._said(output)
        wanted = self.values if self.link != "softmax" else self.values == output
        pull = np.bincount(leaf, self.weight * (wanted - said))
        held = np.bincount(leaf, self.weight * curvature)
        moved = STEP * pull / (held + RIDGE)
        if self.link == "softmax":
            before = self.score[:, output].copy()
            self.score[:, output] *= np.exp(np.clip(moved, -5.0, 5.0))[leaf]
            self.whole += self.score[:, output] - before
            return np.clip(moved, -5.0, 5.0)
        self.score[:, output] += moved[leaf]
        return moved

    def _said(self, output: int) -> tuple[Floats, Floats]:
        """Return what is predicted of an output, and the second derivative of the loss."""
        score = self.score[:, output]
        if self.link == "identity":
            return score, np.ones_like(score)
        said = score / self.whole if self.link == "softmax" else apply_link(score, "sigmoid")
        return said, np.maximum(said * (1.0 - said), 1e-6)


def _leaves_of_trees(op: Op, X: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield for each tree the output that it adds to, and the leaf of each row among all leaves."""
    if op.name == "oblivious":
        yield from _oblivious_leaves(op, X)
        return
    arrays = {name: op.arrays[name] for name in TREE_ARRAYS}
    numbers = np.arange(len(arrays["leaves"]), dtype=np.float32)[:, None]
    for start in range(0, len(arrays["root"]), TOGETHER):
        root = arrays["root"][start : start + TOGETHER]
        apart = {"root": root, "output": np.arange(len(root), dtype=np.uint16)}
        trees = TreeArrays(**{**arrays, **apart, "leaves": numbers})
        found = general_trees(X, trees, len(root))
        for i in range(len(root)):
            yield int(arrays["output"][start + i]), found[:, i].astype(np.intp)


def _oblivious_leaves(op: Op, X: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    columns = np.asfortranarray(X)
    feature, threshold = op.arrays["feature"], op.arrays["threshold"]
    for t in range(len(feature)):
        leaf = np.full(len(X), t << feature.shape[1])
        for j in range(feature.shape[1]):
            leaf |= (columns[:, feature[t, j]] > threshold[t, j]).astype(np.intp) << j
        yield 0, leaf
