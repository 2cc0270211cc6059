"""The contract of a model family, run on every family of the catalogue."""

from __future__ import annotations

import pytest

from pliant.models.catalogue import FAMILIES
from pliant.testing import TASKS, check_family, family_data, fit_quickly


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", FAMILIES)
def test_family_keeps_the_contract(name: str, task: str) -> None:
    check_family(FAMILIES[name], task)


@pytest.mark.parametrize("name", ["lightgbm", "catboost", "xgboost", "forest", "neural", "linear"])
def test_a_strong_family_beats_a_constant_by_far(name: str) -> None:
    data = family_data("regression", n=600)
    fitted = fit_quickly(FAMILIES[name], data)
    assert data.valid is not None
    rmse = -data.metric(data.valid.target, fitted.predict(data.valid.X), None)
    assert rmse < 0.6
