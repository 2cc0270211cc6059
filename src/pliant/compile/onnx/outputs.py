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
