"""XGBoost on codes: gradient boosted trees (Chen and Guestrin, 2016).

Defaults: "tuned default" is XGBoost-TD of Holzmüller et al. (2024); "deep" is near what searches of
60 s found on electricity and on phoneme.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import (
    SCORE,
    Allowance,
    Data,
    Fitted,
    Part,
    ProcessGroup,
    Shape,
    link_of,
)
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
from pliant.models.xgboost_group import SUM_BYTES, joined, share_of_second_class
from pliant.runtime.ops import Op

HISTOGRAM_BYTES = 128 << 20
"""What cached histograms may take: 4 KB a node and feature."""


@dataclass(frozen=True)
class XGBoostConfig(BoostingConfig):
    """The parameters of XGBoost that are searched, by their own names."""

    learning_rate: float = 0.08
    max_depth: int = 6
    min_child_weight: float = 1e-5
    reg_lambda: float = 0.0
    colsample_bylevel: float = 0.9
    subsample: float = 0.65


class XGBoost(IncrementalFamily):
    """The family of XGBoost models."""

    name = "xgboost"
    package = "xgboost"
    import_seconds = 2.3
    extra = "xgboost"
    per_class = True
    bytes_per_cell = 30.0
    bytes_per_block_cell = 11.0
    monotone = True
    data_parallel = True
    defaults: ClassVar[Mapping[str, Default]] = {
        "tuned default": Default(XGBoostConfig(), 40),
        "deep": Default(XGBoostConfig(0.1, 9, 0.1, 0.1, 0.6, 0.85), 100),
    }
    space: ClassVar[Space] = {
        "learning_rate": Float(0.02, 0.15, log=True),
        "max_depth": Int(3, 10),
        "min_child_weight": Float(1e-5, 20.0, log=True),
        "reg_lambda": Float(1e-3, 10.0, log=True),
        "colsample_bylevel": Float(0.4, 1.0),
        "subsample": Float(0.5, 1.0),
    }

    def seconds(self, config: XGBoostConfig, shape: Shape) -> float:
        """Return about how long a fit takes: rounds until early stopping, times a tree's work."""
        work = 1.5e-9 * shape.rows * shape.features * config.max_depth + 1e-3
        rounds = self.expected_rounds(config)
        return float(rounds * shape.outputs * work / min(shape.threads, 4) ** 0.6)

    def expected_rounds(self, config: XGBoostConfig) -> float:
        """Return about how many rounds a fit has until it stops early."""
        return min(MAX_ROUNDS, 16.0 / config.learning_rate)

    def cheaper(self, config: XGBoostConfig, factor: float) -> XGBoostConfig:
        """Return the configuration with a higher learning rate."""
        return with_larger_steps(config, factor)

    def fit(self, data: Data, config: XGBoostConfig, allowance: Allowance) -> Fitted:
        """Return the boosted trees, stopped early on the validation rows."""
        import xgboost

        watch = _watch(allowance, patience(config.learning_rate, len(data.train)))
        train = data.cached("xgboost", lambda: _matrix(data.train))
        evals, base = [], _base(data)
        if data.valid is not None:
            valid = data.valid
            evals = [(data.cached("xgboost valid", lambda: _matrix(valid)), "valid")]
        booster = xgboost.train(
            _params(data, config, allowance, base),
            train,
            num_boost_round=allowance.rounds or MAX_ROUNDS,
            evals=evals,
            callbacks=[watch],
            verbose_eval=False,
        )
        rounds = watch.best_round if evals else booster.num_boosted_rounds()
        kept = _fitted(booster[: max(rounds, 1)], data, rounds, watch.finished, base)
        return replace(kept, trained=booster.num_boosted_rounds())

    def partial_fit(
        self, fitted: Fitted | None, data: Data, config: XGBoostConfig, allowance: Allowance
    ) -> Fitted:
        """Return the model with further trees, which begin where its own trees end.

        In a group XGBoost sums the histograms of all processes (Chen and Guestrin, 2016, section
        3.3), and draws other rows whenever it goes on.
        """
        import xgboost

        watch, part, group = _watch(allowance, MAX_ROUNDS), data.train, allowance.group
        codes = part.X.astype(np.float32)
        start = None if fitted is None else flat(fitted.score(part.X, allowance.threads))
        if group is not None and fitted is not None:
            allowance = replace(allowance, seed=allowance.seed + fitted.rounds)
        with joined(group):
            train = xgboost.QuantileDMatrix(
                codes, part.target.values, weight=part.weight, base_margin=start, max_bin=256
            )
            base = _base(data, group)
            booster = xgboost.train(
                _params(data, config, allowance, base),
                train,
                num_boost_round=allowance.rounds or MAX_ROUNDS,
                callbacks=[watch] if group is None else [],
            )
        more = _fitted(booster, data, booster.num_boosted_rounds(), watch.finished, base)
        return more if fitted is None else continued(fitted, more)

    def exchanged_bytes(self, config: XGBoostConfig, n_codes: int, n_outputs: int) -> int:
        """Return about how many bytes of histograms a round has: those of one of each two sister
        nodes are added up, by sums that go around twice.
        """
        return SUM_BYTES * n_codes * n_outputs * (1 << config.max_depth)


def _fitted(booster: Any, data: Data, rounds: int, finished: bool, base: float) -> Fitted:
    described = json.loads(booster.save_raw("json"))
    ops = trees_ops(described, data.target.n_outputs, base)
    return Fitted(ops, link_of(data.target.task), rounds, finished)


def _watch(allowance: Allowance, patience: int) -> Any:
    """Return an XGBoost callback: keeps the best round, stops early, and at the deadline."""
    from xgboost.callback import TrainingCallback

    class Watch(TrainingCallback):
        best_round, best_score, finished = 0, -np.inf, True

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            number = epoch + 1
            for losses in evals_log.get("valid", {}).values():
                score = -losses[-1]
                if score > self.best_score:
                    self.best_round, self.best_score = number, score
                if number - self.best_round >= patience:
                    return True
            self.finished = allowance.deadline.remaining() > 0
            return not self.finished

    return Watch()


_OBJECTIVES = {"binary": "binary:logistic", "multiclass": "multi:softprob"}
_METRICS = {"binary": "logloss", "multiclass": "mlogloss", "regression": "rmse"}


def _params(data: Data, config: XGBoostConfig, allowance: Allowance, base: float) -> dict[str, Any]:
    task = data.target.task
    params: dict[str, Any] = {
        "objective": _OBJECTIVES.get(task, "reg:squarederror"),
        "eval_metric": _METRICS[task],
        "base_score": base if task != "multiclass" else 0.5,
        "learning_rate": config.learning_rate,
        "max_depth": config.max_depth,
        "min_child_weight": config.min_child_weight,
        "lambda": config.reg_lambda,
        "colsample_bylevel": config.colsample_bylevel,
        "subsample": config.subsample,
        "tree_method": "hist",
        "max_bin": 256,
        "max_cached_hist_node": max(16, HISTOGRAM_BYTES // (4096 * data.train.X.shape[1])),
        "nthread": allowance.threads,
        "seed": allowance.seed,
        "verbosity": 0,
    }
    if task == "multiclass":
        params["num_class"] = data.target.n_outputs
    if data.monotone:
        params["monotone_constraints"] = tuple(data.monotone)
    return params


def _base(data: Data, group: ProcessGroup | None = None) -> float:
    """Return where boosting starts: the share of the second class, or 0."""
    if data.target.task != "binary":
        return 0.0
    return float(np.clip(share_of_second_class(data.train, group), 1e-6, 1 - 1e-6))


def _matrix(part: Part) -> Any:
    from xgboost import DMatrix

    return DMatrix(part.X.astype(np.float32), part.target.values, weight=part.weight)


def trees_ops(described: dict[str, Any], n_outputs: int, base: float) -> tuple[Op, ...]:
    """Return XGBoost's model, as its JSON describes it, as ops over codes."""
    model = described["learner"]["gradient_booster"]["model"]
    parts: dict[str, list[NDArray[Any]]] = {
        n: [] for n in ("feature", "threshold", "left", "right", "root", "leaves")
    }
    n_nodes = n_leaves = 0
    for tree in model["trees"]:
        left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
        condition = np.array(tree["split_conditions"], dtype=np.float64)
        leaf, inner = left < 0, left >= 0
        number = np.where(leaf, ~(np.cumsum(leaf) - 1 + n_leaves), np.cumsum(inner) - 1 + n_nodes)
        parts["feature"].append(np.array(tree["split_indices"])[inner])
        # XGBoost goes left when x < condition; a code does when code <= ceil(condition) - 1.
        parts["threshold"].append(np.clip(np.ceil(condition[inner]) - 1, 0, 255))
        parts["left"].append(number[left[inner]])
        parts["right"].append(number[right[inner]])
        parts["root"].append(number[:1])
        parts["leaves"].append(condition[leaf])
        n_nodes, n_leaves = n_nodes + int(inner.sum()), n_leaves + int(leaf.sum())
    dtypes = {"feature": "uint16", "threshold": "uint8", "leaves": "float32"}
    arrays: dict[str, NDArray[Any]] = {
        name: np.concatenate(found).astype(dtypes.get(name, "int32"))
        for name, found in parts.items()
    }
    arrays["leaves"] = arrays["leaves"][:, None]
    arrays["output"] = np.array(model["tree_info"], dtype=np.uint16)
    start = np.log(base / (1 - base)) if base else 0.0
    shift = {"scale": np.ones(n_outputs), "shift": np.full(n_outputs, start)}
    return (
        Op("trees", ("X",), "trees", arrays, {"outputs": n_outputs}),
        Op("affine", ("trees",), SCORE, shift),
    )
