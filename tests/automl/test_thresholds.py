"""Class weights, costs and thresholds of fitted models: what they gain, and what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

import pliant
from few_folds import FEW
from pliant.core.errors import ConfigError, DataError

RNG = np.random.default_rng(0)


def rows(n: int) -> tuple[Any, Any]:
    """Return rows of which an eighth is "rare"."""
    X = RNG.normal(size=(n, 3))
    p = 1 / (1 + np.exp(3 - 2 * X[:, 0] - X[:, 1]))
    return X, np.where(RNG.random(n) < p, "rare", "common")


X, Y = rows(400)
NEW_X, NEW_Y = rows(1000)


def fitted(**parameters: Any) -> pliant.Classifier:
    fit = {"trials": 1, "models": ["additive"], "cv": FEW, **parameters}
    return pliant.Classifier(**fit).fit(X, Y)


@pytest.fixture(scope="module")
def model() -> pliant.Classifier:
    return fitted()


def cost(y: Any, predicted: Any) -> float:
    missed = (y == "rare") & (predicted != "rare")
    return float(np.mean(np.where(missed, 10, (y != predicted) * 1.0)))


def test_costs_change_labels_not_probabilities_and_gain(model: pliant.Classifier) -> None:
    costly = fitted(costs=[[0, 1], [10, 0]])
    assert np.array_equal(costly.predict_proba(NEW_X), model.predict_proba(NEW_X))
    assert cost(NEW_Y, costly.predict(NEW_X)) < 0.7 * cost(NEW_Y, model.predict(NEW_X))
    assert costly.model_.describe()["costs"] == ((0.0, 1.0), (10.0, 0.0))
    found = costly.model_.evaluate(NEW_X, NEW_Y)["accuracy"]
    assert found == costly.score(NEW_X, NEW_Y) == np.mean(costly.predict(NEW_X) == NEW_Y)


def test_class_weight_weighs_training_and_the_score(model: pliant.Classifier) -> None:
    weighed = fitted(class_weight="balanced", metric="balanced_accuracy")
    assert (weighed.predict(NEW_X) == "rare").sum() > 1.3 * (model.predict(NEW_X) == "rare").sum()
    card = weighed.model_.card
    assert card.facts["roles"] == []
    assert card.facts["class_weight"][1] > 3


def test_a_threshold_out_of_fold_is_nearly_that_of_new_rows(model: pliant.Classifier) -> None:
    def f1(threshold: float) -> float:
        return float(f1_score(NEW_Y, model.predict(NEW_X, threshold=threshold), pos_label="rare"))

    threshold = model.threshold_for("f1")
    oracle = max(f1(t) for t in np.linspace(0.05, 0.95, 19))
    assert f1(threshold) - f1(0.5) > 0.7 * (oracle - f1(0.5)) > 0
    on_rows = model.threshold_for("f1", NEW_X, NEW_Y)
    assert f1(on_rows) > oracle - 0.01


def test_a_threshold_of_the_model_is_in_its_file(model: pliant.Classifier, tmp_path: Path) -> None:
    changed = model.model_.with_threshold(0.2)
    changed.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    wanted = model.predict(NEW_X, threshold=0.2)
    assert np.array_equal(loaded.predict(NEW_X), wanted)
    assert loaded.with_threshold(None).predict(NEW_X).tolist() == model.predict(NEW_X).tolist()
    with pytest.raises(DataError, match="since the model is from a file: give it X and y"):
        loaded.threshold_for("f1")
    assert 0 < loaded.threshold_for("f1", NEW_X, NEW_Y) < 0.5


def test_what_no_threshold_can_be_chosen_by_is_said(model: pliant.Classifier) -> None:
    with pytest.raises(ConfigError, match=r"a metric of labels, such as 'f1'.*got 'roc_auc'"):
        model.threshold_for("roc_auc")
    numbers = pliant.Regressor(trials=1, models=["additive"], cv=FEW).fit(X, X[:, 0])
    with pytest.raises(ConfigError, match=r"expected a model of 2 classes .* got a regression"):
        numbers.model_.predict(X, threshold=0.5)
    with pytest.raises(ConfigError, match=r"expected two classes .* got a regression"):
        numbers.model_.threshold_for("r2")


def test_what_is_for_classes_is_refused_of_a_regression() -> None:
    for parameters in ({"class_weight": "balanced"}, {"costs": [[0, 1], [1, 0]]}):
        fit = pliant.Regressor(trials=1, models=["additive"], cv=FEW, **parameters)
        with pytest.raises(ConfigError, match="for a classification"):
            fit.fit(X, X[:, 0])


def test_a_journal_is_for_the_same_costs(tmp_path: Path) -> None:
    by_labels = {"journal": tmp_path / "journal", "metric": "accuracy"}
    costly = fitted(costs=[[0, 1], [10, 0]], **by_labels)
    again = fitted(costs=[[0, 1], [10, 0]], **by_labels)
    assert again.model_.card.score == costly.model_.card.score
    with pytest.raises(ConfigError, match="another costs"):
        fitted(**by_labels)
