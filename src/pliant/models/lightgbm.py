"""LightGBM on codes: gradient boosted trees (Ke et al., 2017).

Defaults: "tuned default" is LightGBM-TD of Holzmüller et al. (2024); "deep" and "extra random" are
near those of AutoGluon's learned portfolio; "narrow" is near what searches of 60 s found on adult
and on diamonds: few features a tree, few rows a leaf; "very deep" is for much local structure (on
electricity a validation AUC of 0.982 where "deep" has 0.973, on covtype it adds to the ensemble).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import (
    SCORE,
    Allowance,
    Data,
    Fitted,
    Part,
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
from pliant.models.lightgbm_codes import codes_dataset
from pliant.models.lightgbm_group import BIN_BYTES, network_params
from pliant.models.space import Choice, Float, Int, Space
from pliant.runtime.ops import Op

MAX_STEP = 5.0
"""What a leaf of several classes may be, before it is made smaller by the learning rate. Where a
class is rare its trees start far from 0 with hardly any curvature, and their steps know no end
(`benchmarks/quality/steps.py`)."""

HISTOGRAM_MEGABYTES = 128
"""What histograms may take; of 1,500 columns each leaf's take 6."""


@dataclass(frozen=True)
class LightGBMConfig(BoostingConfig):
    """The parameters of LightGBM that are searched, by their own names."""

    learning_rate: float = 0.04
    num_leaves: int = 50
    min_data_in_leaf: int = 40
    feature_fraction: float = 1.0
    bagging_fraction: float = 0.75
    lambda_l1: float = 0.0
    lambda_l2: float = 0.0
    extra_trees: bool = False


class LightGBM(IncrementalFamily):
    """The family of LightGBM models."""

    name = "lightgbm"
    package = "lightgbm"
    import_seconds = 2.8
    per_class = True
    bytes_per_cell = 20.0
    bytes_per_block_cell = 2.2
    monotone = True
    data_parallel = True
    defaults: ClassVar[Mapping[str, Default]] = {
        "tuned default": Default(LightGBMConfig(feature_fraction=0.8), 10),
        "narrow": Default(
            LightGBMConfig(0.035, 30, 3, 0.42, 0.8, 0.02, 0.05),
            30,
            {"crossed": 50, "arithmetic": 60},
        ),
        "deep": Default(LightGBMConfig(0.03, 84, 3, 0.53, 0.98, 0.0, 0.84), 70),
        "very deep": Default(LightGBMConfig(0.05, 200, 3, 0.6, 0.9), 80),
        "shallow": Default(LightGBMConfig(0.08, 8, 15, 0.43, 0.72), 110),
        "extra random": Default(
            LightGBMConfig(0.05, 64, 28, 0.55, 0.99, 0.91, 1.9, extra_trees=True), 130
        ),
    }
    space: ClassVar[Space] = {
        "learning_rate": Float(0.025, 0.1, log=True),
        "num_leaves": Int(6, 500, log=True),
        "min_data_in_leaf": Int(1, 64, log=True),
        "feature_fraction": Float(0.4, 1.0),
        "bagging_fraction": Float(0.7, 1.0),
        "lambda_l1": Float(1e-3, 1.0, log=True),
        "lambda_l2": Float(1e-3, 2.0, log=True),
        "extra_trees": Choice(False, True),
    }

    def seconds(self, config: LightGBMConfig, shape: Shape) -> float:
        """Return about how long a fit takes: rounds until early stopping, times a tree's work."""
        work = shape.rows * (1.1e-9 * shape.features * np.log2(config.num_leaves) + 1e-8)
        work += 1e-6 * config.num_leaves * shape.features
        rounds = self.expected_rounds(config)
        return float(rounds * shape.outputs * work / min(shape.threads, 4) ** 0.6)

    def expected_rounds(self, config: LightGBMConfig) -> float:
        """Return about how many rounds a fit has until it stops early."""
        return min(MAX_ROUNDS, (36.0 if config.extra_trees else 12.0) / config.learning_rate)

    def cheaper(self, config: LightGBMConfig, factor: float) -> LightGBMConfig:
        """Return the configuration with a higher learning rate."""
        return with_larger_steps(config, factor)

    def fit(self, data: Data, config: LightGBMConfig, allowance: Allowance) -> Fitted:
        """Return the boosted trees, stopped early on the validation rows."""
        import lightgbm

        params = _params(data, config, allowance)
        train = data.cached("lightgbm", lambda: _dataset(data.train, params, None))
        watch = _Watch(allowance, patience(config.learning_rate, len(data.train)))
        sets: list[Any] = []
        if data.valid is not None:
            valid = data.valid
            sets = [data.cached("lightgbm valid", lambda: _dataset(valid, params, train))]
        booster = lightgbm.train(
            params,
            train,
            num_boost_round=allowance.rounds or MAX_ROUNDS,
            valid_sets=sets,
            callbacks=[watch],
        )
        rounds = watch.best_round if sets else booster.current_iteration()
        text = booster.model_to_string(num_iteration=max(rounds, 1))
        op = trees_op(text, data.target.n_outputs)
        trained = booster.current_iteration()
        return Fitted((op,), link_of(data.target.task), rounds, watch.finished, trained)

    def partial_fit(
        self, fitted: Fitted | None, data: Data, config: LightGBMConfig, allowance: Allowance
    ) -> Fitted:
        """Return the model with further trees, which begin where its own trees end.

        In a group it is LightGBM's data-parallel learner, which sums up the histograms of all
        processes (`Meng et al., 2016 <https://arxiv.org/abs/1611.01276>`_, section 3).
        """
        import lightgbm

        params = _params(data, config, allowance)
        train = data.cached("lightgbm codes", lambda: codes_dataset(data, params))
        if fitted is None:
            train.set_field("init_score", None)  # that of another model, which went on here
        else:
            train.set_init_score(flat(fitted.score(data.train.X, allowance.threads)))
        watch, group = _Watch(allowance, MAX_ROUNDS), allowance.group
        booster = lightgbm.train(
            params if group is None else params | network_params(group, allowance.seed, fitted),
            train,
            num_boost_round=allowance.rounds or MAX_ROUNDS,
            callbacks=[watch] if group is None else [],
        )
        op = trees_op(booster.model_to_string(), data.target.n_outputs)
        rounds = booster.current_iteration()
        if group is not None:
            booster.free_network()
        more = Fitted((op,), link_of(data.target.task), rounds, watch.finished)
        return more if fitted is None else continued(fitted, more)

    def exchanged_bytes(self, config: LightGBMConfig, n_codes: int, n_outputs: int) -> int:
        """Return about how many bytes the histograms of a round have: those of each leaf's smaller
        sister are added up, and the other's are what is left of the parent's.
        """
        return BIN_BYTES * n_codes * config.num_leaves * n_outputs


class _Watch:
    """A LightGBM callback: keeps the best round, stops early, and at the deadline."""

    def __init__(self, allowance: Allowance, patience: int) -> None:
        self.allowance, self.patience = allowance, patience
        self.best_round, self.best_score = 0, -np.inf
        self.finished = True

    def __call__(self, env: Any) -> None:
        from lightgbm.callback import EarlyStopException

        number = env.iteration + 1
        if env.evaluation_result_list:
            score = -env.evaluation_result_list[0][2]  # losses, all of them
            if score > self.best_score:
                self.best_round, self.best_score = number, score
            if number - self.best_round >= self.patience:
                raise EarlyStopException(env.iteration, env.evaluation_result_list or [])
        if self.allowance.deadline.remaining() <= 0:
            self.finished = number == env.end_iteration
            raise EarlyStopException(env.iteration, env.evaluation_result_list or [])


_OBJECTIVES = {"binary": "binary", "multiclass": "multiclass", "regression": "l2"}
_METRICS = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "l2"}


def _params(data: Data, config: LightGBMConfig, allowance: Allowance) -> dict[str, Any]:
    target, group = data.target, allowance.group
    n_rows = len(data.train) * (1 if group is None else group.size)
    constraints = {"monotone_constraints": data.monotone, "monotone_constraints_method": "basic"}
    return {
        **(constraints if data.monotone else {}),
        "objective": "cross_entropy" if target.of_chances else _OBJECTIVES[target.task],
        "num_class": target.n_outputs,
        "metric": _METRICS[target.task],
        "learning_rate": config.learning_rate,
        "num_leaves": config.num_leaves,
        "min_data_in_leaf": min(config.min_data_in_leaf, max(1, n_rows // 20)),
        "feature_fraction": config.feature_fraction,
        "bagging_fraction": config.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l1": config.lambda_l1,
        "lambda_l2": config.lambda_l2,
        "extra_trees": config.extra_trees,
        "max_delta_step": MAX_STEP if target.task == "multiclass" else 0.0,
        "max_bin": 255,
        "min_data_in_bin": 1,
        "use_missing": False,
        "feature_pre_filter": False,
        "num_threads": allowance.threads,
        "seed": allowance.seed,
        "deterministic": True,
        "force_col_wise": True,
        "histogram_pool_size": HISTOGRAM_MEGABYTES,
        "verbosity": -1,
    }


def _dataset(part: Part, params: dict[str, Any], reference: Any) -> Any:
    import lightgbm

    return lightgbm.Dataset(
        part.X.astype(np.float32),
        part.target.values,
        weight=part.weight,
        reference=reference,
        params=params,
        free_raw_data=True,
    ).construct()


def trees_op(text: str, n_outputs: int) -> Op:
    """Return LightGBM's model text as an op over codes."""
    parts: dict[str, list[NDArray[Any]]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "leaves")
    }
    roots: list[int] = []
    n_nodes = n_leaves = 0
    for block in text.split("\nTree=")[1:]:
        lines = block.split("\n\n", 1)[0].splitlines()
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        leaf = np.array(found["leaf_value"].split(), dtype=np.float64).astype(np.float32)
        parts["leaves"].append(leaf)
        if len(leaf) == 1:
            roots.append(~n_leaves)
        else:
            roots.append(n_nodes)
            parts["feature"].append(np.array(found["split_feature"].split(), dtype=np.uint16))
            threshold = np.array(found["threshold"].split(), dtype=np.float64)
            parts["threshold"].append(np.floor(threshold).clip(0, 255).astype(np.uint8))
            for side in ("left", "right"):
                child = np.array(found[f"{side}_child"].split(), dtype=np.int32)
                parts[side].append(np.where(child >= 0, child + n_nodes, child - n_leaves))
            n_nodes += len(threshold)
        n_leaves += len(leaf)
    return Op("trees", ("X",), SCORE, _joined(parts, roots, n_outputs), {"outputs": n_outputs})


def _joined(
    parts: dict[str, list[NDArray[Any]]], roots: list[int], n_outputs: int
) -> dict[str, NDArray[Any]]:
    dtypes = {"feature": "uint16", "threshold": "uint8", "left": "int32", "right": "int32"}
    arrays: dict[str, NDArray[Any]] = {
        name: np.concatenate([np.empty(0), *parts[name]]).astype(dtype)
        for name, dtype in dtypes.items()
    }
    arrays["root"] = np.array(roots, dtype=np.int32)
    arrays["output"] = (np.arange(len(roots)) % n_outputs).astype(np.uint16)
    arrays["leaves"] = np.concatenate(parts["leaves"])[:, None]
    return arrays
