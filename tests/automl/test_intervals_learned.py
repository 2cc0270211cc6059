"""Learned intervals: they cover what they say, adapt to rows, and cost little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pliant
from few_folds import FEW
from pliant.automl.intervals import _levels, _quantiles, learn_intervals
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError

RNG = np.random.default_rng(0)


def rows(n: int) -> tuple[Any, Any]:
    """Return rows whose noise is far larger at one end than at the other."""
    X = RNG.uniform(-1, 1, (n, 3))
    return X, np.sin(3 * X[:, 0]) + (0.1 + 0.45 * (X[:, 1] + 1)) * RNG.normal(size=n)


X, Y = rows(800)
NEW_X, NEW_Y = rows(4000)


def fitted(**parameters: Any) -> pliant.Regressor:
    fit = {"trials": 1, "models": ["additive"], "cv": FEW, "intervals": True, **parameters}
    return pliant.Regressor(**fit)


@pytest.fixture(scope="module")
def model() -> pliant.Regressor:
    return fitted().fit(X, Y)


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
def test_so_many_new_rows_lie_within(model: pliant.Regressor, coverage: float) -> None:
    low, high = model.predict_interval(NEW_X, coverage).T
    assert np.mean((low <= NEW_Y) & (high >= NEW_Y)) == pytest.approx(coverage, abs=0.03)


def test_so_many_new_rows_lie_below(model: pliant.Regressor) -> None:
    at = [0.1, 0.25, 0.5, 0.75, 0.9]
    below = (NEW_Y[:, None] < model.predict_quantiles(NEW_X, at)).mean(axis=0)
    assert below == pytest.approx(at, abs=0.07)


def test_they_are_wide_where_the_noise_is(model: pliant.Regressor) -> None:
    width = np.ptp(model.predict_interval(NEW_X), axis=1)
    quiet, loud = NEW_X[:, 1] < -0.8, NEW_X[:, 1] > 0.8
    assert width[loud].mean() > 1.5 * width[quiet].mean()
    facts = model.model_.card.facts["intervals"]
    assert 100 < facts["rows"] <= len(X)
    assert facts["width"] == pytest.approx(width.mean(), rel=0.1)


def test_predictions_stay_and_engines_agree(model: pliant.Regressor) -> None:
    plain = fitted(intervals=False).fit(X, Y)
    assert np.array_equal(plain.predict(NEW_X), model.predict(NEW_X))
    again = fitted(engine="serial").fit(X, Y)
    assert np.array_equal(again.predict_interval(NEW_X), model.predict_interval(NEW_X))


def test_weights_groups_and_text_are_no_obstacle() -> None:
    frame = {"a": X[:, 0], "level": np.where(X[:, 1] > 0, "loud", "quiet")}
    fit = fitted().fit(frame, Y, np.abs(X[:, 2]), groups=np.arange(800) // 4)
    width = np.ptp(fit.predict_interval({"a": [0.0, 0.0], "level": ["loud", "quiet"]}), axis=1)
    assert width[0] > 1.3 * width[1]


def test_when_time_is_up_the_spread_is_the_same_everywhere(model: pliant.Regressor) -> None:
    from pliant.training.engines.serial import SerialEngine

    assert model.model_._shrinking is not None
    found = model.model_._shrinking
    with SerialEngine() as engine:
        engine.start(found.builder.experiment)
        learned = learn_intervals(found.builder.experiment, found.selection, engine, Deadline(1e-9))
    assert learned.intervals.ops == ()
    width = np.ptp(learned.of(model.model_.predictor).interval(NEW_X, 0.9), axis=1)
    assert np.ptp(width) < 1e-9


def test_quantiles_are_those_of_one_row_more() -> None:
    values = np.arange(1.0, 20.0)  # 19 of them: the k-th is the quantile k / 20
    levels = np.array([0.05, 0.25, 0.75, 0.95])
    assert _quantiles(values, np.ones(19), levels).tolist() == [1.0, 5.0, 15.0, 19.0]
    doubled = _quantiles(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 2.0]), np.array([0.7]))
    assert doubled.tolist() == [3.0]


@pytest.mark.parametrize("n", [5, 50, 1_000, 100_000])
def test_levels_are_those_of_which_so_many_rows_tell(n: int) -> None:
    levels = _levels(n)
    assert (np.diff(levels) > 0).all()
    assert levels + levels[::-1] == pytest.approx(np.ones(len(levels)))
    assert levels[0] == pytest.approx(max(0.0005, 1 / (n + 1)))


def test_what_cannot_have_intervals_is_said() -> None:
    with pytest.raises(ConfigError, match="expected a regression to have intervals"):
        pliant.Classifier(trials=1, models=["additive"], intervals=True).fit(X, Y > 0)
    with pytest.raises(ConfigError, match="expected intervals or limits, got both"):
        fitted(limits=pliant.Limits(size="1MB")).fit(X, Y)
