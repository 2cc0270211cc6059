"""Classifier and Regressor as citizens of scikit-learn, and with the frames people have."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import pliant
from few_folds import FEW
from pliant import Classifier, Regressor
from pliant.core.errors import ConfigError, DataError, DataWarning

QUICK: dict[str, Any] = {"trials": 2, "models": ["additive", "linear"], "n_jobs": 1}
CHECKED = {**QUICK, "trials": 1}  # a hundred fits and more


def expected_failures(estimator: BaseEstimator) -> dict[str, str]:
    """Return the checks that fail, and why."""
    why = (
        "a row that is given twice can lie in two folds, where a weight of 2 cannot: "
        "the folds, and with them what is chosen, differ"
    )
    return {"check_sample_weight_equivalence_on_dense_data": why}


@parametrize_with_checks(
    [Classifier(**CHECKED, cv=FEW), Regressor(**CHECKED, cv=FEW)],
    expected_failed_checks=expected_failures,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def people(n: int = 120) -> dict[str, list[Any]]:
    rng = np.random.default_rng(0)
    age, level = rng.integers(18, 80, n), rng.integers(0, 3, n)
    return {
        "age": [None if rng.random() < 0.1 else int(a) for a in age],
        "level": [["low", "mid", "high"][v] for v in level],
        "rich": (age + 10 * level > 60).tolist(),
    }


FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table, "dict": dict}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_frame_is_welcome(kind: str) -> None:
    columns = people()
    y = columns.pop("rich")
    frame = FRAMES[kind](columns)
    model = Classifier(**QUICK, cv=FEW).fit(frame, y)
    plain = Classifier(**QUICK, cv=FEW).fit(columns, y)
    assert np.array_equal(model.predict_proba(frame), plain.predict_proba(columns))
    assert model.predict(frame).dtype == bool
    if kind != "dict":
        assert model.feature_names_in_.tolist() == ["age", "level"]


def test_duckdb_is_welcome() -> None:
    columns = people()
    connection = duckdb.connect()
    connection.register("people", pa.table(columns))
    model = Classifier(**QUICK, cv=FEW).fit(
        connection.sql("select age, level from people"), columns["rich"]
    )
    few = connection.sql("select age, level from people limit 3")
    assert model.predict(few).shape == (3,)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", "b"]),
        np.array(["a", "b"], dtype=object),
        np.array([3, 7]),
        np.array([3, 7], dtype=np.int8),
        np.array([0.0, 1.0]),
        np.array([False, True]),
    ],
    ids=lambda v: str(v.dtype),
)
def test_labels_come_back_as_they_came(labels: np.ndarray[Any, Any]) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = labels[(X[:, 0] > 0).astype(int)]
    model = Classifier(**QUICK, cv=FEW).fit(X, y)
    assert model.classes_.dtype == y.dtype
    assert model.classes_.tolist() == labels.tolist()
    assert model.predict(X).dtype == y.dtype
    assert model.score(X, y) > 0.9


HALVES = np.arange(60) % 2 == 0


@pytest.mark.parametrize(
    "y",
    [
        np.where(HALVES, 2**60 + 1, 2**60 + 2),
        np.where(HALVES, np.uint64(2**64 - 1), np.uint64(2**64 - 3)),
        np.where(HALVES, b"u", b"v"),
        np.where(HALVES, np.timedelta64(1, "D"), np.timedelta64(2, "D")),
        np.where(HALVES, np.datetime64("2020-01-01"), np.datetime64("2020-02-01")),
        pd.Series(HALVES).astype("bool[pyarrow]"),
        pd.Series(HALVES).astype("category"),
        pd.cut(pd.Series(HALVES * 3 + 1), [0, 2, 5]),
        pl.Series([date(2020, 1, 1 + int(v)) for v in HALVES]),
        pa.array([Decimal("1.10") if v else Decimal("2.50") for v in HALVES]),
        [b"a" if v else b"a\0" for v in HALVES],
        pd.DataFrame({"rich": HALVES}),
        pa.table({"rich": HALVES}),
        pl.DataFrame({"rich": HALVES}),
    ],
    ids=lambda y: f"{type(y).__name__}-{getattr(y, 'dtype', '')}",
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_labels_are_opaque(y: Any, tmp_path: Path) -> None:
    X = np.where(HALVES, 1.0, -1.0)[:, None] + np.random.default_rng(0).normal(size=(60, 1)) / 9
    model = Classifier(**{**QUICK, "trials": 1}, cv=FEW).fit(X, y)
    column = y["rich"] if hasattr(y, "columns") else y
    given = column.to_pylist() if hasattr(column, "to_pylist") else list(column)
    assert model.predict(X).tolist() == np.array([*given, None], dtype=object)[:-1].tolist()
    assert model.score(X, y) == 1.0
    assert model.classes_.tolist() == sorted(set(model.predict(X).tolist()))
    assert model.predict(X).dtype == model.classes_.dtype
    model.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    assert loaded.classes == model.model_.classes
    assert list(map(type, loaded.classes)) == list(map(type, model.model_.classes))
    assert (loaded.predict(X) == loaded.predict(X[:1])[0]).tolist() == HALVES.tolist()


def test_labels_are_opaque_in_other_processes() -> None:
    y = np.where(HALVES, b"u", b"v")
    model = Classifier(**{**QUICK, "trials": 1}, engine="local", cv=FEW).fit(
        HALVES[:, None] * 1.0, y
    )
    assert model.predict([[1.0], [0.0]]).tolist() == [b"u", b"v"]


def test_a_label_may_come_in_another_type_to_be_scored() -> None:
    X = np.where(HALVES, 1.0, -1.0)[:, None]
    model = Classifier(**{**QUICK, "trials": 1}, cv=FEW).fit(X, HALVES.astype(int))
    for y in (HALVES, HALVES * 1.0, HALVES.astype(int).astype(str), HALVES.astype(str)):
        assert model.score(X, y) == 1.0
    assert model.score(X, np.where(HALVES, "yes", "no")) == 0.0
    assert model.score(X, ~HALVES, sample_weight=HALVES + 1) == 0.0


def test_durations_and_decimals_are_regressed() -> None:
    x = np.random.default_rng(0).normal(size=200)
    hours = pd.Series(pd.to_timedelta(x, unit="h"))
    for y in (hours, [Decimal(str(round(v, 4))) for v in x], pl.Series(x), pa.array(x)):
        assert (
            Regressor(**{**QUICK, "trials": 1}, cv=FEW).fit(x[:, None], y).score(x[:, None], y)
            > 0.9
        )


def test_a_table_of_one_column_is_a_target() -> None:
    X, y = np.arange(60.0)[:, None], pd.DataFrame({"rich": HALVES, "poor": ~HALVES})
    with pytest.warns(DataConversionWarning, match="the column 'rich' is taken"):
        Regressor(**{**QUICK, "trials": 1}, cv=FEW).fit(X, y[["rich"]])
    with pytest.raises(DataError, match="y should be a 1d array, got a table of 2: 'rich', 'poor'"):
        Classifier(**QUICK, cv=FEW).fit(X, y)


def test_categories_of_pandas_come_back() -> None:
    columns = people()
    y = pd.Series(np.where(columns.pop("rich"), "yes", "no"), dtype="category")
    model = Classifier(**QUICK, cv=FEW).fit(pd.DataFrame(columns), y)
    assert model.classes_.tolist() == ["no", "yes"]
    assert set(model.predict(pd.DataFrame(columns))) <= {"no", "yes"}


def test_a_pipeline_cross_validation_and_clone() -> None:
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), Classifier(**QUICK, cv=FEW))
    assert cross_val_score(model, X, y, cv=3).mean() > 0.85
    copy = clone(Classifier(budget="5s", metric="accuracy", random_state=4, cv=FEW))
    assert (
        copy.get_params()
        == Classifier(budget="5s", metric="accuracy", random_state=4, cv=FEW).get_params()
    )


def test_a_regressor() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = Regressor(**QUICK, cv=FEW).fit(X, y)
    assert model.score(X, y) > 0.4
    assert model.leaderboard_.status[0] == "done"
    assert {"model", "score", "weight", "seconds"} <= set(model.leaderboard_.columns)
    assert model.leaderboard_.score.is_monotonic_increasing  # an error


def test_saved_and_loaded_it_predicts_the_same(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = Classifier(**QUICK, cv=FEW).fit(X, y)
    model.save(tmp_path / "iris.pliant")
    loaded = pliant.load(tmp_path / "iris.pliant")
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded.predict(X).tolist() == model.predict(X).tolist()
    row = X.iloc[70].to_dict()
    assert loaded.predict(row)[0] == model.predict(X)[70]


def test_progress_is_told() -> None:
    heard = []
    X, y = load_iris(return_X_y=True)
    Classifier(**QUICK, cv=FEW).fit(X, y, progress=heard.append)
    assert [p.running for p in heard] == ["additive default", "linear default"]
    assert heard[0].best is None
    assert heard[1].best is not None


def test_groups_and_time_by_name_or_array() -> None:
    columns = people()
    y = columns.pop("rich")
    groups = np.arange(len(y)) // 6
    frame = pd.DataFrame(columns).assign(family=groups, day=np.arange(len(y)))
    with pytest.warns(DataWarning, match="column 'day': left out, numbers its rows"):
        by_name = Classifier(**QUICK, cv=FEW).fit(frame, y, groups="family")
    with pytest.warns(DataWarning, match="column 'day'"):
        by_array = Classifier(**QUICK, cv=FEW).fit(frame.drop(columns="family"), y, groups=groups)
    assert "family" not in [c.name for c in by_name.model_.schema.columns]
    p = by_name.predict_proba(frame)
    assert np.array_equal(p, by_array.predict_proba(frame.drop(columns="family")))
    timed = Classifier(**QUICK, cv=FEW).fit(frame, y, time="day")
    assert "day" in [c.name for c in timed.model_.schema.used]


def test_a_log_is_told_of_a_fit(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = load_iris(return_X_y=True)
    model = Classifier(**QUICK, cv=FEW).fit(X, y)
    assert capsys.readouterr().err == ""
    model.set_params(verbose=1).fit(X, y)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == "pliant: 0 s, 0 trials, additive default"
    assert re.fullmatch(r"pliant: log_loss 0\.\d+ on held-out rows after [\d.]+ s, 2 trials", last)


def test_random_states_are_those_of_scikit_learn() -> None:
    X, y = load_iris(return_X_y=True)

    def chances(state: Any) -> Any:
        settings = {"trials": 1, "models": ["forest"], "n_jobs": -1}
        return (
            Classifier(**settings, random_state=state, cv=FEW).fit(X, y).predict_proba(X).tolist()
        )

    drawn = [chances(np.random.RandomState(1)) for _ in range(2)]
    assert drawn[0] == drawn[1] == chances(np.random.RandomState(1).randint(2**31 - 1))
    assert drawn[0] != chances(np.random.RandomState(2))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"budget": "soon"}, "expected a duration"),
        ({"trials": 0}, "at least 1 trial"),
        ({"metric": "goodness"}, "scikit-learn scorer name"),
        ({"models": ["magic"]}, "magic"),
        ({"n_jobs": 0}, "expected n_jobs"),
    ],
)
def test_an_option_that_makes_no_sense(options: dict[str, Any], said: str) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ConfigError, match=said):
        Classifier(**{**QUICK, **options}, cv=FEW).fit(X, y)


def test_what_is_asked_of_the_wrong_model() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(NotFittedError):
        Classifier(cv=FEW).predict(X)
    with pytest.raises(NotFittedError):
        _ = Classifier(cv=FEW).leaderboard_
    with pytest.raises(DataError, match="a Regressor predicts numbers"):
        Classifier(**QUICK, cv=FEW).fit(X, y + 0.5 * X[:, 0])
    with pytest.raises(DataError, match="expected one value of y a row"):
        Classifier(**QUICK, cv=FEW).fit(X, y[:-1])
    with pytest.raises(ConfigError, match="to have probabilities"):
        Regressor(**QUICK, cv=FEW).fit(X, y).model_.predict_proba(X)


def test_weights_that_cannot_be() -> None:
    X, y = load_iris(return_X_y=True)
    weight = np.ones(len(y))
    weight[7] = -1
    with pytest.raises(DataError, match="at least 0 in every row, got -1 in row 7"):
        Classifier(**QUICK, cv=FEW).fit(X, y, sample_weight=weight)
    with pytest.raises(DataError, match="expected 150 values of sample_weight"):
        Classifier(**QUICK, cv=FEW).fit(X, y, sample_weight=weight[:-1])
    with pytest.raises(DataError, match="there is no column 'family'"):
        Classifier(**QUICK, cv=FEW).fit(X, y, groups="family")
