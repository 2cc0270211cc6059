"""Trees, forests and boosted trees as one op over codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import SCORE
from pliant.models.foreign.convert.base import Converted
from pliant.models.foreign.inputs import Inputs
from pliant.models.sklearn_trees import Grown, trees_op
from pliant.runtime.ops import Op


def tree(model: Any, inputs: Inputs) -> Converted:
    """Return a single tree."""
    return _averaged([model], model, inputs)


def forest(model: Any, inputs: Inputs) -> Converted:
    """Return the mean of a forest's trees."""
    return _averaged(model.estimators_, model, inputs)


def boosted(model: Any, inputs: Inputs) -> Converted:
    """Return the sum of the trees of `GradientBoosting...`, each a step of the learning rate."""
    start = model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32))[0]
    rounds = [
        _grown(stage.tree_, model.learning_rate * stage.tree_.value[:, 0, :], inputs, k)
        for stages in model.estimators_
        for k, stage in enumerate(stages)
    ]
    return _summed(rounds, start, hasattr(model, "classes_"))


def histogram_boosted(model: Any, inputs: Inputs) -> Converted:
    """Return the sum of the trees of `HistGradientBoosting...`."""
    rounds = [
        _of_nodes(stage.nodes, inputs, k)
        for stages in model._predictors
        for k, stage in enumerate(stages)
    ]
    return _summed(rounds, model._baseline_prediction[0], hasattr(model, "classes_"))


def boosted_reason(model: Any) -> str:
    """Trees that start from a constant, and end in log-odds or in the number itself."""
    if model.init not in (None, "zero"):
        return "only an init of None or 'zero' can be written as ops"
    return "loss='exponential' cannot be written as ops" if model.loss == "exponential" else ""


def histogram_reason(model: Any) -> str:
    """Splits on codes, and an end in log-odds or in the number itself."""
    if model.loss in ("poisson", "gamma"):
        return f"loss={model.loss!r} ends in an exponential, which no op has"
    if model.categorical_features not in (None, "from_dtype"):
        return "categorical_features: it reads codes, in which categories are ordered numbers"
    return ""


def _averaged(trees: Sequence[Any], model: Any, inputs: Inputs) -> Converted:
    classes = hasattr(model, "classes_")
    first = 1 if classes and len(model.classes_) == 2 else 0
    grown = [_grown(one.tree_, one.tree_.value[:, 0, first:] / len(trees), inputs) for one in trees]
    op = trees_op(grown, SCORE, grown[0].value.shape[1])
    return Converted((op,), "simplex" if classes else "identity")


def _summed(trees: Sequence[Grown], start: NDArray[np.float64], classes: bool) -> Converted:
    """Return what starts somewhere and adds trees."""
    link = "identity"
    if classes:
        link = "sigmoid" if len(start) == 1 else "softmax"
    shift = {"scale": np.ones(len(start)), "shift": np.asarray(start, dtype=np.float64)}
    sums = trees_op(trees, "sums", len(start))
    return Converted((sums, Op("affine", ("sums",), SCORE, shift)), link)


def _grown(tree: Any, value: NDArray[np.float64], inputs: Inputs, output: int = 0) -> Grown:
    """Return a tree that reads float32, its leaves' values given."""
    column, inner = np.maximum(tree.feature, 0), tree.children_left >= 0
    exact = inputs.table.astype(np.float32)
    threshold = np.where(inner, _codes(exact, column, tree.threshold), 0)
    feature = np.where(inner, inputs.feature[column], 0)
    return Grown(feature, threshold, tree.children_left, tree.children_right, value, output)


def _of_nodes(nodes: NDArray[Any], inputs: Inputs, output: int) -> Grown:
    """Return a tree of `HistGradientBoosting...`, which reads float64."""
    leaf = nodes["is_leaf"].astype(bool)
    column = np.where(leaf, 0, nodes["feature_idx"]).astype(np.intp)
    exact = inputs.table.astype(np.float64)
    threshold = np.where(leaf, 0, _codes(exact, column, nodes["num_threshold"]))
    left, right = (np.where(leaf, -1, nodes[side].astype(np.intp)) for side in ("left", "right"))
    value = nodes["value"][:, None]
    return Grown(inputs.feature[column], threshold, left, right, value, output)


def _codes(table: NDArray[Any], column: NDArray[Any], threshold: NDArray[Any]) -> NDArray[np.intp]:
    """Return the last code of a column whose value is at most a threshold, for each node.

    Raises
    ------
    ValueError
        When the values of a column that is asked do not rise with its codes.
    """
    if (np.diff(table[column], axis=1) < 0).any():
        raise ValueError("expected inputs that rise with the codes behind them")
    return np.asarray((table[column] <= threshold[:, None]).sum(axis=1) - 1)
