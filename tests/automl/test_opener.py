"""What estimators are fitted on: tables, columns by name, files, datasets and stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pliant
from few_folds import FEW
from pliant import Classifier, Regressor
from pliant.automl.fit import fit
from pliant.automl.opener import Opener
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import DataError
from pliant.training.context import FitContext
from pliant.training.fit_spec import FitSpec
from pliant.training.progress import Progress

QUICK: dict[str, Any] = {"trials": 1, "models": ["additive"], "n_jobs": 1}


def people(n: int = 120) -> dict[str, list[Any]]:
    rng = np.random.default_rng(0)
    age, level = rng.integers(18, 80, n), rng.integers(0, 3, n)
    return {
        "age": age.tolist(),
        "level": [["low", "mid", "high"][v] for v in level],
        "family": (np.arange(n) // 4).tolist(),
        "weight": rng.integers(1, 4, n).tolist(),
        "rich": (age + 10 * level > 60).tolist(),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    frame = pd.DataFrame(people())
    frame.to_csv(folder / "people.csv", index=False)
    frame[:60].to_parquet(folder / "part-1.parquet")
    frame[60:].to_parquet(folder / "part-2.parquet")
    pliant.pack(folder / "people.csv", target="rich", output=folder / "people.codes")
    return folder


@pytest.fixture(scope="module")
def by_columns() -> Classifier:
    """A classifier that was fitted as scikit-learn has it: X, y and arrays."""
    columns = people()
    y, groups, weight = (columns.pop(name) for name in ("rich", "family", "weight"))
    return Classifier(**QUICK, cv=FEW).fit(pd.DataFrame(columns), y, weight, groups=groups)


ROLES = {"sample_weight": "weight", "groups": "family"}


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, dict])
def test_the_target_may_be_a_column_of_the_table(kind: Any, by_columns: Classifier) -> None:
    model = Classifier(**QUICK, cv=FEW).fit(kind(people()), "rich", **ROLES)
    assert model.feature_names_in_.tolist() == ["age", "level", "family", "weight"]
    assert model.model_.feature_names_in_.tolist() == ["age", "level"]
    assert model.model_.card.target == "rich"
    assert model.classes_.dtype == bool
    X = pd.DataFrame(people())
    assert np.array_equal(model.predict_proba(X), by_columns.predict_proba(X))


@pytest.mark.parametrize(
    "places", ["people.csv", "part-*.parquet", ["part-1.parquet", "part-2.parquet"]]
)
def test_files_are_fitted(places: Any, folder: Path, by_columns: Classifier) -> None:
    named = folder / places if isinstance(places, str) else [str(folder / p) for p in places]
    model = Classifier(**QUICK, cv=FEW).fit(named, "rich", **ROLES)
    X = pd.DataFrame(people())
    assert np.array_equal(model.predict_proba(X), by_columns.predict_proba(X))
    assert np.array_equal(model.predict_proba(named), by_columns.predict_proba(X))
    assert model.score(named) == by_columns.score(X, people()["rich"])
    assert model.classes_.dtype == (object if places == "people.csv" else bool)  # text is text
    assert model.n_features_in_ == 4
    assert model.model_.training_data().roles.groups == "family"


def test_a_dataset_is_fitted_alone(folder: Path, by_columns: Classifier) -> None:
    data = pliant.data.open(folder / "people.csv", "rich", weight="weight", groups="family")
    model = Classifier(**QUICK, cv=FEW).fit(data)
    p = by_columns.predict_proba(pd.DataFrame(people()))
    assert np.array_equal(model.predict_proba(data), p)
    held = pliant.data.open(people(), "rich", weight="weight", groups="family")
    again = Classifier(**QUICK, cv=FEW).fit(held)
    assert np.array_equal(again.predict_proba(held), model.predict_proba(data))
    with pytest.raises(DataError, match="expected nothing beside a store or a dataset"):
        Classifier(**QUICK, cv=FEW).fit(data, "rich")


def test_a_regression_of_a_file_needs_no_hint(folder: Path) -> None:
    model = Regressor(**QUICK, cv=FEW).fit(folder / "people.csv", "rich")
    assert model.model_.card.task == "regression"
    assert 0 < model.score(folder / "people.csv") <= 1


def test_what_columns_are_may_be_stated_in_both_places(folder: Path) -> None:
    data = pliant.data.open(folder / "people.csv", "rich", columns={"age": "category"})
    model = Classifier(**QUICK, columns={"age": "number", "level": "ignore"}, cv=FEW).fit(data)
    kinds = {c.name: c.kind for c in model.model_.schema.used}
    assert kinds == {"age": "category", "family": "number", "weight": "number"}


def test_files_that_memory_does_not_hold_are_packed_first(folder: Path, tmp_path: Path) -> None:
    heard: list[Progress] = []
    notes: list[str] = []
    data = pliant.data.open(folder / "people.csv", "rich", tell=notes.append)
    spec = FitSpec(
        Budget(None, 1), models=["additive"], resources=Resources(1, memory=1000), folds=FEW
    )
    watch = FitContext(Deadline(None), tell=heard.append)
    with Opener(spec, watch, tmp_path).opened(data) as found:
        assert len(list(tmp_path.iterdir())) == 1
        assert found.question is None
        assert list(found.names) == ["age", "level", "family", "weight"]
        model = fit(found.rows, FitSpec(Budget(None, 1), models=["additive"], folds=FEW)).model
    assert list(tmp_path.iterdir()) == []
    assert notes[0].startswith(f"packing {folder / 'people.csv'} into codes first: its table may")
    assert any("packing: coding, 120 rows" in str(p.running) for p in heard)
    assert model.card.target == "rich"


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        (
            "people.csv",
            "poor",
            r"expected the target 'poor' to be a column of .*people\.csv, which",
        ),
        (people(), "poor", "expected the target 'poor' to be a column of a table in memory, which"),
        (np.ones((9, 2)), "poor", "the table's columns have no names"),
        ("absent.csv", "rich", "there is no file"),
        ("people.csv", None, "requires y to be passed, but the target y is None"),
        (people(), None, "requires y to be passed, but the target y is None"),
        ("people.codes", "rich", "expected nothing"),
    ],
    ids=lambda v: type(v).__name__ if not isinstance(v, str) else v[:12],
)
def test_a_target_that_is_not_there(X: Any, y: Any, said: str, folder: Path) -> None:
    X = folder / X if isinstance(X, str) else X
    if str(X).endswith(".codes"):
        X = pliant.open_store(X)
    with pytest.raises(DataError, match=said):
        Classifier(**QUICK, cv=FEW).fit(X, y)


def test_values_beside_a_file_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match=r"target to name a column of .*people\.csv, got values"):
        Classifier(**QUICK, cv=FEW).fit(folder / "people.csv", people()["rich"])
    with pytest.raises(DataError, match=r"weight to name a column of .*people\.csv, got values"):
        Classifier(**QUICK, cv=FEW).fit(folder / "people.csv", "rich", people()["weight"])
