"""What an explanation shows, and as what it goes to other hands."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pliant.core.errors import ConfigError, MissingLibraryError
from pliant.explain.explanation import Explanation

VALUES = np.array([[[0.1, -0.1, 0.0], [0.3, -0.2, -0.1]], [[-0.2, 0.1, 0.1], [0.0, 0.0, 0.0]]])
BASE = np.array([0.2, 0.5, 0.3])


def explanation(outputs: int = 3) -> Explanation:
    values, base = VALUES[:, :, :outputs], BASE[:outputs]
    data = np.array([[30, "low"], [60, "high"]], dtype=object)
    labels = ("a", "b", "c")[:outputs]
    prediction = base + values.sum(axis=1)
    zero = np.zeros_like(values)
    return Explanation(("age", "base"), labels, values, zero, base, prediction, data, "probability")


def test_a_frame_tells_of_the_most_probable_class() -> None:
    found = explanation().to_frame()
    assert list(found.columns) == ["age", "base", "base_", "prediction", "class"]
    assert found["class"].tolist() == ["a", "b"]
    assert found["age"].tolist() == [0.1, 0.1]
    summed = found["age"] + found["base"] + found["base_"]
    assert np.allclose(summed, found["prediction"])


def test_a_frame_of_one_class() -> None:
    found = explanation().to_frame("c")
    assert found["age"].tolist() == VALUES[:, 0, 2].tolist()
    assert found["class"].tolist() == ["c", "c"]
    one = explanation(1).to_frame()
    assert isinstance(one, pd.DataFrame)
    assert "class" not in one
    with pytest.raises(ConfigError, match="one of 'a', 'b', 'c', got 'd'"):
        explanation().to_frame("d")


def test_it_prints_what_contributes_most_first() -> None:
    many = repr(explanation())
    assert many == "<Explanation of 2 rows: 2 columns>"
    first = explanation()
    one = Explanation(
        first.columns,
        first.outputs,
        *(part[:1] for part in (first.values, first.std_error)),
        first.base,
        first.prediction[:1],
        first.data[:1],
        first.unit,
    )
    assert repr(one).splitlines() == [
        "probability of a: 0.6 (base 0.2)",
        "  +0.3  base = low",
        "  +0.1  age = 30",
    ]


@dataclass
class Shap:
    """What shap's own class is given."""

    values: Any
    base_values: Any
    data: Any
    feature_names: list[str]
    output_names: list[str] | None


@pytest.mark.parametrize("outputs", [1, 3])
def test_it_is_what_shap_takes(outputs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("shap")
    module.Explanation = Shap  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shap", module)
    given, found = explanation(outputs), explanation(outputs).to_shap()
    assert found.values.shape == ((2, 2) if outputs == 1 else (2, 2, 3))
    assert found.base_values.shape == ((2,) if outputs == 1 else (2, 3))
    assert np.array_equal(found.values.reshape(given.values.shape), given.values)
    assert found.feature_names == ["age", "base"]
    assert found.output_names == (None if outputs == 1 else ["a", "b", "c"])
    assert found.data is given.data or np.array_equal(found.data, given.data)


def test_without_shap_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(MissingLibraryError, match="pip install shap"):
        explanation().to_shap()


def test_errors_are_told_as_a_share_of_the_largest_contribution() -> None:
    known = explanation()
    errors = np.zeros_like(known.std_error)
    errors[0, 1, 2] = 0.03
    found = replace(known, std_error=errors).relative_error
    assert found.tolist() == pytest.approx([0.1, 0.0])
    empty = replace(known, values=known.values[:, :0], std_error=errors[:, :0], columns=())
    assert empty.relative_error.tolist() == [0.0, 0.0]
