"""scikit-learn's estimators as members: searched, scored as what ships, saved and loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import pliant
from few_folds import FEW
from fresh_python import run
from pliant.core.errors import ConfigError, FitError
from pliant.models.registry import FAMILIES, families_of
from pliant.sklearn import Learner
from pliant.testing import check_family

RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=160), "b": RNG.choice(list("uvw"), 160)})
X.loc[::9, "a"] = np.nan
Y = np.where(X.a.fillna(0.5) + (X.b == "u") > 0.3, "yes", "no")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the registry as it was."""
    before = dict(FAMILIES)
    yield
    FAMILIES.clear()
    FAMILIES.update(before)


@pytest.mark.parametrize(
    ("estimator", "task"),
    [
        (make_pipeline(StandardScaler(), LogisticRegression()), "multiclass"),
        (HistGradientBoostingClassifier(max_iter=5), "binary"),
        (RandomForestRegressor(5), "regression"),
    ],
)
def test_it_keeps_the_contract_of_families(estimator: Any, task: Any) -> None:
    check_family(Learner(estimator, {}), task)


def test_members_of_ones_own_are_searched_and_leave_in_the_file(tmp_path: Path) -> None:
    learners = [
        Learner(LogisticRegression(), {"C": pliant.Float(1e-3, 1e3, log=True)}),
        Learner(HistGradientBoostingClassifier(max_iter=9), {"max_leaf_nodes": pliant.Int(3, 9)}),
    ]
    settings: dict[str, Any] = {"trials": 5, "cv": FEW, "journal": tmp_path / "journal"}
    model = pliant.Classifier(models=["additive", *learners], **settings).fit(X, Y)
    tried = [t.candidate for t in model.trials_]
    assert {c.family for c in tried} == {
        "additive",
        "LogisticRegression",
        "HistGradientBoostingClassifier",
    }
    assert len({str(c.config) for c in tried}) == 5
    model.save(tmp_path / "m.pliant")
    assert np.array_equal(
        pliant.load(tmp_path / "m.pliant").predict_proba(X), model.predict_proba(X)
    )
    again = pliant.Classifier(models=["additive", *learners], **settings).fit(X, Y)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert len(list((tmp_path / "journal").glob("*.trial"))) == 5


SCRIPT = """
import numpy as np, pliant
from sklearn.linear_model import LogisticRegression



if __name__ == "__main__":
    X = np.random.default_rng(0).normal(size=(120, 2))
    learner = pliant.sklearn.Learner(LogisticRegression(), {"C": pliant.Float(0.1, 10.0)})
    model = pliant.Classifier(models=[learner], trials=2, engine="local", n_jobs=2, cv=2)
    model.fit(X, X[:, 0] > 0)
    print([t.status for t in model.trials_])
    model.save("m.pliant")
"""


def test_it_goes_to_other_processes_and_the_file_needs_no_sklearn(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    assert "['done', 'done']" in run("script.py", folder=tmp_path)
    asked = "import pliant, sys; print(pliant.load('m.pliant').predict({'x0': 2.0, 'x1': 0.0}))"
    asked += "; assert 'sklearn' not in sys.modules"
    assert "True" in run("-c", asked, folder=tmp_path)


def test_weights_are_told_or_refused() -> None:
    numbers, weights = X[["a"]].fillna(0.0), np.linspace(0.1, 1, len(X))
    settings: dict[str, Any] = {"trials": 1, "cv": FEW}
    ridge = Learner(make_pipeline(StandardScaler(), Ridge()))
    told = pliant.Regressor(models=[ridge], **settings)
    weighted = told.fit(numbers, numbers.a**2, sample_weight=weights).predict(numbers)
    assert not np.allclose(weighted, told.fit(numbers, numbers.a**2).predict(numbers))
    refused = pliant.Classifier(models=[Learner(LinearDiscriminantAnalysis())], **settings)
    with pytest.raises(FitError, match="LinearDiscriminantAnalysis takes no sample weights"):
        refused.fit(X, Y, sample_weight=weights)


def test_one_of_a_kind_that_has_no_ops_is_refused_where_it_is_named() -> None:
    with pytest.raises(ConfigError, match="got KNeighborsClassifier"):
        Learner(KNeighborsClassifier())
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    with pytest.raises(ConfigError, match="got GaussianNB"):
        Learner(pipeline, {"logisticregression": pliant.Choice(LogisticRegression(), GaussianNB())})
    with pytest.raises(ConfigError, match="LogisticRegression, which has no 'D'"):
        Learner(LogisticRegression(), {"D": pliant.Float(0.1, 1.0)})
    with pytest.raises(ConfigError, match="expected a scikit-learn estimator, got 3"):
        Learner(3)


def test_two_of_one_kind_have_names_of_their_own() -> None:
    weak, strong = Learner(Ridge(100.0)), Learner(Ridge(0.1), name="strong")
    assert families_of([weak, strong]) == ("Ridge", "strong")
    assert not {"Ridge", "strong"} & set(families_of(None))  # nobody asked for them there
    with pytest.raises(ConfigError, match="got two that are 'Ridge': give one of them another"):
        families_of([weak, Learner(Ridge())])
    with pytest.raises(ConfigError, match="a name of one word, got 'two words'"):
        families_of([Learner(Ridge(), name="two words")])
