"""Which classes of scikit-learn become ops, and what is said of all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.models.base import SCORE
from pliant.models.foreign.convert import trees
from pliant.models.foreign.convert.base import Converted, Converter, Reads
from pliant.models.foreign.convert.calibrated import calibrated, calibrated_reason
from pliant.models.foreign.convert.linear import logistic, one_against_rest, regression, sgd_reason
from pliant.models.foreign.convert.perceptron import perceptron, perceptron_reason
from pliant.models.foreign.inputs import Inputs
from pliant.runtime.ops import Op

_LINEAR = Converter("numbers", regression)
_LOGISTIC = Converter("numbers", logistic)
_TREE, _FOREST = Converter("codes", trees.tree), Converter("codes", trees.forest)
_BOOSTED = Converter("codes", trees.boosted, trees.boosted_reason)
_HISTOGRAM = Converter("codes", trees.histogram_boosted, trees.histogram_reason)
_PERCEPTRON = Converter("numbers", perceptron, perceptron_reason)

CONVERTERS: Mapping[str, Converter] = {
    "LinearRegression": _LINEAR,
    "Ridge": _LINEAR,
    "RidgeCV": _LINEAR,
    "Lasso": _LINEAR,
    "LassoCV": _LINEAR,
    "ElasticNet": _LINEAR,
    "ElasticNetCV": _LINEAR,
    "BayesianRidge": _LINEAR,
    "HuberRegressor": _LINEAR,
    "QuantileRegressor": _LINEAR,
    "SGDRegressor": _LINEAR,
    "LinearSVR": _LINEAR,
    "LogisticRegression": _LOGISTIC,
    "LogisticRegressionCV": _LOGISTIC,
    "LinearDiscriminantAnalysis": _LOGISTIC,
    "SGDClassifier": Converter("numbers", one_against_rest, sgd_reason),
    "CalibratedClassifierCV": Converter("numbers", calibrated, calibrated_reason),
    "MLPClassifier": _PERCEPTRON,
    "MLPRegressor": _PERCEPTRON,
    "DecisionTreeClassifier": _TREE,
    "DecisionTreeRegressor": _TREE,
    "ExtraTreeClassifier": _TREE,
    "ExtraTreeRegressor": _TREE,
    "RandomForestClassifier": _FOREST,
    "RandomForestRegressor": _FOREST,
    "ExtraTreesClassifier": _FOREST,
    "ExtraTreesRegressor": _FOREST,
    "GradientBoostingClassifier": _BOOSTED,
    "GradientBoostingRegressor": _BOOSTED,
    "HistGradientBoostingClassifier": _HISTOGRAM,
    "HistGradientBoostingRegressor": _HISTOGRAM,
}
"""Every class of scikit-learn whose fitted models become ops, by name."""

TRANSFORMERS = (
    "StandardScaler",
    "MinMaxScaler",
    "MaxAbsScaler",
    "RobustScaler",
    "PowerTransformer",
    "QuantileTransformer",
    "VarianceThreshold",
    "SelectKBest",
    "SelectPercentile",
)
"""What may stand before one in a pipeline: what looks at each column by itself, or leaves some
out."""


def final_of(model: Any) -> Any:
    """Return the last step of a pipeline; of anything else, itself."""
    return model.steps[-1][1] if _is_pipeline(model) else model


def reads(model: Any) -> Reads:
    """Return what a model learns from."""
    return CONVERTERS[type(final_of(model)).__name__].reads


def expect_convertible(model: Any) -> None:
    """Raise ConfigError, a sentence that names the reason, unless a model will become ops."""
    for step in _transformers(model):
        if not _is_ours(step, TRANSFORMERS):
            raise ConfigError(
                f"expected steps that a model file can say before the model, "
                f"{', '.join(TRANSFORMERS)}, got {type(step).__name__}"
            )
    final = final_of(model)
    name = type(final).__name__
    if not _is_ours(final, CONVERTERS):
        raise ConfigError(
            f"expected an estimator that can be written to a model file as data, got {name}; "
            f"those are {', '.join(CONVERTERS)}, alone or last in a pipeline; "
            "pliant.tune tunes any other by itself"
        )
    reason = CONVERTERS[name].reason(final)
    if reason:
        raise ConfigError(f"expected a {name} that can be written to a model file, but {reason}")


def converted(model: Any, inputs: Inputs, n_classes: int) -> Converted:
    """Return a fitted model as ops; `n_classes` is 0 for a regression.

    Classes that no row had are predicted with a chance of 0.
    """
    for step in _transformers(model):
        inputs = inputs.through(step)
    final = final_of(model)
    found = CONVERTERS[type(final).__name__].ops(final, inputs)
    seen = np.asarray(final.classes_, dtype=np.intp) if n_classes else np.arange(0)
    return found if len(seen) == n_classes else _with_all(found, seen, n_classes)


def _with_all(found: Converted, seen: NDArray[np.intp], n_classes: int) -> Converted:
    """Return a model with a column for each class, of those that were seen."""
    weight, bias = np.zeros((len(seen), n_classes)), np.zeros(n_classes)
    weight[np.arange(len(seen)), seen] = 1
    if len(seen) == 2:  # one column, for the second
        weight = (weight[1] - weight[0])[None]
        bias[seen[0]] = 1
    arrays = {"weight": weight.astype(np.float32), "bias": bias.astype(np.float32)}
    ops = [op if op.output != SCORE else _renamed(op) for op in found.ops]
    ops.append(Op("link", ("seen",), "chances", {}, {"function": found.link}))
    ops.append(Op("dense", ("chances",), SCORE, arrays, {"activation": "identity"}))
    return Converted(tuple(ops), "simplex")


def _renamed(op: Op) -> Op:
    return Op(op.name, op.inputs, "seen", op.arrays, op.settings)


def _transformers(model: Any) -> list[Any]:
    """Return the steps before the last one that do something."""
    steps = [step for _, step in model.steps[:-1]] if _is_pipeline(model) else []
    return [step for step in steps if step is not None and step != "passthrough"]


def _is_pipeline(model: Any) -> bool:
    return _is_ours(model, ("Pipeline",))


def _is_ours(model: Any, names: Any) -> bool:
    """Return whether it is of a class of scikit-learn itself: what one derived from it predicts,
    nobody knows.
    """
    kind = type(model)
    return kind.__name__ in names and kind.__module__.partition(".")[0] == "sklearn"
