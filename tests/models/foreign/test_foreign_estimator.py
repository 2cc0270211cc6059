"""A user's estimator as a learner: its space, what it is given as, and clones that stay apart."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from pliant import Choice, Float, Int
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError
from pliant.models.base import Allowance
from pliant.models.foreign import EstimatorLearner, OwnRows, Parameters

ROWS = OwnRows.of(np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2)


def fitted(learner: EstimatorLearner, values: dict[str, Any]) -> Any:
    return learner.fit(ROWS, Parameters(values), Allowance(Deadline(None)))


def test_it_begins_with_what_the_user_has_as_far_as_that_lies_in_the_space() -> None:
    sizes = Choice((10,), (100,))
    space = {"hidden_layer_sizes": sizes, "alpha": Float(1e-3, 1.0), "max_iter": Int(1, 500)}
    given = EstimatorLearner(MLPClassifier(), space).defaults["as given"].config
    assert given == Parameters({"hidden_layer_sizes": 1, "max_iter": 200})  # alpha is 0.0001


def test_choices_are_places_that_become_the_objects_again() -> None:
    scaler = StandardScaler()
    tree = make_pipeline(StandardScaler(), DecisionTreeClassifier())
    learner = EstimatorLearner(tree, {"standardscaler": Choice("passthrough", scaler)})
    assert learner.space["standardscaler"] == Choice(0, 1)
    assert learner.params(Parameters({"standardscaler": 1}))["standardscaler"] is scaler
    model = fitted(learner, {"standardscaler": 1})
    assert model.steps[0][1] is not scaler
    assert not hasattr(scaler, "mean_")


def test_random_states_that_nobody_has_fixed_are_those_of_the_search() -> None:
    space = {"randomforestclassifier__max_depth": Int(1, 3)}
    for own, expected in ((None, 7), (3, 3)):
        forest = RandomForestClassifier(2, random_state=own)
        model = fitted(EstimatorLearner(make_pipeline(forest), space, seed=7), {})
        assert model.steps[0][1].random_state == expected
        assert forest.random_state == own


def test_what_tells_two_searches_apart_has_no_addresses() -> None:
    said = [
        EstimatorLearner(make_pipeline(object_), {"verbose": Choice(len, object())}).described()
        for object_ in (StandardScaler(), StandardScaler(), StandardScaler(with_mean=False))
    ]
    assert said[0] == said[1] != said[2]
    assert "0x" not in str(said)


class Stubborn(DecisionTreeClassifier):
    """Changes a parameter as it is made, so that its clones differ from it."""

    def __init__(self, depth: Any = 3) -> None:
        super().__init__()
        self.depth = np.array([depth])


def test_an_estimator_that_cannot_be_cloned_is_said() -> None:
    with pytest.raises(ConfigError, match="expected an estimator that can be cloned, but: "):
        EstimatorLearner(Stubborn(), {"depth": Int(1, 3)})


def test_it_is_pickled_with_its_space() -> None:
    learner = EstimatorLearner(DecisionTreeClassifier(), {"max_depth": Choice(1, None)})
    config = Parameters({"max_depth": 1})
    assert pickle.loads(pickle.dumps(learner)).params(config) == {"max_depth": None}
