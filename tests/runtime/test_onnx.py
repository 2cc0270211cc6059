"""The op of a graph of ONNX: what it runs, and what it refuses of a file."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pliant.core.errors import MissingLibraryError
from pliant.runtime.ops import Op, Wire, prepare
from pliant.runtime.ops.onnx import ROWS_AT_ONCE

WEIGHT = np.arange(12, dtype=np.float32).reshape(6, 2)


def graph_of(
    shape: tuple[Any, ...] = (2, 3), kind: int = TensorProto.FLOAT, **changes: Any
) -> onnx.ModelProto:
    """Return a graph that flattens rows of some shape and multiplies them by `WEIGHT`."""
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("Cast", ["flat"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["real", "w"], ["y"]),
    ]
    inputs = [helper.make_tensor_value_info("x", kind, ["n", *shape])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])]
    outputs = changes.get("outputs", outputs)
    held = [numpy_helper.from_array(WEIGHT, "w")]
    graph = helper.make_graph(nodes, "g", inputs, outputs, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def op_of(model: onnx.ModelProto | bytes) -> Op:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return Op("onnx", ("a",), "out", {"graph": np.frombuffer(data, dtype=np.uint8)})


@pytest.mark.parametrize("n", [0, 1, 17, ROWS_AT_ONCE + 1])
@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.INT64])
def test_it_runs_rows_of_the_shape_that_the_graph_has(n: int, kind: int) -> None:
    run, wire = prepare(op_of(graph_of(kind=kind)), (Wire("values", 6),))
    values = np.random.default_rng(0).integers(0, 9, (n, 6))
    made = run(values.astype(np.float64))
    assert wire == Wire("values", 2)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, values @ WEIGHT)


def external() -> bytes:
    model = graph_of()
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")
    tensor.ClearField("raw_data")
    return bytes(model.SerializeToString())


def two_outputs() -> onnx.ModelProto:
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
        for name, width in (("y", 2), ("real", 6))
    ]
    return graph_of(outputs=outputs)


@pytest.mark.parametrize(
    ("model", "width", "said"),
    [
        (b"nonsense", 6, "expected a graph of ONNX"),
        (b"", 6, "a graph that ONNX Runtime can run"),
        (external(), 6, "a graph that holds its arrays, got one that names files"),
        (graph_of(), 5, "expected x of 6 numbers, got .* 5 values"),
        (graph_of(kind=TensorProto.DOUBLE), 6, r"got tensor\(double\)"),
        (graph_of(shape=("m", 3)), 6, "a known shape but for its rows"),
        (two_outputs(), 6, "one output"),
    ],
)
def test_what_is_no_such_graph_is_refused(model: Any, width: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        prepare(op_of(model), (Wire("values", width),))


def test_wires_are_as_many_as_inputs() -> None:
    with pytest.raises(ValueError, match="expected 1 inputs of values, got 2 wires"):
        prepare(op_of(graph_of()), (Wire("values", 6), Wire("values", 6)))
    with pytest.raises(ValueError, match="inputs of values"):
        prepare(op_of(graph_of()), (Wire("codes", 6),))


def test_a_runtime_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    model = graph_of()
    model.doc_string = "not run before"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingLibraryError, match=r'pip install "pliant\[onnx\]"'):
        prepare(op_of(model), (Wire("values", 6),))
