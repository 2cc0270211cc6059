"""Additive models on codes: a value a feature and bin, boosted in turns.

A generalised additive model fitted by cyclic Newton boosting on histograms, as in the explainable
boosting machine (Lou et al., 2013) without its pairs. It needs NumPy alone, so it is there at
once: the first model of every search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import Allowance, Data, Fitted, Part, Shape, link_of, tables_op
from pliant.models.family import Default, IncrementalFamily
from pliant.models.isotonic import isotonic
from pliant.models.space import Float, Int, Space
from pliant.runtime.ops import Op
from pliant.runtime.ops.outputs import apply_link

PATIENCE = 6


@dataclass(frozen=True)
class AdditiveConfig:
    """Step size, bins a number keeps, ridge added to each bin's curvature, turns.

    Without turns the model is the base rate.
    """

    learning_rate: float = 0.2
    bins: int = 32
    ridge: float = 5.0
    rounds: int = 150


class Additive(IncrementalFamily):
    """The family of additive models."""

    name = "additive"
    package = "numpy"
    bytes_per_cell = 4.0
    bytes_per_block_cell = 4.0
    monotone = True
    defaults: ClassVar[Mapping[str, Default]] = {
        "default": Default(AdditiveConfig(), 0),
    }
    space: ClassVar[Space] = {
        "learning_rate": Float(0.05, 0.4, log=True),
        "bins": Int(8, 254, log=True),
        "ridge": Float(0.5, 50.0, log=True),
    }

    def seconds(self, config: AdditiveConfig, shape: Shape) -> float:
        """Return about how long a fit takes: some 30 ns a row, feature, output and round."""
        return 2e-8 * shape.rows * shape.features * shape.outputs * config.rounds / 3

    def expected_rounds(self, config: AdditiveConfig) -> float:
        """Return about how many rounds a fit has until it stops early."""
        return config.rounds / 3

    def cheaper(self, config: AdditiveConfig, factor: float) -> AdditiveConfig:
        """Return the configuration: fewer rows save more time than fewer rounds, and cost less."""
        return config

    def fit(self, data: Data, config: AdditiveConfig, allowance: Allowance) -> Fitted:
        """Return the additive model, stopped early on the validation rows; of no rounds, the base
        rate of the training rows.
        """
        if config.rounds == 0:
            return base_rate(data.train)
        return _boosted(data, _Boost(data, config), allowance)

    def partial_fit(
        self, fitted: Fitted | None, data: Data, config: AdditiveConfig, allowance: Allowance
    ) -> Fitted:
        """Return the model after further turns, which begin where its own end."""
        start = None if fitted is None else fitted.score(data.train.X, allowance.threads)
        more = _boosted(data, _Boost(data, config, start), allowance)
        if fitted is None:
            return more
        return replace(
            more, ops=(_sum(fitted.ops[0], more.ops[0]),), rounds=fitted.rounds + more.rounds
        )


def base_rate(train: Part) -> Fitted:
    """Return the model that says the same of every row, the best constant; it asks no feature."""
    bias = _start(train)
    return Fitted((tables_op([], bias),), link_of(train.target.task))


def _boosted(data: Data, state: _Boost, allowance: Allowance) -> Fitted:
    watch = _Watch(data, state)
    rounds = allowance.rounds or state.config.rounds
    finished, number = True, 0
    for number in range(1, rounds + 1):
        for f in range(state.n_features):
            state.turn(f)
            if allowance.deadline.remaining() <= 0:
                break
        late = allowance.deadline.remaining() <= 0
        if watch.stops(number) or late:
            finished = not late or number == rounds
            break
    return Fitted((watch.op(),), link_of(data.target.task), watch.best_round, finished, number)


class _Boost:
    """The state of the boosting: scores (n, V) of the training rows and a table a feature.

    `start` float64 (n, V), where given, are the scores of a model that the tables are added to.
    """

    def __init__(
        self, data: Data, config: AdditiveConfig, start: NDArray[np.float64] | None = None
    ) -> None:
        train = data.train
        self.config, self.train, self.monotone = config, train, data.monotone
        self.n_features = train.X.shape[1]
        groups = [_coarsen(train.X[:, f], config.bins) for f in range(self.n_features)]
        self.groups = groups
        self.columns = [g[train.X[:, f]] for f, g in enumerate(groups)]
        self.bias = _start(train) if start is None else np.zeros(start.shape[1])
        n_outputs = len(self.bias)
        self.tables = [np.zeros((int(g.max()) + 1, n_outputs)) for g in groups]
        self.score = np.tile(self.bias, (len(train), 1)) if start is None else start

    def turn(self, f: int) -> None:
        """Improve the table of one feature by a Newton step in every bin."""
        gradient, curvature = _derivatives(self.train, self.score)
        column, table = self.columns[f], self.tables[f]
        step = np.empty_like(table)
        for v in range(table.shape[1]):
            g = np.bincount(column, gradient[:, v], len(table))
            h = np.bincount(column, curvature[:, v], len(table))
            step[:, v] = -self.config.learning_rate * g / (h + self.config.ridge * 0.25)
        if self.monotone and self.monotone[f]:
            step = self._projected(f, table + step) - table
        self.tables[f] = table + step
        self.score += step[column]

    def _projected(self, f: int, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the closest table of a feature that only rises, or only falls."""
        counts = np.bincount(self.columns[f], self.train.weights, len(table)).astype(np.float64)
        fitted = [isotonic(values, counts, self.monotone[f]) for values in table.T]
        return np.stack(fitted, axis=1)


class _Watch:
    """The validation scores of a boosting, and the tables at their best."""

    def __init__(self, data: Data, state: _Boost) -> None:
        self.data, self.state = data, state
        self.best_round, self.best_score = 0, -np.inf
        self.tables = [t.copy() for t in state.tables]

    def stops(self, number: int) -> bool:
        """Look at the validation rows; return whether nothing got better for a while."""
        valid, state = self.data.valid, self.state
        if valid is None:
            self.best_round, self.tables = number, state.tables
            return False
        score = np.tile(state.bias, (len(valid), 1))
        for f, (group, table) in enumerate(zip(state.groups, state.tables, strict=True)):
            score += table[group[np.minimum(valid.X[:, f], len(group) - 1)]]
        link = link_of(valid.target.task)
        found = self.data.loss(valid.target, apply_link(score, link), valid.weight)
        if found > self.best_score:
            self.best_round, self.best_score = number, found
            self.tables = [t.copy() for t in state.tables]
        return number - self.best_round >= PATIENCE

    def op(self) -> Op:
        """Return the tables as an op."""
        full = [t[g] for t, g in zip(self.tables, self.state.groups, strict=True)]
        return tables_op(full, self.state.bias)


def _sum(op: Op, more: Op) -> Op:
    """Return the sum of tables; a code beyond a table counts as its last."""
    parts = zip(
        *(np.split(o.arrays["table"], o.arrays["offsets"][1:-1]) for o in (op, more)), strict=True
    )
    full = []
    for own, other in parts:
        codes = np.arange(max(len(own), len(other)))
        full.append(
            own[np.minimum(codes, len(own) - 1)].astype(np.float64)
            + other[np.minimum(codes, len(other) - 1)]
        )
    return tables_op(full, op.arrays["bias"] + more.arrays["bias"])


def _coarsen(codes: NDArray[np.uint8], bins: int) -> NDArray[np.uint8]:
    """Return a bin for each code up to the greatest: at most `bins`, of about equal counts."""
    counts = np.bincount(codes)
    fair = counts.sum() / bins
    before = np.cumsum(counts) - counts
    group = (before / fair).astype(np.int64)
    return np.unique(group, return_inverse=True)[1].astype(np.uint8)


def _start(train: Part) -> NDArray[np.float64]:
    """Return the best constant score, float64 (V,)."""
    target, weight = train.target, train.weights
    if target.task == "regression":
        return np.array([np.average(target.values, weights=weight)])
    if target.task == "binary":
        second = weight @ target.values
        return np.array([np.log((second + 0.5) / (weight.sum() - second + 0.5))])
    counts = np.bincount(target.values.astype(np.intp), weight, len(target.classes)) + 0.5
    return np.asarray(np.log(counts / counts.sum()))


def _derivatives(
    train: Part, score: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first and second derivative of the loss by the score, float64 (n, V) each."""
    values, weight = train.target.values, train.weights[:, None]
    if train.target.task == "regression":
        return weight * (score - values[:, None]), weight * np.ones_like(score)
    if train.target.task == "binary":
        p = apply_link(score, "sigmoid")
        return weight * (p - values[:, None]), weight * np.maximum(p * (1 - p), 1e-6)
    p = apply_link(score, "softmax")
    curvature = np.maximum(p * (1 - p), 1e-6)
    p[np.arange(len(p)), values.astype(np.intp)] -= 1.0
    return weight * p, weight * curvature
