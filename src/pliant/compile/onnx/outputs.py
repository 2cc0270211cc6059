"""How the ops at the end of a program are said in ONNX."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pliant.compile.onnx.base import emits
from pliant.compile.onnx.graph import Graph, Tensor
from pliant.runtime.ops import Op


@emits("link")
def link(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Turn scores into predictions, in float64."""
    score = graph.cast(inputs[0], "float64")
    function = op.settings["function"]
    if function == "sigmoid":
        return graph.like("Sigmoid", score)
    if function == "softmax":
        return graph.like("Softmax", score, axis=1)
    if function == "simplex":
        return _simplex(graph, score)
    return score


def _simplex(graph: Graph, score: Tensor) -> Tensor:
    low, high, least = (graph.constant(np.array(v)) for v in (0.0, 1.0, 1e-12))
    clipped = graph.like("Clip", score, low, high)
    if score.width == 1:
        return clipped
    axis = graph.constant(np.array([1]))
    total = graph.node("ReduceSum", [clipped, axis], "float64", 1)
    return graph.like("Div", clipped, graph.like("Max", total, least))


@emits("mix")
def mix(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Put the inputs side by side and multiply by a matrix that adds them by their weights."""
    weights, width = op.arrays["weights"], inputs[0].width
    parts = [graph.cast(tensor, "float64") for tensor in inputs]
    if len(parts) == 1 and weights[0] == 1.0:
        return parts[0]
    matrix = graph.constant(np.kron(weights[:, None], np.eye(width)))
    return graph.node("MatMul", [graph.beside(parts), matrix], "float64", width)


@emits("affine")
def affine(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Multiply and add."""
    scale, shift = (graph.constant(op.arrays[name]) for name in ("scale", "shift"))
    scaled = graph.like("Mul", graph.cast(inputs[0], "float64"), scale)
    return graph.like("Add", scaled, shift)


@emits("cascade")
def cascade(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Make both inputs, and choose."""
    first, second = (graph.cast(tensor, "float64") for tensor in inputs)
    sure = first if first.width == 1 else _lead(graph, first)
    low, high = (graph.constant(np.array(bound)) for bound in op.arrays["between"])
    above = graph.node("GreaterOrEqual", [sure, low], "bool", 1)
    below = graph.node("LessOrEqual", [sure, high], "bool", 1)
    unsure = graph.node("And", [above, below], "bool", 1)
    return graph.node("Where", [unsure, second, first], "float64", first.width)


def _lead(graph: Graph, predictions: Tensor) -> Tensor:
    """Return how far the greatest column is above the next."""
    less, _ = graph.least(graph.like("Neg", predictions), 2)
    return graph.node(
        "Sub", [graph.take(less, np.array([1])), graph.take(less, np.array([0]))], "float64", 1
    )
