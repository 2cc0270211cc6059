"""CatBoost on codes: gradient boosted oblivious trees (Prokhorenkova et al., 2018).

Categories come in as codes and target statistics like everything else. The default is
CatBoost-TD of Holzmüller et al. (2024).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.core.temporary import temporary_folder
from pliant.data.narrow import narrow
from pliant.models.additive import base_rate
from pliant.models.base import SCORE, Allowance, Data, Fitted, Part, Shape, link_of
from pliant.models.boosting import (
    MAX_ROUNDS,
    BoostingConfig,
    continued,
    flat,
    patience,
    with_larger_steps,
)
from pliant.models.family import Default, IncrementalFamily
from pliant.models.space import Float, Int, Space
from pliant.runtime.ops import Op

HISTOGRAM_BYTES = 256 << 20
"""What histograms may take; trees on 1,500 columns then have a depth of 5 at most."""

UNSEEN = -20.0
"""The log-odds of a class that no training row has."""


@dataclass(frozen=True)
class CatBoostConfig(BoostingConfig):
    """The parameters of CatBoost that are searched, by their own names."""

    learning_rate: float = 0.08
    depth: int = 7
    l2_leaf_reg: float = 1e-5
    subsample: float = 0.9
    random_strength: float = 0.8


class CatBoost(IncrementalFamily):
    """The family of CatBoost models."""

    name = "catboost"
    package = "catboost"
    import_seconds = 1.3
    extra = "catboost"
    per_class = True
    bytes_per_cell = 35.0
    bytes_per_block_cell = 16.0
    monotone = True
    defaults: ClassVar[Mapping[str, Default]] = {
        "tuned default": Default(CatBoostConfig(), 20, {"arithmetic": 160}),
        "regularised": Default(CatBoostConfig(0.06, 6, 3.0, 0.8, 1.0), 150),
    }
    space: ClassVar[Space] = {
        "learning_rate": Float(0.04, 0.15, log=True),
        "depth": Int(4, 8),
        "l2_leaf_reg": Float(1e-5, 10.0, log=True),
        "subsample": Float(0.7, 1.0),
        "random_strength": Float(0.0, 2.0),
    }

    def seconds(self, config: CatBoostConfig, shape: Shape) -> float:
        """Return about how long a fit takes: rounds until early stopping, times a tree's work.

        That is partly of the rows, partly of the bins that are gone through at each leaf.
        """
        work = shape.rows * (8e-10 * shape.features * config.depth + 1e-7)
        work += 1e-4 * shape.features * 2.0 ** (config.depth - 6)
        work = work * shape.outputs + 1e-3
        rounds = self.expected_rounds(config)
        return float(rounds * work / min(shape.threads, 4) ** 0.5)

    def expected_rounds(self, config: CatBoostConfig) -> float:
        """Return about how many rounds a fit has until it stops early."""
        return min(MAX_ROUNDS, 24.0 / config.learning_rate)

    def cheaper(self, config: CatBoostConfig, factor: float) -> CatBoostConfig:
        """Return the configuration with a higher learning rate."""
        return with_larger_steps(config, factor)

    def fit(self, data: Data, config: CatBoostConfig, allowance: Allowance) -> Fitted:
        """Return the boosted trees, stopped early on the validation rows.

        Of targets that are all the same, as those of a teacher that knows the base rate alone,
        CatBoost learns nothing.
        """
        if data.target.task != "multiclass" and np.ptp(np.float32(data.target.values)) == 0:
            return base_rate(data.train)
        seen = _seen(data)
        train, valid = data.cached("catboost", lambda: _pool(data.train, seen)), data.valid
        checked = None
        if valid is not None:
            checked = data.cached("catboost valid", lambda: _pool(valid, seen))
        return _boosted(data, _params(data, config, allowance), allowance, train, checked)

    def partial_fit(
        self, fitted: Fitted | None, data: Data, config: CatBoostConfig, allowance: Allowance
    ) -> Fitted:
        """Return the model with further trees, which begin where its own trees end."""
        seen, params = _seen(data), _params(data, config, allowance)
        train = _pool(data.train, seen)
        if fitted is not None:
            score = fitted.score(data.train.X, allowance.threads)
            train.set_baseline(flat(score if seen is None else score[:, seen]))
            params |= {} if data.target.task == "multiclass" else {"boost_from_average": False}
        more = _boosted(data, params, allowance, train)
        return more if fitted is None else continued(fitted, more)


def _seen(data: Data) -> NDArray[Any] | None:
    """Return the classes of the training rows, where there are several: CatBoost knows no other."""
    return np.unique(data.target.values) if data.target.task == "multiclass" else None


def _boosted(
    data: Data, params: dict[str, Any], allowance: Allowance, train: Any, checked: Any = None
) -> Fitted:
    """Return the trees that CatBoost finds on a pool, stopped early on another one."""
    from catboost import CatBoost as Learner

    watch, learner = _Watch(allowance), Learner(params)
    learner.fit(train, eval_set=checked, callbacks=[watch], verbose=False)
    with temporary_folder() as folder:
        path = folder / "model.json"
        learner.save_model(str(path), format="json")
        described = json.loads(path.read_text())
    ops = oblivious_op(described, data.target.n_outputs, _seen(data))
    rounds, link = learner.tree_count_, link_of(data.target.task)
    return Fitted(ops, link, rounds, watch.finished, watch.trained)


class _Watch:
    """A CatBoost callback that counts rounds, and stops at the deadline."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.finished, self.trained = True, 0

    def after_iteration(self, info: Any) -> bool:
        """Return whether to go on."""
        self.trained += 1
        self.finished = self.allowance.deadline.remaining() > 0
        return self.finished


_LOSSES = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE"}


def _params(data: Data, config: CatBoostConfig, allowance: Allowance) -> dict[str, Any]:
    target, n_rows = data.target, len(data.train)
    params: dict[str, Any] = {
        "loss_function": "CrossEntropy" if target.of_chances else _LOSSES[target.task],
        "eval_metric": _LOSSES[target.task],
        "iterations": allowance.rounds or MAX_ROUNDS,
        "learning_rate": config.learning_rate,
        "depth": min(config.depth, _deepest(data.train.X.shape[1])),
        "l2_leaf_reg": config.l2_leaf_reg,
        "bootstrap_type": "Bernoulli",
        "subsample": config.subsample,
        "random_strength": config.random_strength,
        "leaf_estimation_iterations": 1,
        "boosting_type": "Plain",
        "thread_count": allowance.threads,
        "random_seed": allowance.seed,
        "allow_writing_files": False,
    }
    if data.monotone:
        params["monotone_constraints"] = data.monotone
    if data.valid is not None:
        params["od_type"], params["use_best_model"] = "Iter", True
        params["od_wait"] = patience(config.learning_rate, n_rows)
    return params


def _deepest(n_features: int) -> int:
    """Return the depth up to which a tree's histograms, 4 KB a leaf and feature, are kept small."""
    return max(2, int(np.log2(max(4, HISTOGRAM_BYTES / (4096 * n_features)))))


def _pool(part: Part, seen: NDArray[Any] | None) -> Any:
    """Return rows for CatBoost; of classes that it trains on, where there are several."""
    from catboost import Pool

    X, values, weight = part.X, part.target.values, part.weight
    if seen is not None:
        kept = np.isin(values, seen)
        X, values = X[kept], narrow(np.searchsorted(seen, values[kept]))
        weight = None if weight is None else weight[kept]
    return Pool(X.astype(np.float32), values, weight=weight)


def oblivious_op(
    described: dict[str, Any], n_outputs: int, seen: NDArray[Any] | None = None
) -> tuple[Op, ...]:
    """Return CatBoost's model, as its JSON describes it, as ops over codes.

    `seen` are the numbers of the classes that it was trained on; the others become improbable.
    """
    trees = described["oblivious_trees"]
    scale, bias = described["scale_and_bias"]
    depth = max((len(tree["splits"]) for tree in trees), default=0)
    feature = np.zeros((len(trees), depth), dtype=np.uint16)
    threshold = np.full((len(trees), depth), 255, dtype=np.uint8)
    columns = np.arange(n_outputs) if seen is None else seen.astype(np.intp)
    leaves = np.zeros((len(trees), 2**depth, n_outputs), dtype=np.float32)
    for t, tree in enumerate(trees):
        for j, split in enumerate(tree["splits"]):
            feature[t, j] = split["float_feature_index"]
            threshold[t, j] = np.clip(np.floor(split["border"]), 0, 255)
        values = np.array(tree["leaf_values"], dtype=np.float64).reshape(-1, len(columns))
        leaves[t, : len(values), columns] = (values * scale).T
    arrays: dict[str, NDArray[Any]] = {"feature": feature, "threshold": threshold, "leaves": leaves}
    start = np.full(n_outputs, UNSEEN)
    start[columns] = bias
    shift = {"scale": np.ones(n_outputs), "shift": start}
    return (
        Op("oblivious", ("X",), "trees", arrays, {"outputs": n_outputs}),
        Op("affine", ("trees",), SCORE, shift),
    )
