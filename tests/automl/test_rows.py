"""How many threads predictions have: as many as a fit, where there are many rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pliant
from few_folds import FEW
from pliant.automl.rows import threads_of
from pliant.core.processors import bound
from pliant.runtime.intake import to_frame

MANY = np.zeros((20_000, 2))


@pytest.mark.parametrize("rows", [MANY, pd.DataFrame(MANY), to_frame(MANY), Path("rows.csv")])
def test_many_rows_have_threads(rows: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pliant.automl.rows.bound", lambda: 4)
    assert [threads_of(rows, n_jobs) for n_jobs in (1, 2, 9)] == [1, 2, 4]


@pytest.mark.parametrize("rows", [MANY[:5], {"x": 1.0}, [{"x": 1.0}], pd.DataFrame(MANY[:1])])
def test_few_rows_have_one(rows: object) -> None:
    assert threads_of(rows, None) == 1


def test_as_many_as_there_are() -> None:
    assert 1 <= threads_of(MANY, -1) <= bound()


def test_predictions_are_the_same_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=9_000), "c": rng.choice(["a", "b"], 9_000)})
    y = (X["x"] > 0).to_numpy()
    model = pliant.Classifier(trials=1, models=["additive"], n_jobs=1, cv=FEW).fit(X[:200], y[:200])
    one = model.predict_proba(X), model.predict(X)
    model.set_params(n_jobs=2)
    assert np.array_equal(one[0], model.predict_proba(X))
    assert np.array_equal(one[1], model.predict(X))
