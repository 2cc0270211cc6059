"""Raw columns in: what the codebooks of a schema do, as nodes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from pliant.compile.onnx.ensemble import emit_bins
from pliant.compile.onnx.graph import Graph, Tensor
from pliant.compile.onnx.kinds import INPUTS, input_of
from pliant.runtime.kinds import Codebook
from pliant.runtime.schema import Schema


def emit_inputs(graph: Graph, schema: Schema) -> dict[str, Tensor]:
    """Return the wires `codes` and `ids`, those of them that have columns, from new inputs.

    There is an input a column in use, in their order, with its name.

    Raises
    ------
    ExportError
        When a column is of a kind that ONNX cannot say.
    """
    raw = {c.name: graph.input(c.name, *input_of(c).described(c.codebook)) for c in schema.used}
    wires = {}
    if schema.code_columns:
        edges = [book.edges for _, book in schema.code_columns]
        offsets = np.cumsum([0, *map(len, edges)], dtype=np.int64)
        values = graph.beside(_emitted(graph, [c[:2] for c in schema.binned], raw))
        wires["codes"] = emit_bins(graph, values, np.concatenate(edges), offsets)
    if schema.id_columns:
        wires["ids"] = graph.beside(_emitted(graph, schema.id_columns, raw))
    return wires


def _emitted(
    graph: Graph, columns: Iterable[tuple[str, Codebook]], raw: dict[str, Tensor]
) -> list[Tensor]:
    """Return what columns give to their plane, those of a kind together."""
    tensors = []
    for kind, alike in groupby(columns, lambda column: column[1].kind):
        tensors += INPUTS[kind].emit(graph, [(name, raw[name], book) for name, book in alike])
    return tensors
