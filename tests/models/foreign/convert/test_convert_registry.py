"""Fitted models of scikit-learn as ops, and what is said of those that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeRegressor

from pliant.core.errors import ConfigError
from pliant.models.base import Fitted
from pliant.models.foreign.convert import converted, expect_convertible
from pliant.models.foreign.inputs import Inputs, code_inputs
from pliant.testing import number_feature

X = np.random.default_rng(0).integers(0, 256, (240, 3)).astype(np.uint8)
INPUTS = code_inputs([number_feature(name) for name in "abc"])
SMALL = Inputs(INPUTS.feature, INPUTS.table / 128 - 1)
SIGNAL = X[:, 0] / 128 + np.sin(X[:, 1] / 40) + (X[:, 2] > 100)
LABELS = {2: (SIGNAL > 1.5).astype(int), 3: np.digitize(SIGNAL, [1.0, 2.0])}

CLASSIFIERS = [
    LogisticRegression(),
    LinearDiscriminantAnalysis(),
    SGDClassifier(loss="log_loss", random_state=0),
    CalibratedClassifierCV(LinearSVC(C=0.1), cv=2),
    CalibratedClassifierCV(RidgeClassifier(), cv=2, ensemble=False),
    make_pipeline(StandardScaler(), SelectKBest(k=2), LogisticRegression()),
    make_pipeline(None, MLPClassifier((5, 4), activation="logistic", max_iter=3, random_state=0)),
    MLPClassifier((5,), activation="tanh", max_iter=3, random_state=0),
    DecisionTreeClassifier(max_depth=5),
    RandomForestClassifier(5, random_state=0),
    ExtraTreesClassifier(5, max_leaf_nodes=9, random_state=0),
    GradientBoostingClassifier(n_estimators=4),
    make_pipeline(PowerTransformer(), GradientBoostingClassifier(n_estimators=4, init="zero")),
    HistGradientBoostingClassifier(max_iter=4),
    make_pipeline(QuantileTransformer(n_quantiles=40), HistGradientBoostingClassifier(max_iter=4)),
]
REGRESSORS = [
    LinearRegression(),
    Ridge(fit_intercept=False),
    SGDRegressor(random_state=0),
    MLPRegressor(hidden_layer_sizes=(5,), activation="identity", max_iter=3, random_state=0),
    ExtraTreeRegressor(random_state=0),
    RandomForestRegressor(5, random_state=0),
    GradientBoostingRegressor(n_estimators=4, loss="huber"),
    HistGradientBoostingRegressor(max_iter=4, loss="absolute_error"),
]


def name_of(model: Any) -> str:
    return type(model.steps[-1][1] if hasattr(model, "steps") else model).__name__


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("model", CLASSIFIERS, ids=name_of)
def test_a_classifier_predicts_as_its_ops_do(model: Any, n_classes: int) -> None:
    expect_convertible(model)
    inputs = SMALL if "MLP" in name_of(model) or "SGD" in name_of(model) else INPUTS
    model.fit(inputs(X), LABELS[n_classes])
    found = converted(model, inputs, n_classes)
    made = Fitted(found.ops, found.link).predict(X)
    wanted = model.predict_proba(inputs(X))
    np.testing.assert_allclose(made, wanted if n_classes > 2 else wanted[:, 1:], atol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", REGRESSORS, ids=name_of)
def test_a_regressor_predicts_as_its_ops_do(model: Any) -> None:
    expect_convertible(model)
    model.fit(SMALL(X), SIGNAL)
    found = converted(model, SMALL, 0)
    made = Fitted(found.ops, found.link).predict(X)
    np.testing.assert_allclose(made[:, 0], model.predict(SMALL(X)), atol=1e-5)


@pytest.mark.parametrize("seen", [(0, 2), (1, 2, 3)])
@pytest.mark.parametrize("model", [LogisticRegression(), RandomForestClassifier(3)], ids=name_of)
def test_classes_that_no_row_had_have_no_chance(model: Any, seen: tuple[int, ...]) -> None:
    labels = np.asarray(seen)[LABELS[len(seen)]]
    model.fit(SMALL(X), labels)
    found = converted(model, SMALL, 4)
    made = Fitted(found.ops, found.link).predict(X)
    wanted = np.zeros((len(X), 4))
    wanted[:, seen] = model.predict_proba(SMALL(X))
    np.testing.assert_allclose(made, wanted, atol=1e-6)


class Own(LogisticRegression):
    """What it predicts, nobody knows."""


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (GaussianNB(), "written to a model file as data, got GaussianNB; those are"),
        (Own(), "got Own"),
        (make_pipeline(Normalizer(), Ridge()), "before the model, .* got Normalizer"),
        (LinearSVC(), "got LinearSVC; .* alone or last in a pipeline"),
        (SGDClassifier(), "loss='hinge' has no probabilities .* CalibratedClassifierCV"),
        (CalibratedClassifierCV(LinearSVC(), method="isotonic"), "only method='sigmoid'"),
        (CalibratedClassifierCV(), "it calibrates NoneType"),
        (HistGradientBoostingRegressor(loss="poisson"), "ends in an exponential"),
        (HistGradientBoostingClassifier(categorical_features=[0]), "categorical_features: it"),
        (GradientBoostingClassifier(loss="exponential"), "loss='exponential' cannot"),
        (GradientBoostingClassifier(init=DummyClassifier()), "an init of None or 'zero'"),
        (MLPRegressor(loss="poisson"), "ends in an exponential"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(model: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        expect_convertible(model)
