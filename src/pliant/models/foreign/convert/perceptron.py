"""Multilayer perceptrons of scikit-learn as dense layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pliant.models.foreign.convert.base import Converted
from pliant.models.foreign.inputs import Inputs
from pliant.models.neural import dense_ops

LINKS = {"identity": "identity", "logistic": "sigmoid", "softmax": "softmax"}


def perceptron(model: Any, inputs: Inputs) -> Converted:
    """Return the layers of a fitted net.

    A logistic function is a hyperbolic tangent: s(v) = (1 + tanh(v / 2)) / 2, so the layer before
    has half its weights, and the layer after it as well, and half their sum more bias.
    """
    weights, biases = list(model.coefs_), list(model.intercepts_)
    activation = model.activation
    if activation == "logistic":
        activation, last = "tanh", len(weights) - 1
        for i in range(last):
            weights[i], biases[i] = weights[i] / 2, biases[i] / 2
            following = weights[i + 1] / 2
            weights[i + 1], biases[i + 1] = following, biases[i + 1] + following.sum(axis=0)
    layers = [w.astype(np.float32) for w in weights], [b.astype(np.float32) for b in biases]
    ops = (inputs.decoder.op("inputs"), *dense_ops(*layers, activation))
    return Converted(ops, LINKS[model.out_activation_])


def perceptron_reason(model: Any) -> str:
    """Return why a net's output is none of our links."""
    loss = getattr(model, "loss", "squared_error")
    if loss == "poisson":
        return "loss='poisson' ends in an exponential, which no op has"
    return ""
