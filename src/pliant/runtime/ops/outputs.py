"""Ops at the end of a program: links, mixtures, scales, cascades."""

from __future__ import annotations

import numpy as np

from pliant.runtime.ops.base import Array, Op, Run, Wire, one, register

LINKS = ("identity", "sigmoid", "softmax", "simplex")


@register("link")
def link(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Turn scores into predictions: see `apply_link`."""
    source = one(inputs, "values")
    name = op.choice("function", LINKS)
    return lambda score: apply_link(score, name), source


def apply_link(score: Array, name: str) -> Array:
    """Return float64 predictions of scores (n, V).

    identity leaves numbers as they are; sigmoid and softmax turn log-odds into probabilities;
    simplex clips what are probabilities already, and lets each row sum to 1.
    """
    score = score.astype(np.float64, copy=False)
    if name == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(score, -500, 500))))
    if name == "softmax":
        odds = np.exp(score - score.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))
    if name == "simplex":
        clipped = np.clip(score, 0, 1)
        if score.shape[1] == 1:
            return clipped
        return np.asarray(clipped / np.maximum(clipped.sum(axis=1, keepdims=True), 1e-12))
    return score


@register("mix")
def mix(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Add the inputs by their `weights` float64 (m,)."""
    weights = op.array("weights", "float64", 1)
    if not inputs or len(weights) != len(inputs):
        raise ValueError(f"expected a weight an input, got {len(weights)} for {len(inputs)}")
    if any(i.kind != "values" or i.width != inputs[0].width for i in inputs):
        raise ValueError("expected inputs that are values of one width")

    def run(*parts: Array) -> Array:
        out: Array = parts[0] * weights[0]
        for part, weight in zip(parts[1:], weights[1:], strict=True):
            out = out + part * weight
        return out

    return run, inputs[0]


@register("affine")
def affine(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Return values * `scale` + `shift`, both float64 (V,)."""
    source = one(inputs, "values")
    scale, shift = op.array("scale", "float64", 1), op.array("shift", "float64", 1)
    if len(scale) != source.width or len(shift) != source.width:
        raise ValueError(f"expected {source.width} scales and shifts, got {len(scale)}")
    return lambda values: values * scale + shift, source


@register("cascade")
def cascade(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Take a row of the first input, or of the second where the first is `unsure` of it.

    `between` float64 (2,): from where to where it is.
    """
    between = op.array("between", "float64", 1)
    if len(between) != 2:
        raise ValueError(f"expected two bounds, got {len(between)}")
    if len(inputs) != 2 or any(i.kind != "values" or i.width != inputs[0].width for i in inputs):
        raise ValueError("expected two inputs that are values of one width")

    def run(first: Array, second: Array) -> Array:
        return np.where(unsure(first, between)[:, None], second, first)

    return run, inputs[0]


def unsure(predictions: Array, between: Array) -> Array:
    """Return bool (n,): whether the `certainty` of a row lies between two bounds, or on one."""
    sure = certainty(predictions)
    return np.asarray((sure >= between[0]) & (sure <= between[1]))


def certainty(predictions: Array) -> Array:
    """Return (n,) what tells how far to trust predictions (n, V).

    It is a prediction of one column itself; of several, how far the greatest is above the next.
    """
    if predictions.shape[1] == 1:
        return np.asarray(predictions[:, 0])
    greatest = np.sort(predictions, axis=1)[:, -2:]
    return np.asarray(greatest[:, 1] - greatest[:, 0])
