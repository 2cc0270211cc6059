"""A graph that grows: named inputs, constants that are kept once, nodes, outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from pliant.core.errors import ExportError

OPSET, ML_OPSET, IR_VERSION = 21, 5, 12
"""The versions of ONNX that are spoken; TreeEnsemble, which computes in double, is of ML 5.

IR 12 is newer than the operators need: ONNX Runtime 1.21 to 1.23 adds trees of several targets to
the first of them, and does not load what is of IR 12. Later versions do, and are right.
"""

_ML = ("LabelEncoder", "TreeEnsemble")
_TYPES = {"string": "STRING", "float64": "DOUBLE", "float32": "FLOAT", "bool": "BOOL"}


@dataclass(frozen=True)
class Tensor:
    """A value of the graph: its name, the type of its elements, and how many columns it has."""

    name: str
    dtype: str
    width: int


class Graph:
    """Collects what an ONNX graph is made of; the names of inputs are kept free of others."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._taken: set[str] = set()
        self._known: dict[tuple[str, tuple[int, ...], bytes], Tensor] = {}
        self._made: dict[bytes, Tensor] = {}

    def input(self, name: str, dtype: str, rule: str, width: int = 1) -> Tensor:
        """Return a new input of shape (n, width); `rule` says what its values mean.

        Raises
        ------
        ExportError
            When ONNX has no such name.
        """
        if not name:
            raise ExportError("expected columns with names, since an ONNX input has one, got ''")
        self._taken.add(name)
        tensor = Tensor(name, dtype, width)
        self.inputs.append(_value(tensor, rule))
        return tensor

    def output(self, tensor: Tensor, name: str, rule: str) -> None:
        """Let a tensor be an output, under that name or a like one that no column has."""
        named = Tensor(self._free(name), tensor.dtype, tensor.width)
        self.nodes.append(helper.make_node("Identity", [tensor.name], [named.name]))
        self.outputs.append(_value(named, rule))

    def constant(self, array: NDArray[Any]) -> Tensor:
        """Return an array as a tensor; equal ones are kept once."""
        plain = np.asarray(array, order="C")
        text = plain.dtype.kind in "OU"
        data = repr(plain.tolist()).encode() if text else plain.tobytes()
        key = (plain.dtype.name, plain.shape, data)
        if key not in self._known:
            width = plain.shape[-1] if plain.ndim else 1
            dtype = "string" if text else plain.dtype.name
            tensor = Tensor(self._free("constant"), dtype, width)
            self.constants.append(numpy_helper.from_array(plain, tensor.name))
            self._known[key] = tensor
        return self._known[key]

    def node(
        self, kind: str, inputs: Sequence[Tensor], dtype: str, width: int, **attributes: Any
    ) -> Tensor:
        """Return what a node makes; a node that is there already is not made again.

        `attributes` are those of the ONNX operator `kind`.
        """
        names = [tensor.name for tensor in inputs]
        domain = "ai.onnx.ml" if kind in _ML else ""
        node = helper.make_node(kind, names, [""], domain=domain, **attributes)
        key = node.SerializeToString(deterministic=True)
        if key not in self._made:
            self._made[key] = Tensor(self._free(kind), dtype, width)
            node.output[0] = self._made[key].name
            self.nodes.append(node)
        return self._made[key]

    def like(self, kind: str, *inputs: Tensor, **attributes: Any) -> Tensor:
        """Return what a new node makes that keeps the type and width of its first input."""
        return self.node(kind, inputs, inputs[0].dtype, inputs[0].width, **attributes)

    def cast(self, tensor: Tensor, dtype: str) -> Tensor:
        """Return a tensor as another type."""
        if tensor.dtype == dtype:
            return tensor
        to = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.node("Cast", [tensor], dtype, tensor.width, to=to)

    def take(self, tensor: Tensor, columns: NDArray[Any]) -> Tensor:
        """Return the given columns of a tensor, itself when they are all it has."""
        if np.array_equal(columns, np.arange(tensor.width)):
            return tensor
        at = self.constant(np.asarray(columns, dtype=np.int64))
        return self.node("Gather", [tensor, at], tensor.dtype, len(columns), axis=1)

    def beside(self, tensors: Sequence[Tensor]) -> Tensor:
        """Return tensors of one type side by side."""
        if len(tensors) == 1:
            return tensors[0]
        width = sum(tensor.width for tensor in tensors)
        return self.node("Concat", tensors, tensors[0].dtype, width, axis=1)

    def look_up(self, table: NDArray[Any], at: Tensor, dtype: str = "") -> Tensor:
        """Return the entries, or rows, of a table at int64 places (n, m), as `dtype` if given.

        The table is kept as it is; ONNX Runtime casts a constant once, when it loads a file.
        """
        values = self.constant(table)
        dtype = dtype or values.dtype
        return self.node("Gather", [self.cast(values, dtype), at], dtype, at.width)

    def sum_rows(self, table: NDArray[Any], at: Tensor) -> Tensor:
        """Return float64 (n, V): the sum of the rows of a table (S, V) at places (n, m)."""
        axis = self.constant(np.array([1]))
        rows = self.look_up(table, at, "float64")
        return self.node("ReduceSum", [rows, axis], "float64", table.shape[1], keepdims=0)

    def least(self, tensor: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """Return the k least values of each row, and their columns."""
        count = self.constant(np.array([k]))
        values = self.node("TopK", [tensor, count], tensor.dtype, k, axis=1, largest=0)
        at = Tensor(self._free("TopK"), "int64", k)
        self.nodes[-1].output.append(at.name)
        return values, at

    def proto(self, name: str) -> onnx.ModelProto:
        """Return the graph as an ONNX model."""
        nodes, used = self._used()
        constants = [tensor for tensor in self.constants if tensor.name in used]
        graph = helper.make_graph(nodes, name, self.inputs, self.outputs, constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)

    def _used(self) -> tuple[list[onnx.NodeProto], set[str]]:
        """Return the nodes that outputs need, and the names of all that they read."""
        used = {output.name for output in self.outputs}
        nodes = []
        for node in reversed(self.nodes):
            if used.intersection(node.output):
                used.update(node.input)
                nodes.append(node)
        return nodes[::-1], used

    def _free(self, name: str) -> str:
        """Return a name that nothing has: the given one, or with a number."""
        free, number = name, 0
        while free in self._taken:
            number += 1
            free = f"{name}_{number}"
        self._taken.add(free)
        return free


def _value(tensor: Tensor, rule: str) -> onnx.ValueInfoProto:
    dtype = getattr(onnx.TensorProto, _TYPES.get(tensor.dtype, tensor.dtype.upper()))
    shape: list[str | int | None] = ["n", tensor.width] if tensor.width else ["n"]
    return helper.make_tensor_value_info(tensor.name, dtype, shape, rule)
