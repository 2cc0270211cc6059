"""Decisions: the class of least expected cost, in every way that rows are predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from few_folds import FEW
from pliant import artifact
from pliant.compile.export import export
from pliant.compile.trim import trimmed
from pliant.core.errors import ConfigError, ModelFileError
from pliant.runtime.decision import Decision
from pliant.runtime.model import Predictor

COSTS = ((0.0, 1.0, 4.0), (5.0, 0.0, 1.0), (1.0, 2.0, 0.0))


def test_the_least_expected_cost_is_that_of_a_search() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 200)
    expected = [[sum(row[i] * COSTS[i][j] for i in range(3)) for j in range(3)] for row in p]
    assert np.array_equal(Decision(COSTS).pick(p), np.argmin(expected, axis=1))


def test_a_row_is_decided_alone_as_among_others() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(3), 50)
    decision = Decision(COSTS)
    together = decision.expected(p)
    alone = np.concatenate([decision.expected(row[None]) for row in p])
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("threshold", [1e-9, 0.1, 0.3, 0.5, 0.7, 0.999])
def test_a_threshold_is_what_it_was_given_as(threshold: float) -> None:
    decision = Decision.at(threshold)
    assert decision.threshold == threshold
    p = np.array([[threshold], [np.nextafter(threshold, 1.0)]])
    assert decision.pick(p).tolist() == [0, 1]


def test_equal_costs_are_the_most_probable_class() -> None:
    p = np.random.default_rng(2).dirichlet(np.ones(4), 100)
    assert np.array_equal(Decision.of(1 - np.eye(4), "abcd").pick(p), p.argmax(axis=1))
    assert Decision.of([[0, 2], [2, 0]], "ab").threshold == 0.5


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ([[0, 1, 2], [1, 0, 2]], r"of shape \(2, 2\), .* got shape \(2, 3\)"),
        ([[1, 1], [1, 0]], "diagonal is 0, what is right costs nothing, got 1 in row 0"),
        ([[0, -1], [1, 0]], "numbers from 0 on"),
        ([[0, float("nan")], [1, 0]], "numbers from 0 on"),
        ([[0, 0], [0, 0]], "expected a cost above 0"),
        ([["a", 1], [1, 0]], "a matrix of numbers"),
        ("much", "a matrix of numbers"),
    ],
)
def test_costs_that_make_no_sense_are_said(costs: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Decision.of(costs, ("no", "yes"))


@pytest.mark.parametrize("threshold", [0, 1, -0.1, float("nan"), "f1"])
def test_a_threshold_lies_between_0_and_1(threshold: Any) -> None:
    with pytest.raises(ConfigError, match="expected a threshold between 0 and 1"):
        Decision.at(threshold)


@pytest.fixture(scope="module", params=[2, 3])
def model(request: pytest.FixtureRequest) -> Predictor:
    costs = Decision(((0.0, 1.0), (4.0, 0.0))) if request.param == 2 else Decision(COSTS)
    rng = np.random.default_rng(4)
    X = rng.normal(size=(150, 2))
    y = (X[:, 0] + rng.normal(size=150) > 0.5).astype(int) + (X[:, 1] > 0.8) * (request.param - 2)
    fit = pliant.Classifier(trials=1, models=["additive"], cv=FEW)
    return fit.fit({"a": X[:, 0], "b": X[:, 1]}, y).model_.predictor.deciding(costs)


def rows_of(model: Predictor) -> list[dict[str, Any]]:
    rng = np.random.default_rng(3)
    return [{"a": float(v), "b": float(w)} for v, w in rng.normal(size=(40, 2))]


def test_every_way_in_and_the_file_decide_alike(model: Predictor, tmp_path: Path) -> None:
    rows = rows_of(model)
    frame = {name: [row[name] for row in rows] for name in rows[0]}
    wanted = model.predict(frame).tolist()
    assert wanted != model.deciding(None).predict(frame).tolist()
    assert [model.predict(row)[0] for row in rows] == wanted
    assert trimmed(model).predict(frame).tolist() == wanted
    artifact.save(model, tmp_path / "m.pliant")
    loaded = artifact.load(tmp_path / "m.pliant")
    assert loaded.decision == model.decision
    assert loaded.predict(frame).tolist() == wanted
    assert np.array_equal(loaded.predict_proba(frame), model.deciding(None).predict_proba(frame))


def test_onnx_decides_alike(model: Predictor, tmp_path: Path) -> None:
    done = export(model, tmp_path / "m.onnx")  # refuses another label in any made-up row
    assert done.verified is not None


def test_a_file_says_the_least_format_that_has_what_is_in_it(model: Predictor) -> None:
    from pliant.artifact.file import format_of

    assert (format_of(model.deciding(None)), format_of(model)) == (3, 4)


def test_a_decision_is_for_the_classes_of_the_model(model: Predictor) -> None:
    other = Decision(COSTS) if len(model.classes) == 2 else Decision.at(0.5)
    with pytest.raises(ConfigError, match=r"expected a model of \d classes for this"):
        model.deciding(other)
    with pytest.raises(ConfigError, match=r"expected a model of \d classes for this"):
        model.predict(rows_of(model)[0], decision=other)


def test_a_damaged_decision_in_a_file_is_refused(model: Predictor, tmp_path: Path) -> None:
    broken = model.deciding(None)
    broken.decision = Decision.at(0.5)
    object.__setattr__(broken.decision, "costs", ((0.0,), (1.0, 0.0)))
    artifact.save(broken, tmp_path / "m.pliant")
    with pytest.raises(ModelFileError, match="square matrix"):
        artifact.load(tmp_path / "m.pliant")
