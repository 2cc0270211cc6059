"""A model with all that can be done with it: what `pliant.load` returns."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, r2_score, roc_auc_score

import pliant
from few_folds import FEW
from pliant import Classifier, ConfigError, DataError, FitError, Model, Regressor, SaveError

N = 300


def people(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age, level = rng.integers(18, 80, N), rng.integers(0, 3, N)
    noise = rng.normal(0, 10, N)
    rich = np.where(age + 10 * level + noise > 60, "yes", "no")
    levels = np.array(["low", "mid", "high"])[level]
    return pd.DataFrame({"age": age, "level": levels, "w": rng.integers(1, 4, N), "rich": rich})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train.csv, test.csv, test.codes and the model m.pliant."""
    folder = tmp_path_factory.mktemp("model")
    people(0).to_csv(folder / "train.csv", index=False)
    people(1).to_csv(folder / "test.csv", index=False)
    pliant.pack(folder / "test.csv", target="rich", output=folder / "test.codes")
    settings: dict[str, Any] = {"trials": 2, "models": ["additive", "lightgbm"], "n_jobs": 1}
    fitted = Classifier(**settings, cv=FEW).fit(folder / "train.csv", "rich", "w")
    fitted.save(folder / "m.pliant")
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return pliant.load(folder / "m.pliant")


TEST = people(1)


def test_it_says_what_scikit_learn_asks(model: Model) -> None:
    assert model.classes_.tolist() == ["no", "yes"]
    assert model.feature_names_in_.tolist() == ["age", "level"]
    assert model.n_features_in_ == 2
    assert repr(model) == f"<Model of 'rich': binary, roc_auc {model.card.score}>"


def test_a_regression_has_no_classes() -> None:
    model = Regressor(trials=1, models=["additive"], cv=FEW).fit(TEST[["age"]], TEST["w"]).model_
    assert not hasattr(model, "classes_")
    with pytest.raises(ConfigError, match="to have probabilities"):
        model.predict_proba(TEST)


def test_files_are_predicted_as_tables_are(model: Model, folder: Path) -> None:
    p = model.predict_proba(TEST)
    path = folder / "test.csv"
    for data in (path, str(path), [path], str(folder / "tes?.csv"), pliant.data.open(path)):
        assert np.array_equal(model.predict_proba(data), p)
        assert model.predict(data).tolist() == model.predict(TEST).tolist()
    assert len(model.predict([path, path])) == 2 * N
    held = pliant.data.open(TEST, "rich")
    assert np.array_equal(model.predict_proba(held, threads=2), p)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("absent.csv", "there is no file"),
        ("test.codes", "is a store, which has codes in their place"),
        ("m.pliant", "expected a file that ends in"),
        (pd.DataFrame({"age": [1]}), "no column 'level'"),
        ({"years": 3}, "no column 'age'"),
    ],
    ids=lambda v: str(v)[:12],
)
def test_what_cannot_be_predicted_is_said(data: Any, said: str, model: Model, folder: Path) -> None:
    data = folder / data if isinstance(data, str) else data
    for method in (model.predict, model.predict_proba, model.profile):
        with pytest.raises(DataError, match=said):
            method(data)
    with pytest.raises(DataError, match=said):
        model.score(data, ["yes"])


def test_an_open_store_is_no_row(model: Model, folder: Path) -> None:
    with pytest.raises(DataError, match=r"test\.codes is a store"):
        model.predict(pliant.open_store(folder / "test.codes"))


def test_predictions_go_to_a_file(model: Model, folder: Path, tmp_path: Path) -> None:
    assert model.predict_to(tmp_path / "p.parquet", folder / "test.csv") == N
    found = pd.read_parquet(tmp_path / "p.parquet")
    assert list(found.columns) == ["rich", "p(no)", "p(yes)"]
    assert found["rich"].tolist() == model.predict(TEST).tolist()
    assert found["p(yes)"].tolist() == model.predict_proba(TEST)[:, 1].tolist()
    file = io.BytesIO()
    assert model.predict_to(file, TEST, proba=False) == N
    assert file.getvalue().decode().split() == ["rich", *model.predict(TEST)]
    with pytest.raises(ConfigError, match="expected a file that ends in"):
        model.predict_to(tmp_path / "p.xlsx", TEST)
    with pytest.raises(SaveError, match="expected to write"):
        model.predict_to(tmp_path / "absent" / "p.csv", TEST)


def test_scores_are_those_of_scikit_learn(model: Model, folder: Path) -> None:
    y, p = TEST["rich"], model.predict_proba(TEST)
    accuracy = (model.predict(TEST) == y).mean()
    for data in (TEST, folder / "test.csv", pliant.data.open(folder / "test.csv", "rich")):
        assert model.score(data) == pytest.approx(accuracy)
        auc = model.score(data, metric="roc_auc")
        assert auc == pytest.approx(roc_auc_score(y, p[:, 1]))
    assert model.score(TEST[["age", "level"]], y, "neg_log_loss") == pytest.approx(-log_loss(y, p))
    assert model.score(folder / "test.csv", y) == pytest.approx(accuracy)
    assert model.score(TEST.rename(columns={"rich": "r"}), "r") == pytest.approx(accuracy)
    assert model.score(TEST, np.where(y == "yes", "no", "yes")) == pytest.approx(1 - accuracy)
    assert model.score(TEST, ["never"] * N) == 0.0  # a label that it does not have is wrong


def test_weights_count_in_scores(model: Model, folder: Path) -> None:
    right = model.predict(TEST) == TEST["rich"]
    expected = np.average(right, weights=TEST["w"])
    assert model.score(TEST, sample_weight=TEST["w"]) == pytest.approx(expected)
    assert model.score(folder / "test.csv", sample_weight="w") == pytest.approx(expected)
    data = pliant.data.open(folder / "test.csv", weight="w")
    assert model.score(data) == pytest.approx(expected)
    assert model.evaluate(data)["accuracy"] == pytest.approx(expected)


def test_a_regression_is_scored_by_its_r2() -> None:
    fitted = Regressor(trials=1, models=["additive"], n_jobs=1, cv=FEW).fit(TEST, "age")
    expected = r2_score(TEST["age"], fitted.predict(TEST))
    assert fitted.model_.score(TEST) == fitted.score(TEST) == pytest.approx(expected)
    assert set(fitted.model_.evaluate(TEST)) == {
        "rows",
        "root_mean_squared_error",
        "mean_absolute_error",
        "r2",
    }


def test_evaluate_is_what_the_command_prints(model: Model, folder: Path) -> None:
    found = model.evaluate(folder / "test.csv")
    assert list(found) == ["rows", "roc_auc", "log_loss", "accuracy"]
    assert found["rows"] == N
    assert found["log_loss"] == -model.score(TEST, metric="log_loss")
    assert set(model.evaluate(TEST, metrics=["f1"])) == {"rows", "f1"}


@pytest.mark.parametrize(
    ("data", "options", "error", "said"),
    [
        (TEST, {"metric": "goodness"}, ConfigError, "scikit-learn scorer name, got 'goodness'"),
        (TEST[["age", "level"]], {}, DataError, "expected the target 'rich' to be a column"),
        (TEST, {"y": "poor"}, DataError, "expected the target 'poor' to be a column"),
        (TEST, {"y": ["yes"]}, DataError, "expected one value of y a row of X, got 1 values"),
        (TEST, {"y": [None] * N}, DataError, "expected a value in every row"),
        (TEST, {"y": ["?"] * N, "metric": "f1"}, DataError, "expected the labels 'no', 'yes'"),
        (TEST, {"sample_weight": "v"}, DataError, "there is no column 'v'"),
        (TEST, {"y": TEST[["age", "rich"]]}, DataError, "got a table of 2"),
    ],
)
def test_what_cannot_be_scored_is_said(
    data: Any, options: dict[str, Any], error: type[Exception], said: str, model: Model
) -> None:
    with pytest.raises(error, match=said):
        model.score(data, **options)


def test_it_describes_itself_as_plain_data(model: Model, folder: Path) -> None:
    said = model.describe()
    assert json.loads(json.dumps(said)) == said
    assert said["facts"]["bytes"] == (folder / "m.pliant").stat().st_size == model.size
    assert said["classes"] == ["no", "yes"]
    assert {row["model"] for row in said["leaderboard"]} >= {"additive default"}


def test_its_profile_is_measured(model: Model, folder: Path) -> None:
    for data in (None, TEST, folder / "test.csv"):
        found = model.profile(data, seconds=0.01)
        assert 0 < found.p50 <= found.p99
        assert found.size == model.size
    with pytest.raises(DataError, match="a table without any"):
        model.profile(TEST[:0])


def test_a_file_is_shrunk_by_the_rows_of_its_fit(model: Model, folder: Path) -> None:
    assert model.training_data().name == str(folder / "train.csv")
    small = model.optimize(max_loss="90%", budget="1s")
    assert [point["chosen"] for point in small.pareto_].count(True) == 1
    assert small.size <= model.size
    assert model.pareto_ == []
    other = model.optimize(
        pliant.data.open(TEST[["age", "level", "w"]], TEST["rich"], weight="w"),
        max_loss="90%",
        budget="1s",
    )
    assert np.isfinite(other.predict_proba(TEST)).all()


def test_what_cannot_be_shrunk_is_said(model: Model, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a limit: a latency, a size or a loss"):
        model.optimize()
    with pytest.raises(ConfigError, match="expected a duration"):
        model.optimize(max_size="1kB", budget="soon")
    with pytest.raises(FitError, match=r"expected a model within 0\.01 kB, but the nearest"):
        model.optimize(max_size="10B", budget="1s")
    with pytest.raises(DataError, match=r"test\.codes is a store"):
        model.optimize(folder / "test.codes", max_size="1MB")
    with pytest.raises(DataError, match="there is no file"):
        model.optimize(folder / "absent.csv", max_size="1MB")
    with pytest.raises(DataError, match="expected the target 'rich'"):
        model.optimize(TEST[["age", "level", "w"]], max_size="1MB")
    with pytest.raises(DataError, match="expected weight to name a column of a table"):
        model.optimize(pliant.data.open(TEST, weight=TEST["w"]), max_size="1MB")
    in_memory = Classifier(trials=1, models=["additive"], cv=FEW).fit(TEST[["age"]], TEST["rich"])
    in_memory.save(tmp_path / "m.pliant")
    with pytest.raises(DataError, match="name its rows as data"):
        pliant.load(tmp_path / "m.pliant").optimize(max_size="1MB")
    with pytest.raises(DataError, match="name its rows as data"):
        pliant.load(tmp_path / "m.pliant").training_data()


def test_exports_go_where_there_is_a_folder(model: Model, tmp_path: Path) -> None:
    done = model.export(tmp_path / "m.onnx")
    assert done.size == (tmp_path / "m.onnx").stat().st_size
    with pytest.raises(SaveError, match="expected to write"):
        model.export(tmp_path / "absent" / "m.onnx")
    with pytest.raises(ConfigError, match="expected to export to onnx, got 'pmml'"):
        model.export(tmp_path / "m.pmml", "pmml")
    with pytest.raises(SaveError, match="expected to write"):
        model.save(tmp_path / "absent" / "m.pliant")


def test_it_survives_pickle(model: Model) -> None:
    small = model.optimize(max_loss="90%", budget="1s")
    for whole in (model, small):
        copy = pickle.loads(pickle.dumps(whole))
        assert np.array_equal(copy.predict_proba(TEST), whole.predict_proba(TEST))
        assert copy.pareto_ == whole.pareto_
        assert copy.size == whole.size


def test_an_estimator_does_the_same_as_its_model(folder: Path, tmp_path: Path) -> None:
    few = {"trials": 1, "models": ["additive"], "n_jobs": 1, "cv": FEW}
    fitted = Classifier("2s", **few).fit(folder / "train.csv", "rich")
    assert fitted.score(TEST) == fitted.model_.score(TEST)
    assert fitted.export(tmp_path / "m.onnx").path == tmp_path / "m.onnx"
    fitted.save(tmp_path / "m.pliant")
    assert pliant.load(tmp_path / "m.pliant").describe() == fitted.model_.describe()
    copied = pickle.loads(pickle.dumps(fitted))
    copied.optimize(max_loss="90%")  # by the file that its card names
    assert copied.pareto_
