"""A network as a graph of ONNX: one op, run by ONNX Runtime, for what no other op can say.

The graph lies in the file as bytes of its own format; nothing in it is executed by Python, and one
that names files beside itself is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from pliant.core.errors import MissingLibraryError
from pliant.runtime.ops.base import Array, Op, Run, Wire, register

ROWS_AT_ONCE = 256
"""Rows that a graph is given at once: what lies between its layers may be much larger than they."""

_DTYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


@register("onnx")
def onnx(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Run a `graph`, uint8 (bytes,), on values, an input of it each, in their order.

    A wire of width w becomes an input of shape (n, ...) of as many values a row, float32 or, where
    the graph wants whole numbers, int64. It has one output, float32 (n, V).

    Raises
    ------
    MissingLibraryError
        When ONNX Runtime is not installed.
    """
    session = _session(op.array("graph", "uint8", 1).tobytes())
    wanted, (out, *more) = session.get_inputs(), session.get_outputs()
    if len(wanted) != len(inputs) or any(wire.kind != "values" for wire in inputs):
        raise ValueError(f"expected {len(wanted)} inputs of values, got {len(inputs)} wires")
    shapes = [_shape_of_row(one) for one in wanted]
    for one, shape, wire in zip(wanted, shapes, inputs, strict=True):
        if one.type not in _DTYPES or math.prod(shape) != wire.width:
            raise ValueError(
                f"expected {one.name} of {math.prod(shape)} numbers, got {one.type} and "
                f"{wire.width} values"
            )
    if more or out.type != "tensor(float)" or len(_shape_of_row(out)) != 1:
        raise ValueError("expected a graph with one output of shape (n, V), float32")

    def run(*values: Array) -> Array:
        made = [np.empty((0, *_shape_of_row(out)), dtype=np.float32)]
        for a in range(0, len(values[0]), ROWS_AT_ONCE):
            feeds = {
                one.name: np.ascontiguousarray(
                    part[a : a + ROWS_AT_ONCE].reshape(-1, *shape), dtype=_DTYPES[one.type]
                )
                for one, shape, part in zip(wanted, shapes, values, strict=True)
            }
            made.append(session.run(None, feeds)[0])
        return np.concatenate(made)

    return run, Wire("values", _shape_of_row(out)[0])


def expect_onnx_runtime() -> None:
    """Raise MissingLibraryError unless graphs can be read and run here."""
    for library in ("onnx", "onnxruntime"):
        if find_spec(library) is None:
            raise MissingLibraryError(
                f"a network that is a graph of ONNX needs {library}, which is not installed: "
                'pip install "pliant[onnx]"'
            )


def _shape_of_row(tensor: Any) -> tuple[int, ...]:
    """Return the shape of one row, which a graph must know."""
    shape = tuple(tensor.shape[1:])
    if not all(type(size) is int for size in shape):
        raise ValueError(f"expected {tensor.name} of a known shape but for its rows, got {shape}")
    return shape


@lru_cache(maxsize=16)
def _session(graph: bytes) -> Any:
    """Return what runs a graph, one thread each; the last ones are kept."""
    expect_onnx_runtime()
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as failures

    _expect_whole(graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    broken = (
        *(failures.Fail, failures.InvalidArgument, failures.InvalidGraph),
        *(failures.InvalidProtobuf, failures.NotImplemented, failures.RuntimeException),
    )
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except broken as error:
        said = " ".join(str(error).split())[:200]
        raise ValueError(f"expected a graph that ONNX Runtime can run: {said}") from None


def _expect_whole(graph: bytes) -> None:
    """Raise ValueError unless a graph is one, and holds all of its arrays itself."""
    import onnx as library
    from google.protobuf.message import DecodeError

    try:
        model = library.load_model_from_string(graph)
    except DecodeError as error:
        raise ValueError(f"expected a graph of ONNX: {error}") from None
    graphs = [model.graph]
    while graphs:
        part = graphs.pop()
        attributes = [attribute for node in part.node for attribute in node.attribute]
        graphs += [g for attribute in attributes for g in (attribute.g, *attribute.graphs)]
        held = [*part.initializer, *_tensors(attributes)]
        if any(tensor.data_location == library.TensorProto.EXTERNAL for tensor in held):
            raise ValueError("expected a graph that holds its arrays, got one that names files")


def _tensors(attributes: list[Any]) -> Iterator[Any]:
    for attribute in attributes:
        yield attribute.t
        yield from attribute.tensors
