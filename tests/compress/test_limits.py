"""Limits: what is written stays within them, and what cannot is said."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from few_folds import FEW
from pliant import Classifier, ConfigError, DataError, FitError, Limits, Regressor, load
from pliant import Model as FittedModel
from pliant.artifact.profile import Profile, measure
from pliant.compress import select
from pliant.runtime.intake import to_frame
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.runtime.synthetic import made_up, rows_of

SETTINGS = {"trials": 3, "models": ["additive", "linear", "neighbours"], "n_jobs": 1}


def table() -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(400, 6))
    return X, X[:, 0] + X[:, 1] * X[:, 2] + np.sin(3 * X[:, 3]) > 0


def mixed() -> tuple[object, np.ndarray]:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=300),
            "level": rng.choice(["a", "b", "c"], 300),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 999, 300), "D"),
            "text": [f"word{n} and {n * 7 % 13} more" for n in range(300)],
        }
    )
    frame.loc[::7, ["number", "level", "day"]] = None
    return frame, frame["number"].fillna(0).to_numpy() + (frame["level"] == "a")


def test_a_size_is_kept_and_smaller_is_worse(tmp_path: Path) -> None:
    X, y = table()
    free = Classifier(**SETTINGS, cv=FEW).fit(X, y)
    free.save(tmp_path / "free.pliant")
    whole = (tmp_path / "free.pliant").stat().st_size
    limits = Limits(size=whole // 2)
    small = Classifier(**SETTINGS, limits=limits, cv=FEW).fit(X, y)
    small.save(tmp_path / "small.pliant")
    assert (tmp_path / "small.pliant").stat().st_size <= whole // 2
    chosen = [point for point in small.pareto_ if point["chosen"]]
    assert [p["bytes"] for p in chosen] == [(tmp_path / "small.pliant").stat().st_size]
    assert chosen[0]["score"] == pytest.approx(small.model_.card.score, rel=1e-5)
    assert free.pareto_ == []
    assert f"{whole // 2 / 1e3:.3g} kB" in small.model_.card.facts["budget"]


def test_a_model_is_optimised_right_after_its_fit(tmp_path: Path) -> None:
    X, y = table()
    model = Classifier(**SETTINGS, cv=FEW).fit(X, y)
    model.save(tmp_path / "free.pliant")
    whole = (tmp_path / "free.pliant").stat().st_size
    ensemble = model.model_
    assert model.optimize(max_size=whole // 2, max_loss=0.5) is model
    model.save(tmp_path / "small.pliant")
    assert (tmp_path / "small.pliant").stat().st_size <= whole // 2
    assert model.predict_proba(X).shape == (400, 2)
    assert [p["model"] for p in model.pareto_].count(f"ensemble of {_members(ensemble)}") == 1
    assert len(model.leaderboard_) == 3
    model.optimize(max_size=whole)
    assert model.model_.card.score >= ensemble.card.score - 1e-6
    copied = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copied.predict(X), model.predict(X))
    assert len(pickle.dumps(model)) < 10 * whole
    with pytest.raises(DataError, match="it was fitted in memory"):
        copied.optimize(max_size=whole)


def _members(model: FittedModel) -> int:
    return sum(row["weight"] > 0 for row in model.card.leaderboard)


def test_a_latency_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model takes a microsecond an op here: the clock of a busy machine tells nothing."""

    def counted(model: Predictor, seconds: float, frame: Frame | None = None) -> Profile:
        return replace(measure(model, 0.0, frame), p50=1e-6 * len(model.program.ops))

    monkeypatch.setattr(select, "measure", counted)
    X, y = table()
    free = Regressor(**SETTINGS, cv=FEW).fit(X, y.astype(float))
    most = 0.8 * len(free.model_.predictor.program.ops)
    fast = Regressor(**SETTINGS, limits=Limits(latency=1e-6 * most), cv=FEW).fit(X, y.astype(float))
    assert len(fast.model_.predictor.program.ops) <= most


@pytest.mark.parametrize("limits", [Limits(size=100), Limits("1ns"), Limits("1ns", "100B")])
def test_limits_that_nothing_meets_are_said(limits: Limits) -> None:
    X, y = table()
    said = (
        rf"within {limits.described()}, but the nearest of \d+ takes [\d.]+ us a row and [\d.]+ kB"
    )
    with pytest.raises(FitError, match=said):
        Classifier(**SETTINGS, limits=limits, cv=FEW).fit(X, y)


@pytest.mark.parametrize("settings", [{"latency": "fast"}, {"size": "-1kB"}, {"latency": 0}])
def test_limits_that_make_no_sense_are_said(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="expected a"):
        Limits(**settings)


def test_figures_of_a_file(tmp_path: Path) -> None:
    frame, y = mixed()
    path = tmp_path / "m.pliant"
    Regressor(trials=1, models=["additive"], n_jobs=1, cv=FEW).fit(frame, y).save(path)
    for data in (None, to_frame(frame)):
        found = load(path).profile(data, seconds=0.05)
        assert 0 < found.p50 <= found.p99
        assert found.rows_per_second > 1 / found.p50
        assert found.size == path.stat().st_size


def test_rows_that_are_made_up_are_like_those_that_were_seen(tmp_path: Path) -> None:
    frame, y = mixed()
    model = Regressor(trials=1, models=["additive"], n_jobs=1, cv=FEW).fit(frame, y)
    schema = model.model_.schema
    assert {c.kind for c in schema.used} == {"number", "category", "time", "text"}
    rows = list(rows_of(made_up(schema, 50), 50))
    assert len({str(row) for row in rows}) == 50
    assert len(np.unique(model.model_.predictor.raw(rows))) > 10


def test_the_first_rows_as_a_service_gets_them(tmp_path: Path) -> None:
    frame, y = mixed()
    model = Regressor(trials=1, models=["additive"], n_jobs=1, cv=FEW).fit(frame, y)
    model.save(tmp_path / "m.pliant")
    rows = list(rows_of(to_frame(frame), 30))
    assert rows[0]["level"] is None
    one = np.concatenate([load(tmp_path / "m.pliant").predictor.raw(row) for row in rows])
    assert np.array_equal(one, model.model_.predictor.raw(frame)[:30])
