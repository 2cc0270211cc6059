"""Bring your own estimator: its parameters are tuned, its failures recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier

import pliant
from pliant.config import Clock
from pliant.errors import ConfigError, FitError

X, y = load_iris(return_X_y=True)
C = {"C": pliant.Float(1e-3, 1e3, log=True)}


def test_it_finds_better_parameters() -> None:
    space = {"n_neighbors": pliant.Int(1, 100), "weights": pliant.Choice("uniform", "distance")}
    tuned = pliant.tune(KNeighborsClassifier(), space, X, y, trials=12)
    scores = [t.score for t in tuned.trials_ if t.status == "done"]
    assert tuned.best_score_ == max(scores) > min(t.score for t in tuned.trials_)
    assert tuned.best_params_["n_neighbors"] in range(1, 101)
    assert tuned.best_estimator_.n_neighbors == tuned.best_params_["n_neighbors"]
    assert tuned.predict(X).shape == (150,)
    assert tuned.predict_proba(X).shape == (150, 3)


def test_the_same_seed_gives_the_same_search() -> None:
    found = [pliant.tune(LogisticRegression(max_iter=500), C, X, y, trials=4, seed=1) for _ in "ab"]
    assert found[0].best_params_ == found[1].best_params_
    assert [t.score for t in found[0].trials_] == [t.score for t in found[1].trials_]


def test_the_budget_holds() -> None:
    clock = Clock(None)
    tuned = pliant.tune(Ridge(), {"alpha": pliant.Float(0.1, 10.0)}, X, y * 1.0, budget="1s")
    assert clock.elapsed() < 3.0
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
        pliant.tune(Moody(), {"mood": pliant.Choice("bad", "bad")}, X, y, trials=2)


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, "one parameter at least"),
        ({"D": pliant.Float(0.1, 1.0)}, "LogisticRegression, which has no 'D'"),
        ({"C": (0.1, 1.0)}, "expected 'C' to be a Float, Int or Choice"),
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
    ],
)
def test_a_range_that_is_none(make: Any) -> None:
    with pytest.raises(ConfigError):
        make()
