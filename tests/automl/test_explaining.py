"""Models and estimators that say what they go by, in Python."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectFromModel
from sklearn.metrics import log_loss

import pliant
from few_folds import FEW
from pliant import Classifier, ConfigError, DataError, Model, Regressor, SchemaError

N = 200
SETTINGS: dict[str, Any] = {"trials": 1, "models": ["lightgbm"], "n_jobs": 1, "cv": FEW}


def people(seed: int, n: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age, level = rng.integers(18, 80, n), rng.integers(0, 3, n)
    rich = np.where(age + 10 * level + rng.normal(0, 10, n) > 60, "yes", "no")
    levels = np.array(["low", "mid", "high"])[level]
    years = {"age": age, "months": 12 * age + rng.integers(0, 12, n), "level": levels}
    return pd.DataFrame({**years, "same": "x", "noise": rng.normal(size=n), "rich": rich})


TRAIN, TEST = people(0), people(1)
FEATURES = TRAIN.columns[:-1]


@pytest.fixture(scope="module")
def fitted() -> Classifier:
    return Classifier(**SETTINGS).fit(TRAIN[FEATURES], TRAIN["rich"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, fitted: Classifier) -> Path:
    """Return a folder with test.csv, and a model with background rows and one without."""
    folder = tmp_path_factory.mktemp("explaining")
    TEST.to_csv(folder / "test.csv", index=False)
    fitted.save(folder / "without.pliant")
    fitted.model_.with_background(rows=10).save(folder / "with.pliant")
    return folder


def test_importance_of_rows_that_are_new(fitted: Classifier) -> None:
    found = fitted.importance(TEST[FEATURES], TEST["rich"])
    assert set(found["column"]) == set(FEATURES)
    assert found["importance"].is_monotonic_decreasing
    by_name = found.set_index("column")
    assert by_name.loc["same"].tolist() == [0.0, 0.0, ""]
    assert by_name.loc["age", "goes_with"] == "months"
    grouped = fitted.importance(TEST, "rich", groups={"how old": ["age", "months"]}, repeats=2)
    assert grouped["column"][0] == "how old"
    assert grouped["importance"][0] > by_name.loc["age", "importance"]


def test_importance_by_another_metric(fitted: Classifier) -> None:
    found = fitted.importance(TEST, "rich", "neg_log_loss", repeats=1, random_state=3)
    order = np.random.default_rng(3).permutation(N)
    shuffled = TEST.assign(level=TEST["level"].to_numpy()[order])
    lost = log_loss(TEST["rich"], fitted.predict_proba(shuffled)) - log_loss(
        TEST["rich"], fitted.predict_proba(TEST)
    )
    assert found.set_index("column").loc["level", "importance"] == pytest.approx(lost)


def test_importance_of_files_and_with_weights(folder: Path) -> None:
    model = pliant.load(folder / "with.pliant")
    weight = np.where(TEST["age"] > 40, 2.0, 0.5)
    file, frame = model.importance(folder / "test.csv"), model.importance(TEST)
    assert file.equals(frame)
    assert not model.importance(TEST, sample_weight=weight).equals(frame)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"metric": "goodness"}, ConfigError, "goodness"),
        ({"repeats": 0}, ConfigError, "at least 1 repeat"),
        ({"groups": {"a": ["b"]}}, ConfigError, "columns of the fit, got 'b'"),
        ({"y": ["yes"]}, DataError, "one value of y a row of X, got 1 values for 200 rows"),
        ({"data": TEST[["age", "rich"]]}, SchemaError, "has no column"),
    ],
)
def test_what_importance_cannot_take(
    settings: dict[str, Any], error: type[Exception], said: str, fitted: Classifier
) -> None:
    data = settings.pop("data", TEST) if "data" in settings else TEST
    with pytest.raises(error, match=said):
        fitted.model_.importance(data, **{"y": "rich"} | settings)


def test_contributions_add_up_to_what_is_predicted(fitted: Classifier) -> None:
    rows = TEST[FEATURES].iloc[:4]
    why = fitted.explain(rows)
    assert why.outputs == ("yes",)
    assert "same" not in why.columns
    assert np.abs(why.base + why.values.sum(axis=1) - why.prediction).max() < 1e-12
    assert np.array_equal(why.prediction[:, 0], fitted.predict_proba(rows)[:, 1])
    alone = fitted.explain(rows.iloc[0].to_dict())
    assert np.array_equal(alone.values[0], why.values[0])


def test_background_rows_are_given_kept_or_of_the_fit(folder: Path, fitted: Classifier) -> None:
    row = TEST[FEATURES].iloc[:2]
    model = pliant.load(folder / "with.pliant")
    assert model.predictor.background is not None
    assert len(model.predictor.background) == 10
    assert model.describe()["facts"]["background"]["rows"] == 10
    kept = fitted.model_.with_background(rows=10).explain(row)
    assert np.array_equal(model.explain(row).values, kept.values)
    given = model.explain(row, TEST[FEATURES])
    assert given.base != kept.base
    assert np.array_equal(given.values, model.explain(row, folder / "test.csv").values)


def test_without_background_rows_it_says_what_to_do(folder: Path) -> None:
    model = pliant.load(folder / "without.pliant")
    with pytest.raises(DataError, match="give some of the training data as the background"):
        model.explain(TEST)
    with pytest.raises(DataError, match="expected background rows, got none"):
        model.explain(TEST, TEST.iloc[:0])
    with pytest.raises(ConfigError, match="at least 1 background row, got 0"):
        model.with_background(TEST, rows=0)


def test_the_files_of_the_fit_are_a_background(tmp_path: Path) -> None:
    TRAIN.to_csv(tmp_path / "train.csv", index=False)
    fitted = Classifier(**SETTINGS).fit(tmp_path / "train.csv", "rich")
    fitted.save(tmp_path / "m.pliant")
    model, row = pliant.load(tmp_path / "m.pliant"), TEST[FEATURES].iloc[:2]
    assert np.array_equal(model.explain(row).values, fitted.explain(row).values)
    (tmp_path / "train.csv").unlink()
    with pytest.raises(DataError, match="the files of the fit cannot be read"):
        model.explain(row)


@pytest.mark.parametrize("error", [-1, 1.5])
def test_an_error_that_makes_no_sense(error: float, fitted: Classifier) -> None:
    with pytest.raises(ConfigError, match="expected an error from 0 to below 1"):
        fitted.explain(TEST[FEATURES], error=error)


def test_too_many_columns_are_not_enumerated() -> None:
    X = np.random.default_rng(0).normal(size=(60, 13))
    model = Regressor(trials=1, models=["additive"], cv=FEW).fit(X, X.sum(axis=1))
    with pytest.raises(
        ConfigError, match="at most 12 columns to be explained exactly, got one that"
    ):
        model.explain(X[:1], error=0)
    why = model.explain(X[:1])
    assert why.columns[-1] == "x12"
    assert np.abs(why.base + why.values.sum(axis=1) - why.prediction).max() < 1e-12


def test_effects(fitted: Classifier) -> None:
    found = fitted.effect(TEST, "age")
    assert list(found) == ["value", "effect"]
    assert found["effect"].iloc[-1] > found["effect"].iloc[0]
    with pytest.raises(ConfigError, match="got 'level': category"):
        fitted.effect(TEST, "level")


def test_selectors_find_importances(fitted: Classifier) -> None:
    found = fitted.feature_importances_
    assert found.shape == (fitted.n_features_in_,)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0
    assert fitted.feature_importances_ is found  # made once
    known = dict(zip(FEATURES, found, strict=True))
    assert known["same"] == 0
    assert known["noise"] < min(known["age"] + known["months"], known["level"])
    chosen = SelectFromModel(fitted, prefit=True, threshold=0.05)
    assert "level" in TRAIN[FEATURES].columns[chosen.get_support()]


def test_importances_travel_once_they_are_made(fitted: Classifier) -> None:
    found = fitted.feature_importances_
    assert np.array_equal(pickle.loads(pickle.dumps(fitted)).feature_importances_, found)
    fresh = Classifier(**SETTINGS).fit(TRAIN[FEATURES], TRAIN["rich"])
    travelled = pickle.loads(pickle.dumps(fresh))
    assert not hasattr(travelled, "feature_importances_")
    assert hasattr(fresh, "feature_importances_")


def test_ignored_columns_and_bare_arrays_have_importances() -> None:
    ignoring = Classifier(**SETTINGS, columns={"age": "ignore"})
    ignoring.fit(TRAIN[FEATURES], TRAIN["rich"])
    assert ignoring.feature_importances_.shape == (ignoring.n_features_in_,)
    X = TRAIN[["noise", "age"]].to_numpy()
    bare = Classifier(**SETTINGS).fit(X, TRAIN["rich"])
    assert bare.feature_importances_.argmax() == 1


def test_an_importance_of_nothing_is_0() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 2, 60)
    found = Classifier(trials=1, models=["additive"], cv=FEW).fit(X, y).feature_importances_
    assert found.shape == (2,)
    assert found.sum() in (0.0, pytest.approx(1.0))


def test_noise_ranks_last() -> None:
    """A planted column of noise, in each of several draws."""
    last = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(400, 3))
        y = X[:, 0] + 0.7 * X[:, 1] + rng.normal(0, 0.3, 400)
        model = Regressor(trials=1, models=["additive"], cv=FEW).fit(X[:300], y[:300])
        last += model.importance(X[300:], y[300:])["column"].iloc[-1] == "x2"
    assert last == 6


def test_predictions_do_not_know_of_it(folder: Path) -> None:
    kept, plain = (pliant.load(folder / f"{name}.pliant") for name in ("with", "without"))
    assert isinstance(kept, Model)
    assert np.array_equal(kept.predict_proba(TEST), plain.predict_proba(TEST))
    assert kept.size < plain.size + 1_000


@pytest.mark.slow
def test_a_model_within_limits_is_explained_too() -> None:
    """It may be a student, whose schema has fewer edges than that of the fit."""
    limits = pliant.Limits(size="6kB")
    settings = {**SETTINGS, "trials": 2, "models": ["lightgbm", "additive"], "limits": limits}
    small = Classifier(**settings).fit(TRAIN[FEATURES], TRAIN["rich"])
    rows = TEST[FEATURES].iloc[:3]
    why = small.explain(rows)
    assert np.abs(why.base + why.values.sum(axis=1) - why.prediction).max() < 1e-12
    given = small.explain(rows, TRAIN[FEATURES])
    assert why.base == pytest.approx(given.base, abs=1e-12)  # the same rows are drawn
    assert small.feature_importances_.sum() == pytest.approx(1)
