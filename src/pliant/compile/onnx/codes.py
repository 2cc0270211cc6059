"""How the ops that make codes are said in ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pliant.compile.onnx.base import emits
from pliant.compile.onnx.ensemble import emit_bins
from pliant.compile.onnx.graph import Graph, Tensor
from pliant.runtime.kinds import FIRST_LEVEL, UNSEEN
from pliant.runtime.ops import Op


@emits("gather")
def gather(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Take columns."""
    return graph.take(inputs[0], op.arrays["columns"])


@emits("lookup")
def lookup(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Read each table where its id is, or at an end that is added and says "unseen"."""
    offsets, table = op.arrays["offsets"], op.arrays["table"]
    size = np.diff(offsets)
    longer = [np.append(table[a:b], table[a + UNSEEN]) for a, b in pairwise(offsets)]
    start = np.cumsum(size + 1) - (size + 1)
    ids = graph.take(inputs[0], op.arrays["columns"])
    found = graph.like("Min", ids, graph.constant(size))
    at = graph.like("Add", found, graph.constant(start))
    return graph.look_up(np.concatenate(longer), at, "float64")


@emits("cross")
def cross(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Make the key of each pair, and encode it by the keys that are known."""
    arrays = op.arrays
    first, second = (graph.take(inputs[0], arrays[name]) for name in ("first", "second"))
    scaled = graph.like("Mul", first, graph.constant(arrays["base"]))
    keys = graph.like("Add", scaled, second)
    ids = []
    for j, (a, b) in enumerate(pairwise(arrays["offsets"])):
        ranks = {int(key): rank for rank, key in reversed(list(enumerate(arrays["keys"][a:b])))}
        made = graph.node(
            "LabelEncoder",
            [graph.take(keys, np.array([j]))],
            "int64",
            1,
            keys_int64s=list(ranks),
            values_int64s=[rank + FIRST_LEVEL for rank in ranks.values()],
            default_int64=UNSEEN,
        )
        ids.append(made)
    return graph.beside(ids)


@emits("bin")
def bin_(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Search the edges of each column."""
    return emit_bins(graph, inputs[0], op.arrays["edges"], op.arrays["offsets"])


@emits("concat")
def concat(graph: Graph, op: Op, inputs: Sequence[Tensor]) -> Tensor:
    """Put codes side by side."""
    return graph.beside(inputs)
