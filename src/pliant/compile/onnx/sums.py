"""How the ops that sum trees and tables are said in ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pliant.compile.onnx.base import emits
from pliant.compile.onnx.ensemble import emit_ensemble, general, general_of
from pliant.compile.onnx.graph import Graph, Tensor
from pliant.runtime.ops import Op
from pliant.runtime.ops.tree_sums import tree_arrays
from pliant.runtime.trees import OBLIVIOUS_ARRAYS, TREE_ARRAYS, ObliviousArrays, TreeArrays


@emits("trees")
def trees(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Let ONNX's trees walk over codes."""
    arrays = TreeArrays(**tree_arrays(op, TREE_ARRAYS))
    return _emit_trees(graph, inputs[0], arrays, int(op.settings["outputs"]))


@emits("oblivious")
def oblivious(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Ask each level's question at all of its nodes."""
    arrays = ObliviousArrays(**tree_arrays(op, OBLIVIOUS_ARRAYS))
    return _emit_trees(graph, inputs[0], general_of(arrays), int(op.settings["outputs"]))


def _emit_trees(graph: Graph, codes: Tensor, arrays: TreeArrays, n_outputs: int) -> Tensor:
    sums = _emit_sums(graph, codes, arrays, n_outputs)
    return sums if arrays.scale is None else graph.like("Mul", sums, graph.constant(arrays.scale))


def _emit_sums(graph: Graph, codes: Tensor, arrays: TreeArrays, n_outputs: int) -> Tensor:
    n_trees, n_values = len(arrays.root), arrays.leaves.shape[1]
    if n_trees == 0:
        nothing = graph.constant(np.zeros((codes.width, n_outputs)))
        return graph.node("MatMul", [codes, nothing], "float64", n_outputs)
    found, tree, leaf = general(arrays)
    leaves, output = arrays.leaves.astype(np.float64), arrays.output.astype(np.int64)[tree]
    if n_values == 1:
        summed = replace(found, target=output, weight=leaves[leaf, 0])
        return emit_ensemble(graph, codes, summed, n_outputs)
    # A leaf of ONNX has one value: each tree says which leaf it is, whose values are looked up.
    wide = np.zeros((len(leaf), n_outputs), dtype=np.float32)
    wide[np.arange(len(leaf))[:, None], output[:, None] + np.arange(n_values)] = leaves[leaf]
    numbered = replace(found, target=tree, weight=np.arange(len(leaf), dtype=np.float64))
    at = graph.cast(emit_ensemble(graph, codes, numbered, n_trees), "int64")
    return graph.sum_rows(wide, at)


@emits("tables")
def tables(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Look up a row of the table a feature, and add them."""
    arrays = op.arrays
    start, last = arrays["offsets"][:-1], np.diff(arrays["offsets"]) - 1
    codes = graph.cast(graph.take(inputs[0], arrays["feature"]), "int64")
    if (last < 255).any():
        codes = graph.like("Min", codes, graph.constant(last))
    at = graph.like("Add", codes, graph.constant(start))
    return graph.like("Add", graph.sum_rows(arrays["table"], at), graph.constant(arrays["bias"]))
