"""Calibrated classifiers: linear decision functions, turned into chances by sigmoids.

That is Platt scaling (Platt, 1999), as `CalibratedClassifierCV` learns it: a member for each fold,
the mean of their chances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.models.base import SCORE
from pliant.models.foreign.convert.base import Converted
from pliant.models.foreign.convert.linear import linear_op
from pliant.models.foreign.inputs import Inputs
from pliant.runtime.ops import Op

LINEAR = (
    "LinearSVC",
    "LogisticRegression",
    "PassiveAggressiveClassifier",
    "Perceptron",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "SGDClassifier",
)
"""Classifiers whose decision function is linear."""


@dataclass(frozen=True)
class _Line:
    """A linear function as fitted models have it."""

    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]


def calibrated(model: Any, inputs: Inputs) -> Converted:
    """Return the mean of the calibrated chances of all folds."""
    ops: list[Op] = []
    folds = model.calibrated_classifiers_
    for i, fold in enumerate(folds):
        ops.append(linear_op(_scaled(fold), inputs, f"odds{i}"))
        ops.append(Op("link", (f"odds{i}",), f"sure{i}", {}, {"function": "sigmoid"}))
        ops.append(Op("link", (f"sure{i}",), f"fold{i}", {}, {"function": "simplex"}))
    names = tuple(f"fold{i}" for i in range(len(folds)))
    ops.append(Op("mix", names, SCORE, {"weights": np.full(len(folds), 1 / len(folds))}))
    return Converted(tuple(ops), "simplex")


def calibrated_reason(model: Any) -> str:
    """Only sigmoids of linear functions."""
    if model.method != "sigmoid":
        return f"method={model.method!r}: only method='sigmoid' can be written as ops"
    name = type(model.estimator).__name__
    return "" if name in LINEAR else f"it calibrates {name}, and only {', '.join(LINEAR)} are known"


def _scaled(fold: Any) -> _Line:
    """Return the log-odds that the calibrators, expit(-(a f + b)), make of decision functions f."""
    a = np.array([calibrator.a_ for calibrator in fold.calibrators])
    b = np.array([calibrator.b_ for calibrator in fold.calibrators])
    coefficients = np.atleast_2d(fold.estimator.coef_)
    intercept = np.zeros(len(coefficients)) + fold.estimator.intercept_
    return _Line(-a[:, None] * coefficients, -(a * intercept + b))
