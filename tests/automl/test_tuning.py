"""Bring your own estimator: its parameters are tuned, its failures recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import pliant
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, DataError, FitError

X, y = load_iris(return_X_y=True)
C = {"C": pliant.Float(1e-3, 1e3, log=True)}
ALPHA = {"alpha": pliant.Float(0.1, 10.0)}
DEPTH = {"max_depth": pliant.Int(1, 6)}


def test_it_finds_better_parameters() -> None:
    space = {"n_neighbors": pliant.Int(1, 100), "weights": pliant.Choice("uniform", "distance")}
    tuned = pliant.tune(KNeighborsClassifier(), space, X, y, trials=12)
    scores = [t.score for t in tuned.trials_ if t.status == "done"]
    assert tuned.best_score_ == max(scores) > min(t.score for t in tuned.trials_)
    assert tuned.best_params_["n_neighbors"] in range(1, 101)
    assert tuned.best_estimator_.n_neighbors == tuned.best_params_["n_neighbors"]
    assert tuned.predict(X).shape == (150,)
    assert tuned.predict_proba(X).shape == (150, 3)


def test_the_first_is_the_estimator_as_it_is_given_and_its_score_that_of_scikit_learn() -> None:
    cv = StratifiedKFold(5, shuffle=True, random_state=0)
    tuned = pliant.tune(DecisionTreeClassifier(random_state=0), DEPTH, X, y, trials=3, cv=cv)
    assert tuned.trials_[0].params == {"max_depth": None}
    for trial in tuned.trials_:
        tree = DecisionTreeClassifier(random_state=0, **trial.params)
        if trial.status == "done":
            assert trial.score == cross_val_score(tree, X, y, cv=cv).mean()


def test_the_same_seed_gives_the_same_search() -> None:
    found = [
        pliant.tune(LogisticRegression(max_iter=500), C, X, y, trials=4, random_state=1)
        for _ in "ab"
    ]
    assert found[0].best_params_ == found[1].best_params_
    assert [t.score for t in found[0].trials_] == [t.score for t in found[1].trials_]


def test_the_budget_holds() -> None:
    deadline = Deadline(None)
    tuned = pliant.tune(Ridge(), ALPHA, X, y * 1.0, budget="1s")
    assert deadline.elapsed() < 3.0
    assert len(tuned.trials_) > 1


class Moody(ClassifierMixin, BaseEstimator):
    """Fails for one value of its parameter, always for another."""

    def __init__(self, mood: str = "good") -> None:
        self.mood = mood

    def fit(self, X: Any, y: Any) -> Moody:
        if self.mood == "bad":
            raise ValueError("not today")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


def test_a_failure_is_recorded_and_the_search_goes_on() -> None:
    tuned = pliant.tune(Moody(), {"mood": pliant.Choice("good", "bad")}, X, y, trials=10)
    reasons = {t.reason for t in tuned.trials_ if t.status == "failed"}
    assert reasons == {"ValueError: not today"}
    assert tuned.best_params_ == {"mood": "good"}


def test_nothing_but_failures_is_said_so() -> None:
    with pytest.raises(FitError, match="all failed \\(ValueError: not today\\)"):
        pliant.tune(Moody("bad"), {"mood": pliant.Choice("bad", "bad")}, X, y, trials=2)


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, "one parameter at least"),
        ({"D": pliant.Float(0.1, 1.0)}, "LogisticRegression, which has no 'D'"),
        ({"C": (0.1, 1.0)}, r"expected 'C' to be .* or Choice, such as Choice\(1, 2\), got \(0.1"),
        (["C"], "expected a space that maps names of parameters, got list"),
    ],
)
def test_a_space_that_makes_no_sense(space: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        pliant.tune(LogisticRegression(), space, X, y, trials=2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: pliant.Float(2.0, 1.0),
        lambda: pliant.Float(0.0, 1.0, log=True),
        lambda: pliant.Int(5, 1),
        lambda: pliant.Choice(),
        lambda: pliant.Choice([]),
        lambda: pliant.Choice(np.array([])),
        lambda: pliant.Float("0.1", 1.0),
        lambda: pliant.Float(0.1, None),
        lambda: pliant.Float(float("nan"), 1.0),
        lambda: pliant.Float(np.array([0.1]), 1.0),
        lambda: pliant.Int(0.5, 3),
        lambda: pliant.Int(True, 3),
    ],
)
def test_a_range_that_is_none(make: Any) -> None:
    with pytest.raises(ConfigError):
        make()


class Interrupted(Ridge):
    """Is told Ctrl-C in the fit of that number, counted over all."""

    fits = 0
    at = 0

    def fit(self, X: Any, y: Any) -> Any:
        type(self).fits += 1
        if self.fits > self.at:
            raise KeyboardInterrupt
        return super().fit(X, y)


@pytest.mark.parametrize("at", [0, 3])
def test_ctrl_c_before_a_trial_is_over_is_ctrl_c(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interrupted, "fits", 0)
    monkeypatch.setattr(Interrupted, "at", at)
    with pytest.raises(KeyboardInterrupt):
        pliant.tune(Interrupted(), ALPHA, X, y * 1.0, trials=3, engine="serial")


def test_ctrl_c_keeps_the_trials_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interrupted, "fits", 0)
    monkeypatch.setattr(Interrupted, "at", 7)
    unhurried = Interrupted.fit

    def fit(self: Any, X: Any, y: Any) -> Any:
        return Ridge.fit(self, X, y) if len(y) == 150 else unhurried(self, X, y)

    monkeypatch.setattr(Interrupted, "fit", fit)
    tuned = pliant.tune(Interrupted(), ALPHA, X, y * 1.0, trials=3, engine="serial")
    assert [t.status for t in tuned.trials_] == ["done"]


@pytest.mark.parametrize(
    "values", [[0.1, 1.0], (0.1, 1.0), np.array([0.1, 1.0]), np.array([0.1, 1.0], np.float16)]
)
def test_a_choice_may_be_given_as_a_list(values: Any) -> None:
    choice = pliant.Choice(values)
    assert choice.values == pytest.approx((0.1, 1.0), rel=1e-3)
    assert {type(v) for v in choice.values} == {float}
    tuned = pliant.tune(LogisticRegression(max_iter=500), {"C": choice}, X, y, trials=6)
    assert {t.params["C"] for t in tuned.trials_} == set(choice.values)


def test_numbers_of_numpy_become_plain() -> None:
    values = np.array([500, 1000])
    assert [type(v) for v in pliant.Choice(*values, np.True_, np.str_("a")).values] == [
        int,
        int,
        bool,
        str,
    ]
    space = {
        "C": pliant.Float(np.float32(0.5), np.int64(2)),
        "max_iter": pliant.Choice(*values),
        "random_state": pliant.Int(np.int8(1), 3.0),
    }
    tuned = pliant.tune(LogisticRegression(max_iter=500), space, X, y, trials=3)
    assert {name: type(v) for name, v in tuned.best_params_.items()} == {
        "C": float,
        "max_iter": int,
        "random_state": int,
    }


def test_any_objects_can_be_chosen_between_and_stay_as_they_are() -> None:
    scaler = StandardScaler()
    choice = pliant.Choice(scaler, "passthrough", MinMaxScaler(), None)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    tuned = pliant.tune(pipeline, {"standardscaler": choice}, X, y, trials=12)
    tried = [t.params["standardscaler"] for t in tuned.trials_[1:]]  # the first is as it is given
    assert set(map(id, tried)) <= set(map(id, choice.values))
    assert not hasattr(scaler, "mean_")
    assert {t.status for t in tuned.trials_} <= {"done", "dropped"}


def test_tuples_and_functions_can_be_chosen_between() -> None:
    space = {
        "weights": pliant.Choice(np.ones_like, "distance"),
        "metric_params": pliant.Choice({}, None),
    }
    tuned = pliant.tune(KNeighborsClassifier(), space, X, y, trials=6)
    assert {t.params["weights"] for t in tuned.trials_[1:]} <= set(space["weights"].values)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_frames_are_tuned_on(kind: str) -> None:
    library = pytest.importorskip(kind)
    frame = library.DataFrame({f"x{i}": X[:, i] for i in range(4)})
    tuned = pliant.tune(LogisticRegression(max_iter=500), C, frame, library.Series(y), trials=2)
    assert tuned.best_score_ > 0.8


@pytest.mark.parametrize(
    ("rows", "target", "said"),
    [
        (X, y[:9], "expected X and y of as many rows each, but: .*150, 9"),
        (X[:0], y[:0], "expected 2 rows or more to tune on, got 0"),
        (X[:1], y[:1], "expected 2 rows or more to tune on, got 1"),
        ((row for row in X), y, "expected X and y of as many rows each, but: "),
        (X, None, "expected X and y of as many rows each, but: "),
    ],
)
def test_rows_that_cannot_be_tuned_on(rows: Any, target: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        pliant.tune(LogisticRegression(max_iter=500), C, rows, target, trials=2)


@pytest.mark.parametrize("estimator", [LogisticRegression, "logistic", None])
def test_what_is_no_estimator_is_said(estimator: Any) -> None:
    with pytest.raises(ConfigError, match="expected a scikit-learn estimator, got"):
        pliant.tune(estimator, C, X, y, trials=2)


@pytest.mark.parametrize("metric", ["aucc", 3, ["accuracy"], {"a": "accuracy"}])
def test_a_metric_that_is_none_is_said(metric: Any) -> None:
    with pytest.raises(ConfigError, match="expected a metric of scikit-learn"):
        pliant.tune(LogisticRegression(max_iter=500), C, X, y, trials=2, metric=metric)


def mean_chance(estimator: Any, X: Any, y: Any) -> float:
    return float(estimator.predict_proba(X)[np.arange(len(y)), y].mean())


@pytest.mark.parametrize(
    ("metric", "least"),
    [
        ("neg_log_loss", -0.5),
        ("log_loss", -0.5),
        ("balanced_accuracy", 0.9),
        (make_scorer(fbeta_score, beta=2, average="macro"), 0.9),
        (mean_chance, 0.8),
    ],
)
def test_metrics_by_name_as_scorers_and_as_functions(metric: Any, least: float) -> None:
    tuned = pliant.tune(LogisticRegression(max_iter=500), C, X, y, trials=5, metric=metric)
    assert least < tuned.best_score_ < 1
    assert tuned.best_score_ == max(t.score for t in tuned.trials_ if t.status == "done")


def test_a_score_that_is_not_finite_is_a_failure() -> None:
    with pytest.raises(FitError, match="a score that is not finite: nan"):
        pliant.tune(Ridge(), ALPHA, X, y, trials=2, metric=lambda *_: float("nan"))


def test_rows_that_are_no_table_are_tuned_on() -> None:
    images = X.reshape(150, 2, 1, 2)
    flat = FunctionTransformer(lambda rows: rows.reshape(len(rows), -1), check_inverse=False)
    pipeline = make_pipeline(flat, LogisticRegression(max_iter=500))
    space = {"logisticregression__C": C["C"]}
    assert pliant.tune(pipeline, space, images, y, trials=3).best_score_ > 0.9
    few = sparse.csr_matrix(X)
    assert pliant.tune(LogisticRegression(max_iter=500), C, few, y, trials=3).best_score_ > 0.9
    two = np.column_stack([X[:, 0], X[:, 1] ** 2])
    assert pliant.tune(Ridge(), ALPHA, X, two, trials=3).predict(X).shape == (150, 2)


def test_on_many_rows_a_quarter_comes_first() -> None:
    X = np.zeros((200_000, 1))
    space = {"constant": pliant.Float(0.0, 10.0)}
    dummy = DummyRegressor(strategy="constant", constant=0.0)
    settings: dict[str, Any] = {"metric": "neg_mean_absolute_error", "cv": 2, "budget": "60s"}
    tuned = pliant.tune(dummy, space, X, np.full(len(X), 5.0), trials=12, **settings)
    assert {t.rows for t in tuned.trials_} == {25_000, 100_000}


def test_an_estimator_that_changes_its_rows_has_a_copy() -> None:
    own = X.copy()
    scaled = make_pipeline(StandardScaler(copy=False), LogisticRegression(max_iter=500))
    pliant.tune(scaled, {"logisticregression__C": C["C"]}, own, y, trials=2)
    assert np.array_equal(own, X)


def test_it_says_what_it_does_where_it_is_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    pliant.tune(LogisticRegression(max_iter=500), C, X, y, trials=2)
    assert capsys.readouterr().err == ""
    settings: dict[str, Any] = {"trials": 2, "metric": "neg_log_loss", "verbose": 1}
    pliant.tune(LogisticRegression(max_iter=500), C, X, y, **settings)
    said = capsys.readouterr().err
    assert "LogisticRegression as given" in said
    assert "pliant: log_loss 0." in said.splitlines()[-1]
    assert said.endswith(" s, 2 trials\n")
