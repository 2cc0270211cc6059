"""`pliant fit` and the estimators take a store, and pack what is too large for memory."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import pliant
from few_folds import FEW
from pliant.cli.app import app
from pliant.core.errors import ConfigError, DataError
from pliant.data.locate import locate
from pliant.ensemble.incremental.fits_in_memory import too_large


def table(n: int = 400) -> dict[str, list[object]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return {"x": x.tolist(), "c": ["abc"[i % 3] for i in range(n)], "y": (x > 0).tolist()}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> pliant.Store:
    path = tmp_path_factory.mktemp("stores") / "rows.codes"
    return pliant.pack(table(), target="y", output=path)


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    text = f"{type(result.exception).__name__}: {result.exception}" if result.exception else ""
    return result.exit_code, result.stdout, text + result.stderr


QUICK = ("--trials", 1, "--models", "additive", "--json")


def test_a_store_is_fitted_by_the_command(store: pliant.Store, tmp_path: Path) -> None:
    output = tmp_path / "model.pliant"
    code, said, _ = run("fit", store.path, "--target", "y", "--output", output, *QUICK)
    assert code == 0
    assert json.loads(said)["score"] > 0.95
    assert pliant.load(output).predict({"x": 2.0, "c": "a"})[0]


def test_a_store_is_fitted_by_an_estimator(store: pliant.Store) -> None:
    model = pliant.Classifier(trials=1, models=["additive"], cv=FEW).fit(store)
    assert model.classes_.tolist() == [False, True]
    assert model.feature_names_in_.tolist() == ["x", "c"]
    assert model.predict_proba({"x": [2.0], "c": ["a"]})[0, 1] > 0.5


def test_what_a_store_is_not_for_is_said(store: pliant.Store) -> None:
    code, _, said = run("fit", store.path, "--target", "x", *QUICK)
    assert code != 0
    assert "expected the target 'y', which" in said
    code, _, said = run("fit", store.path, "--target", "y", "--groups", "c", *QUICK)
    assert "expected no groups for a store" in said
    with pytest.raises(ConfigError, match="expected a store for regression"):
        pliant.Regressor(trials=1, cv=FEW).fit(store)
    with pytest.raises(DataError, match="expected nothing beside a store"):
        pliant.Classifier(trials=1, cv=FEW).fit(store, [0, 1])


def test_files_that_memory_does_not_hold_are_packed_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = table()
    text = "\n".join(",".join(map(str, row)) for row in zip(*rows.values(), strict=True))
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(f"x,c,y\n{text}\n")
    output = tmp_path / "m.pliant"
    monkeypatch.setattr("pliant.ensemble.incremental.fits_in_memory.available_memory", lambda: 1000)
    for data, reason in (
        (tmp_path / "a.csv", "may take"),
        (tmp_path / "*.csv", "of 2 files may take"),
    ):
        code, said, told = run("fit", data, "--target", "y", "--output", output, *QUICK)
        assert code == 0, told
        assert reason in told
        assert "into codes first" in told
        assert json.loads(said)["score"] > 0.95
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv", "m.pliant"]
    code, _, told = run("fit", tmp_path / "*.csv", "--target", "z", "--output", output, *QUICK)
    assert "'z'" in told
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.csv", "m.pliant"]


def test_how_large_a_table_is_counts_eight_bytes_a_value(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "zeros.parquet"
    parquet.write_table(pa.table({f"x{j}": np.zeros(10_000) for j in range(10)}), path)
    assert path.stat().st_size < 100_000
    assert too_large(locate(path), 10**9) == ""
    assert "may take 0.00 GB" in too_large(locate(path), 2_000_000)
