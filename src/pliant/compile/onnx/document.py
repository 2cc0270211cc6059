"""A model -> an ONNX document: raw columns in, predictions out."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from pliant.compile.export import Value
from pliant.compile.onnx import codes, outputs, sums, values
from pliant.compile.onnx.base import EMITTERS, UNSAYABLE
from pliant.compile.onnx.graph import ML_OPSET, OPSET, Graph, Tensor
from pliant.compile.onnx.inputs import emit_inputs
from pliant.core.errors import ExportError
from pliant.runtime.labels import as_written, label_array, label_text, label_to_json
from pliant.runtime.model import Predictor

__all__ = ["ML_OPSET", "OPSET", "to_document", "values_of"]

MODULES = (codes, values, sums, outputs)
"""Where the emitters are; importing them fills `EMITTERS`."""


def to_document(model: Predictor) -> onnx.ModelProto:
    """Return a model as an ONNX document, checked by ONNX's own rules.

    Raises
    ------
    ExportError
        When ONNX cannot say an op of the model, or a name of a column.
    """
    _refuse(model)
    graph = Graph()
    made = emit_inputs(graph, model.schema)
    for op in model.program.ops:
        made[op.output] = EMITTERS[op.name](graph, op, [made[name] for name in op.inputs])
    _emit_outputs(graph, made[model.program.ops[-1].output], model)
    document = graph.proto("pliant")
    _describe(document, model)
    onnx.checker.check_model(document, full_check=True)
    return document


def _refuse(model: Predictor) -> None:
    for op in model.program.ops:
        if op.name not in EMITTERS:
            unsaid = model.schema.text_columns + tuple(own.name for own in model.schema.grids)
            columns = ", ".join(map(repr, unsaid))
            raise ExportError(
                f"expected a model that ONNX can say, but this one has the op {op.name}, "
                f"{UNSAYABLE[op.name]}: fit without "
                f"{f'the columns {columns}' if op.name != 'onnx' else 'that network'}"
            )


def _emit_outputs(graph: Graph, predicted: Tensor, model: Predictor) -> None:
    """Add the label and the probability of each class, or the number."""
    predicted = graph.cast(predicted, "float64")
    target = model.card.target
    if not model.classes:
        graph.output(predicted, "prediction", f"{target}: a number")
        return
    if predicted.width == 1:
        one = graph.constant(np.array([1.0]))
        predicted = graph.beside([graph.like("Sub", one, predicted), predicted])
    # Of equal probabilities or costs the first counts, as in `Model.predict`.
    if model.decision is None:
        best = graph.node("ArgMax", [predicted], "int64", 0, axis=1, keepdims=0)
    else:
        costs = graph.constant(np.array(model.decision.costs))
        expected = graph.node("MatMul", [predicted, costs], "float64", predicted.width)
        best = graph.node("ArgMin", [expected], "int64", 0, axis=1, keepdims=0)
    labels = graph.constant(said_labels(model))
    graph.output(graph.node("Gather", [labels, best], labels.dtype, 0), "label", target)
    rule = "the probability of each class: " + ", ".join(map(label_text, model.classes))
    graph.output(predicted, "probabilities", rule)


def said_labels(model: Predictor) -> NDArray[Any]:
    """Return the labels of a model as ONNX can say them: what it has no type for is text."""
    labels = label_array(model.classes)
    if labels.dtype.kind in "biuf":
        return labels
    return as_written(model.classes)


def _describe(document: onnx.ModelProto, model: Predictor) -> None:

    card = model.card
    document.producer_name, document.producer_version = "pliant", version("pliant")
    document.doc_string = f"predicts {card.target!r}: {card.task}"
    said = {
        "target": card.target,
        "task": card.task,
        "metric": card.metric.removeprefix("neg_"),
        "score": json.dumps(card.score),
        "classes": json.dumps([label_to_json(label) for label in model.classes]),
        "pliant": version("pliant"),
    }
    helper.set_model_props(document, said)


def values_of(document: onnx.ModelProto) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """Return the inputs and the outputs of a document."""

    def value(info: onnx.ValueInfoProto) -> Value:
        kind = info.type.tensor_type.elem_type
        return Value(info.name, onnx.TensorProto.DataType.Name(kind).lower(), info.doc_string)

    graph = document.graph
    return tuple(map(value, graph.input)), tuple(map(value, graph.output))
