"""Models of arrays: what they read, what they predict, their file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from pliant import artifact
from pliant.core.errors import ConfigError, DataError, ModelFileError
from pliant.runtime.array_rows import ArrayRows
from pliant.runtime.arrays import ArrayInput, ArrayModel
from pliant.runtime.ops import Op

X = np.arange(12, dtype=np.float32).reshape(3, 2, 2) / 12


def model(n_classes: int = 3) -> ArrayModel:
    """Return a model of one array (n, 2, 2): its first numbers are the scores."""
    width = n_classes if n_classes > 2 else 1
    arrays = {"weight": np.eye(4, width, dtype=np.float32), "bias": np.zeros(width, np.float32)}
    dense = Op("dense", ("array0",), "score", arrays, {"activation": "identity"})
    function = "softmax" if n_classes > 2 else "sigmoid" if n_classes else "identity"
    link = Op("link", ("score",), "prediction", {}, {"function": function})
    classes = tuple("abc"[:n_classes])
    return ArrayModel([ArrayInput("", (2, 2), "float32")], (dense, link), classes, {"epochs": 3})


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_it_predicts_the_same_from_a_file_and_a_pickle(n_classes: int, tmp_path: Path) -> None:
    made = model(n_classes)
    artifact.save_arrays(made, tmp_path / "m.pliant")
    for other in (pickle.loads(pickle.dumps(made)), pliant.load(tmp_path / "m.pliant")):
        assert np.array_equal(other.raw(X), made.raw(X))
        assert other.predict(X).tolist() == made.predict(X).tolist()
        assert other.card == {"epochs": 3}
    if n_classes:
        assert made.predict_proba(X).shape == (3, n_classes)
        assert made.predict(X[:0]).shape == (0,)
        picked = made.predict_proba(X).argmax(axis=1)
        assert made.predict(X).tolist() == made.classes_[picked].tolist()
    else:
        assert made.predict(X).tolist() == X[:, 0, 0].tolist()
        with pytest.raises(ConfigError, match="expected a classification to have probabilities"):
            made.predict_proba(X)


@pytest.mark.parametrize(
    ("X", "said"),
    [
        (X[:, 0], r"an array of shape \(n, 2, 2\), float32, got float32 of shape \(3, 2\)"),
        ({"a": X}, r"expected one array, got \['a'\]"),
        (["a", "b"], "expected an array of numbers, got <U1"),
        (np.float64(1.0), "expected an array of numbers, got float64 of shape"),
        ([[1.0], [1.0, 2.0]], "expected an array of numbers, but"),
        ({"a": X, "b": X[:2]}, "expected arrays of as many rows each, got {'a': 3, 'b': 2}"),
    ],
)
def test_rows_of_another_shape_are_refused(X: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        model().predict(X)


def test_rows_are_cut_as_arrays_are() -> None:
    rows = ArrayRows.of({"image": X, "ids": [[1, 2], [3, 4], [5, 6]]})
    assert rows.shape == (3, 6)
    assert rows.arrays["ids"].dtype == np.int64
    some = rows[np.array([2, 0]), ...]
    assert some.arrays["ids"].tolist() == [[5, 6], [1, 2]]
    assert ArrayRows.of([True, False]).arrays[""].tolist() == [[1.0], [0.0]]


def test_ids_are_whole_numbers() -> None:
    made = model()
    ids = ArrayModel([ArrayInput("", (2, 2), "int64")], made.ops, made.classes, {})
    assert len(ids.predict(X.astype(int))) == 3
    with pytest.raises(DataError, match=r"\(n, 2, 2\), int64, got float32"):
        ids.predict(X)


def test_a_file_that_does_not_hold_together_is_refused(tmp_path: Path) -> None:
    made = model()
    with pytest.raises(ModelFileError, match="ends in 1 values"):
        ArrayModel(made.inputs, made.ops, ("a", "b"), {})
    path = tmp_path / "m.pliant"
    artifact.save_arrays(made, path)
    with pytest.raises(ModelFileError, match=r"expected the model of a table, .* reads arrays"):
        artifact.load(path)
    made.inputs = (ArrayInput("", (2, 3), "float32"),)
    artifact.save_arrays(made, path)
    with pytest.raises(ModelFileError, match=r"does not hold together .*expected weights"):
        pliant.load(path)
    made.inputs = (ArrayInput("", (2, 2), "float16"),)
    artifact.save_arrays(made, path)
    with pytest.raises(ModelFileError, match="expected an input, got"):
        pliant.load(path)
