"""A document that does not compute what its model does is never written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from document_samples import model_of, table_of
from onnx import numpy_helper

import pliant
from pliant.compile.onnx import document, verify
from pliant.compile.onnx.probe import probing
from pliant.core.errors import ExportError
from pliant.data.target import Task
from pliant.testing import TASKS


def altered(proto: onnx.ModelProto, by: float) -> onnx.ModelProto:
    """Return a document with a little added to every table of float32."""
    for constant in proto.graph.initializer:
        values = numpy_helper.to_array(constant)
        if values.dtype == np.float32:
            constant.CopyFrom(numpy_helper.from_array(values * np.float32(1 + by), constant.name))
    return proto


@pytest.mark.parametrize("task", TASKS)
def test_a_document_that_differs_is_refused(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of("additive", table_of(task))
    right = document.to_document
    monkeypatch.setattr(document, "to_document", lambda model: altered(right(model), 1e-4))
    with pytest.raises(ExportError, match=r"but \d+ of 4000 made-up rows differ, by"):
        pliant.export(model, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_runtime_nothing_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "find_spec", lambda name: None)
    done = pliant.export(model_of("additive", table_of("binary")), tmp_path / "m.onnx")
    assert done.verified is None
    assert done.size == (tmp_path / "m.onnx").stat().st_size


def test_a_label_differs_only_where_probabilities_do() -> None:
    model = model_of("additive", table_of("binary"))
    frame = probing(model.schema, 50)
    label, probabilities = model.predict(frame), model.predict_proba(frame)
    assert verify.compare(model, frame, [label, probabilities]) == (0.0, 0)
    assert verify.compare(model, frame, [1 - label, probabilities])[1] == 50
    assert verify.compare(model, frame, [label, probabilities + np.nan])[1] == 50
