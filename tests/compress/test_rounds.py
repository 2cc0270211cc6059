"""Fewer trees: the model that the first rounds were."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.compress.trees import first_rounds
from pliant.data.target import Task
from pliant.models.registry import FAMILIES
from pliant.testing import TASKS, family_data, fit_quickly


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["lightgbm", "catboost", "xgboost"])
def test_the_first_rounds_are_those_of_a_shorter_fit(name: str, task: Task) -> None:
    data = family_data(task)
    pytest.importorskip(FAMILIES[name].package)
    long, short = (
        fit_quickly(FAMILIES[name], type(data)(data.train, None, data.features), n) for n in (12, 3)
    )
    cut = first_rounds(long, 0.25)
    assert cut.rounds == short.rounds == 3
    np.testing.assert_allclose(
        cut.predict(data.train.X), short.predict(data.train.X), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize("name", ["additive", "linear", "neural"])
def test_what_has_no_boosted_trees_stays_as_it_is(name: str) -> None:
    data = family_data("multiclass")
    fitted = fit_quickly(FAMILIES[name], data)
    assert np.array_equal(
        first_rounds(fitted, 0.5).predict(data.train.X), fitted.predict(data.train.X)
    )


def test_one_round_is_left_at_least() -> None:
    fitted = fit_quickly(FAMILIES["lightgbm"], family_data("binary"))
    assert first_rounds(fitted, 1e-9).rounds == 1
    assert first_rounds(fitted, 1.0) is fitted
