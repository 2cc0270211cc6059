"""How the ops on real values are said in ONNX."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pliant.compile.onnx.base import emits
from pliant.compile.onnx.graph import Graph, Tensor
from pliant.runtime.ops import Op
from pliant.runtime.ops.values import ARITHMETIC, Neighbourhood


@emits("decode")
def decode(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Read each table where its code is."""
    table = op.arrays["table"]
    codes = graph.cast(graph.take(inputs[0], op.arrays["feature"]), "int64")
    start = graph.constant(np.arange(len(table), dtype=np.int64) * table.shape[1])
    return graph.look_up(table.reshape(-1), graph.like("Add", codes, start))


@emits("arithmetic")
def arithmetic(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Join all pairs of a kind at once, then put them in their order."""
    arrays, values = op.arrays, graph.cast(inputs[0], "float64")
    parts, order = [], []
    for kind, name in enumerate(ARITHMETIC):
        at = np.flatnonzero(arrays["kind"] == kind)
        if len(at):
            a, b = (graph.take(values, arrays[side][at]) for side in ("first", "second"))
            parts.append(_joined(graph, name, a, b))
            order.append(at)
    return graph.take(graph.beside(parts), np.argsort(np.concatenate(order)))


def _joined(graph: Graph, name: str, a: Tensor, b: Tensor) -> Tensor:
    if name != "over":
        return graph.like({"minus": "Sub", "times": "Mul"}[name], a, b)
    zero = graph.node("Equal", [b, graph.constant(np.zeros(1))], "bool", b.width)
    nan = graph.constant(np.full(1, np.nan))
    return graph.node("Where", [zero, nan, graph.like("Div", a, b)], "float64", a.width)


@emits("dense")
def dense(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Multiply and add in float32, then the activation."""
    weight, bias = graph.constant(op.arrays["weight"]), graph.constant(op.arrays["bias"])
    values = graph.cast(inputs[0], "float32")
    out = graph.node("Gemm", [values, weight, bias], "float32", bias.width)
    activation = op.settings["activation"]
    if activation == "relu":
        return graph.like("Relu", out)
    if activation == "tanh":
        return graph.like("Tanh", out)
    if activation == "silu":
        return graph.like("Mul", out, graph.like("Sigmoid", out))
    return out


@emits("neighbours")
def neighbours(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Find the nearest in float64, where points of our own models have exact distances."""
    k = int(op.settings["k"])
    near = Neighbourhood.of(op.arrays["points"], op.arrays["answers"], k)
    values = graph.cast(inputs[0], "float64")
    cross = graph.cast(graph.constant(near.cross.astype(np.float32)), "float64")
    crossed = graph.node("MatMul", [values, cross], "float64", cross.width)
    squared = graph.like("Add", crossed, graph.constant(near.norms + near.later))
    axis = graph.constant(np.array([1]))
    own = graph.node("ReduceSumSquare", [values, axis], "float64", 1)
    found, at = graph.least(graph.like("Add", squared, own), k)
    exact = graph.like("Sub", found, graph.look_up(near.later, at))
    zero, soft = graph.constant(np.zeros(1)), graph.constant(np.full(1, 1e-3))
    distance = graph.like("Sqrt", graph.like("Max", exact, zero))
    weight = graph.like("Reciprocal", graph.like("Add", distance, soft))
    share = graph.like("Div", weight, graph.node("ReduceSum", [weight, axis], "float64", 1))
    answers = graph.look_up(near.answers, at, "float64")
    middle = graph.node("Unsqueeze", [share, axis], "float64", k)
    mean = graph.node("MatMul", [middle, answers], "float64", near.answers.shape[1])
    return graph.like("Squeeze", mean, axis)
