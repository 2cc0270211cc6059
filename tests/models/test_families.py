"""The contract of a model family, run on every family of ours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.core.deadline import Deadline
from pliant.data.target import Task
from pliant.models.additive import AdditiveConfig
from pliant.models.base import Allowance, Fitted
from pliant.models.catboost import CatBoostConfig
from pliant.models.family import IncrementalFamily, default_config
from pliant.models.lightgbm import LightGBMConfig
from pliant.models.registry import FAMILIES
from pliant.models.xgboost import XGBoostConfig
from pliant.testing import TASKS, check_family, family_data, fit_quickly
from tabular import TABULAR

CERTAIN = {
    "additive": AdditiveConfig(),
    "lightgbm": LightGBMConfig(0.1, 8, 5, bagging_fraction=1.0),
    "xgboost": XGBoostConfig(0.1, 3, 1.0, 1.0, 1.0, 1.0),
    "catboost": CatBoostConfig(0.1, 4, 3.0, 1.0, 0.0),
}
"""Configurations that leave nothing to chance."""


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", TABULAR)
def test_family_keeps_the_contract(name: str, task: str) -> None:
    check_family(FAMILIES[name], task)


@pytest.mark.parametrize("name", ["lightgbm", "catboost", "xgboost", "forest", "neural", "linear"])
def test_a_strong_family_beats_a_constant_by_far(name: str) -> None:
    data = family_data("regression", n=600)
    fitted = fit_quickly(FAMILIES[name], data)
    assert data.valid is not None
    rmse = -data.loss(data.valid.target, fitted.predict(data.valid.X), None)
    assert rmse < 0.6


@pytest.mark.parametrize("name", TABULAR)
def test_a_fit_tells_how_many_rounds_it_trained(name: str) -> None:
    """Where it stops early, those on top that brought nothing; where they are given, as many."""
    family, data = FAMILIES[name], family_data("binary", n=600)
    fitted = fit_quickly(family, data)
    expected = family.expected_rounds(default_config(family))
    assert bool(expected) is bool(fitted.trained) is bool(fitted.rounds)
    assert fitted.trained >= fitted.rounds
    if name in CERTAIN:
        assert fitted.trained > fitted.rounds
    given = fit_quickly(family, replace(data, valid=None), 10)
    assert given.trained == given.rounds == (10 if expected else 0)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", CERTAIN)
def test_going_on_is_the_same_as_not_having_stopped(name: str, task: Task) -> None:
    family, data = FAMILIES[name], replace(family_data(task, n=600), valid=None)
    assert isinstance(family, IncrementalFamily)

    def extended(fitted: Fitted | None, rounds: int) -> Fitted:
        allowance = Allowance(Deadline(None), 1, 0, rounds)
        return family.partial_fit(fitted, data.apart(), CERTAIN[name], allowance)

    twice, once = extended(extended(None, 5), 5), extended(None, 10)
    assert twice.rounds == once.rounds == 10
    X = data.train.X
    np.testing.assert_allclose(twice.score(X), once.score(X), atol=1e-5)
