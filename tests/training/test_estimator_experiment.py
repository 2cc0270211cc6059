"""The objectives: that of a table and that of a user's estimator keep one contract."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import get_scorer

from pliant import Int
from pliant.automl.cross_validation import splits_of
from pliant.metrics import Measure
from pliant.models.additive import AdditiveConfig
from pliant.models.foreign import EstimatorLearner, OwnRows, Parameters
from pliant.testing import check_objective, small_experiment
from pliant.training.estimator_experiment import EstimatorExperiment, received
from pliant.training.experiment import Experiment, of_table
from pliant.training.objective import Objective
from pliant.training.records import Candidate, Job
from pliant.training.trainer import train

SHALLOW = Candidate("ExtraTreesClassifier", "shallow", Parameters({"max_depth": 2}))


def forest(y: Any = None) -> EstimatorExperiment:
    X = np.random.default_rng(0).normal(size=(120, 4))
    rows = OwnRows.of(X, X[:, 0] > 0 if y is None else y)
    learner = EstimatorLearner(ExtraTreesClassifier(4), {"max_depth": Int(1, 8)})
    splits = splits_of(3, learner.estimator, rows, 0)
    return EstimatorExperiment(learner, rows, splits, get_scorer("accuracy"), Measure("accuracy"))


OBJECTIVES: dict[str, tuple[Objective, Candidate]] = {
    "table": (
        small_experiment(2),
        Candidate("additive", "a", AdditiveConfig(rounds=5)),
    ),
    "estimator": (forest(), SHALLOW),
}


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_objective_keeps_the_contract(kind: str) -> None:
    check_objective(*OBJECTIVES[kind])


def test_what_comes_back_from_another_process_is_the_same_estimator() -> None:
    here, job = forest(), Job(SHALLOW)
    outcomes = train(job, here), train(job, pickle.loads(pickle.dumps(here)))
    assert [type(outcome.estimator) for outcome in outcomes] == [ExtraTreesClassifier, bytes]
    one, other = (received(outcome).predict_proba(here.rows.X) for outcome in outcomes)
    assert np.array_equal(one, other)


def test_what_makes_two_tunings_the_same() -> None:
    assert forest().identity() == forest().identity()
    differing = forest(y=np.arange(120) % 2).identity()
    changed = {key for key, value in forest().identity().items() if differing[key] != value}
    assert changed == {"rows", "splits"}


def test_the_experiment_of_a_table_is_told_from_others() -> None:
    assert isinstance(of_table(small_experiment()), Experiment)
    with pytest.raises(AssertionError, match="expected a table's experiment"):
        of_table(forest())
