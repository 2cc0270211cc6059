"""Every family, task and view as an ONNX document: what the model says, and who it is."""

from __future__ import annotations

import os

import numpy as np
import pytest
from document_samples import model_of, table_of

from pliant.compile.onnx.document import to_document
from pliant.compile.onnx.probe import feeds_of, probing
from pliant.compile.onnx.verify import compare, session_of
from pliant.core.errors import ExportError
from pliant.data.target import Task
from pliant.features.block import View
from pliant.runtime.model import Predictor
from pliant.testing import TASKS
from tabular import TABULAR

MANY_ROWS = int(os.environ.get("PARITY_ROWS", "20000"))
"""Rows of the slow comparison; `make parity` asks for a million."""


def check(model: Predictor, n_rows: int = 1_500) -> None:
    """Raise AssertionError where the document of a model predicts anything else."""
    run = session_of(to_document(model).SerializeToString())
    for seed in range(0, n_rows, 5_000):
        frame = probing(model.schema, min(n_rows, 5_000), seed)
        difference, differ = compare(model, frame, run(feeds_of(model.schema, frame)))
        assert differ == 0
        assert difference < 1e-6


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", TABULAR)
def test_a_family_is_the_same_in_onnx_runtime(family: str, task: Task) -> None:
    check(model_of(family, table_of(task)))


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", TABULAR)
def test_many_rows_are_the_same(family: str, task: Task) -> None:
    check(model_of(family, table_of(task, 2_000), rounds=None), MANY_ROWS)


@pytest.mark.parametrize("view", ["crossed", "arithmetic"])
def test_pairs_of_columns_are_the_same(view: View) -> None:
    check(model_of("additive", table_of("binary"), view))


def test_an_ensemble_is_the_same() -> None:
    check(model_of("additive", table_of("multiclass"), splits=3))


def test_nothing_in_is_nothing_out() -> None:
    model = model_of("additive", table_of("multiclass"))
    frame = probing(model.schema, 5).take(np.arange(0))
    feeds = feeds_of(model.schema, frame)
    label, probabilities = session_of(to_document(model).SerializeToString())(feeds)
    assert label.shape == (0,)
    assert probabilities.shape == (0, 3)


def test_a_document_says_who_it_is() -> None:
    document = to_document(model_of("additive", table_of("binary")))
    said = {p.key: p.value for p in document.metadata_props}
    assert said["target"] == "y"
    assert said["task"] == "binary"
    assert said["metric"] == "log_loss"
    assert said["score"] == "0.25"
    assert said["classes"] == "[0, 1]"
    assert document.producer_version == said["pliant"]


def test_the_same_model_is_the_same_document() -> None:
    model = model_of("additive", table_of("binary"))
    first, second = (to_document(model).SerializeToString() for _ in range(2))
    assert first == second


def test_free_text_is_refused_by_name() -> None:
    model = model_of("additive", table_of("binary", text=True))
    with pytest.raises(ExportError, match=r"gram_scores, counted n-grams of free text: .* 'note'$"):
        to_document(model)
