"""Extremely randomised trees (Geurts et al., 2006), from scikit-learn, on codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import SCORE, Allowance, Data, Fitted, Shape
from pliant.models.family import Default, Family
from pliant.models.sklearn_trees import Grown, trees_op
from pliant.models.space import Float, Int, Space
from pliant.runtime.ops import Op

MANY_LEAVES = 400
"""Leaves that a tree may have even where each holds the shares of many classes."""

CHUNK = 8
"""Trees that are grown between two looks at the deadline."""


@dataclass(frozen=True)
class ForestConfig:
    """The parameters of extra trees that are searched, by scikit-learn's names."""

    max_features: float = 0.6
    min_samples_leaf: int = 3
    max_leaf_nodes: int = 1000
    n_estimators: int = 96


class Forest(Family):
    """The family of extra trees."""

    name = "forest"
    package = "sklearn.ensemble"
    import_seconds = 2.6
    bytes_per_cell = 12.0
    defaults: ClassVar[Mapping[str, Default]] = {
        "extra trees": Default(ForestConfig(), 120),
    }
    space: ClassVar[Space] = {
        "max_features": Float(0.2, 1.0),
        "min_samples_leaf": Int(1, 20, log=True),
    }

    def seconds(self, config: ForestConfig, shape: Shape) -> float:
        """Return about how long a fit takes."""
        features = max(1.0, shape.features * config.max_features)
        work = 6e-8 * shape.rows * features * np.log2(max(shape.rows, 2)) / 4
        return float(config.n_estimators * (work + 2e-3) / min(shape.threads, 8) ** 0.9)

    def expected_rounds(self, config: ForestConfig) -> float:
        """Return how many trees a fit has."""
        return config.n_estimators

    def cheaper(self, config: ForestConfig, factor: float) -> ForestConfig:
        """Return the configuration with fewer trees."""
        return replace(config, n_estimators=max(CHUNK, int(config.n_estimators / factor)))

    def fit(self, data: Data, config: ForestConfig, allowance: Allowance) -> Fitted:
        """Return the forest; trees are grown until there are enough or time runs out."""
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        train = data.train
        kind = ExtraTreesRegressor if data.target.task == "regression" else ExtraTreesClassifier
        forest = kind(
            n_estimators=0,
            max_features=config.max_features,
            min_samples_leaf=config.min_samples_leaf,
            max_leaf_nodes=max(MANY_LEAVES, config.max_leaf_nodes // data.target.n_outputs),
            warm_start=True,
            n_jobs=allowance.threads,
            random_state=allowance.seed,
        )
        X, wanted = train.X.astype(np.float32), allowance.rounds or config.n_estimators
        while forest.n_estimators < wanted:
            forest.n_estimators = min(wanted, forest.n_estimators + CHUNK)
            forest.fit(X, train.target.values, sample_weight=train.weight)
            if allowance.deadline.remaining() <= 0:
                break
        grown = forest.n_estimators
        link = "identity" if data.target.task == "regression" else "simplex"
        return Fitted((forest_op(forest, data),), link, grown, grown == wanted)


def forest_op(forest: Any, data: Data) -> Op:
    """Return a scikit-learn forest as an op over codes: leaves hold shares of the prediction."""
    trees = [estimator.tree_ for estimator in forest.estimators_]
    grown = [_grown(tree, forest, data, len(trees)) for tree in trees]
    return trees_op(grown, SCORE, data.target.n_outputs)


def _grown(tree: Any, forest: Any, data: Data, n_trees: int) -> Grown:
    value = _outputs(tree.value[:, 0, :] / n_trees, forest, data)
    threshold = np.floor(tree.threshold)
    return Grown(tree.feature, threshold, tree.children_left, tree.children_right, value)


def _outputs(value: NDArray[np.float64], forest: Any, data: Data) -> NDArray[np.float64]:
    """Return leaf values (L, V), a column a class of the target, also of classes never seen."""
    if data.target.task == "regression":
        return value
    full = np.zeros((len(value), len(data.target.classes)))
    full[:, forest.classes_.astype(np.intp)] = value
    return full[:, 1:] if data.target.task == "binary" else full
