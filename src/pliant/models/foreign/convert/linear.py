"""Linear models as tables: a table a feature, added up."""

from __future__ import annotations

from typing import Any

import numpy as np

from pliant.models.base import SCORE
from pliant.models.foreign.convert.base import Converted
from pliant.models.foreign.inputs import Inputs
from pliant.models.linear import tables_op
from pliant.runtime.ops import Op


def regression(model: Any, inputs: Inputs) -> Converted:
    """Return a model whose prediction is the linear function itself."""
    return Converted((linear_op(model, inputs),), "identity")


def logistic(model: Any, inputs: Inputs) -> Converted:
    """Return a model whose linear functions are log-odds: of one class, or against each other."""
    return Converted((linear_op(model, inputs),), "sigmoid" if len(model.coef_) == 1 else "softmax")


def one_against_rest(model: Any, inputs: Inputs) -> Converted:
    """Return a model that has log-odds of each class against all others: their chances are made to
    sum to 1.
    """
    if len(model.coef_) == 1:
        return logistic(model, inputs)
    odds = linear_op(model, inputs, "odds")
    return Converted((odds, Op("link", ("odds",), SCORE, {}, {"function": "sigmoid"})), "simplex")


def sgd_reason(model: Any) -> str:
    """Only its logistic loss has chances of its own."""
    if model.loss == "log_loss":
        return ""
    return (
        f"loss={model.loss!r} has no probabilities that we can write: set loss='log_loss', or wrap "
        "it in CalibratedClassifierCV"
    )


def linear_op(model: Any, inputs: Inputs, output: str = SCORE) -> Op:
    """Return the linear functions of a fitted model, one or more, as an op."""
    coefficients = np.atleast_2d(model.coef_).astype(np.float64)
    bias = np.zeros(len(coefficients)) + np.asarray(model.intercept_, dtype=np.float64)
    return tables_op(inputs.decoder, coefficients.T, bias, output)
