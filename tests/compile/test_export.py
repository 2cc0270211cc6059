"""`pliant.export`: what a user gets, and which mistakes get a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import pliant
from few_folds import FEW

X = {
    "age": [20.0, 35.0, None, 60.0] * 20,
    "label": ["red", "blue", "red", None] * 20,
}


@pytest.fixture(scope="module")
def model() -> pliant.Classifier:
    y = ["young", "young", "old", "old"] * 20
    return pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y)


def test_raw_columns_in_predictions_out(model: pliant.Classifier, tmp_path: Path) -> None:
    done = pliant.export(model, tmp_path / "m.onnx")
    assert [(v.name, v.type) for v in done.inputs] == [("age", "double"), ("label", "string")]
    assert [v.name for v in done.outputs] == ["label_1", "probabilities"]
    assert done.size == (tmp_path / "m.onnx").stat().st_size
    assert done.verified is not None
    assert done.verified.difference < 1e-6
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    feeds = {"age": np.array([[20.0], [np.nan]]), "label": np.array([["red"], [""]], dtype=object)}
    label, probabilities = session.run(None, feeds)
    rows = {"age": [20.0, None], "label": ["red", None]}
    assert label.tolist() == model.predict(rows).tolist()
    np.testing.assert_allclose(probabilities, model.predict_proba(rows), atol=1e-6)


@pytest.mark.parametrize("y", [["a", "b"] * 40, [3, 7] * 40, [True, False] * 40], ids=type)
def test_labels_keep_their_type(y: list[object], tmp_path: Path) -> None:
    model = pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y)
    pliant.export(model, tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    feeds = {"age": np.array([[20.0]]), "label": np.array([["red"]], dtype=object)}
    label = session.run(["label_1"], feeds)[0].tolist()
    assert label == model.model_.predict({"age": 20.0, "label": "red"}).tolist()
    assert type(label[0]) is type(y[0])


def test_a_file_is_not_touched_by_a_mistake(model: pliant.Classifier, tmp_path: Path) -> None:
    with pytest.raises(pliant.PliantError, match=r"expected a file that ends in \.onnx, got 'm.p'"):
        pliant.export(model, tmp_path / "m.p")
    with pytest.raises(pliant.PliantError, match="expected to export to onnx, got 'pmml'"):
        pliant.export(model, tmp_path / "m.pmml", to="pmml")
    with pytest.raises(pliant.SaveError, match="expected to write"):
        pliant.export(model, tmp_path / "absent" / "m.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("library", "version", "said"),
    [
        ("onnx", None, "needs onnx 1.19 or later, but there is none: pip install"),
        ("onnx", "1.16.2", "needs onnx 1.19 or later, but there is 1.16.2"),
        ("onnxruntime", "1.23.2", "needs onnxruntime 1.24 or later, but there is 1.23.2"),
    ],
)
def test_a_library_that_is_missing_or_old_is_named(
    library: str,
    version: str | None,
    said: str,
    model: pliant.Classifier,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = sys.modules[library]
    if version is None:
        monkeypatch.setitem(sys.modules, library, None)  # what makes an import fail
    else:
        monkeypatch.setattr(module, "__version__", version)
    with pytest.raises(pliant.MissingLibraryError, match=said):
        pliant.export(model, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_an_estimator_that_is_not_fitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pliant.ConfigError, match="expected a model, or a fitted estimator"):
        pliant.export(pliant.Classifier(cv=FEW), tmp_path / "m.onnx")
