"""Intervals as data: what they say of a row, what they cannot tell, and how files hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from few_folds import FEW
from pliant import artifact
from pliant.artifact.file import format_of
from pliant.core.errors import ConfigError, ModelFileError
from pliant.runtime.intervals import Intervals
from pliant.runtime.model import Predictor

LEVELS = np.array([0.05, 0.5, 0.95])
VALUES = np.array([-1.0, 0.1, 3.0])
RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (300, 2))
Y = X[:, 0] + (0.1 + np.abs(X[:, 1])) * RNG.normal(size=300)


@pytest.fixture(scope="module")
def model() -> Predictor:
    fit = pliant.Regressor(trials=1, models=["additive"], cv=FEW, intervals=True)
    return fit.fit(X, Y).model_.predictor


def test_quantiles_lie_between_those_that_are_known() -> None:
    intervals = Intervals((), LEVELS, VALUES)
    assert intervals.offsets(np.array([0.05, 0.275, 0.95])) == pytest.approx([-1, -0.45, 3])
    assert intervals.around(0.9).tolist() == intervals.around(0.9).tolist() == [-1.0, 3.0]


@pytest.mark.parametrize("coverage", [0, 1, 1.5, float("nan"), "wide", None])
def test_a_coverage_lies_between_0_and_1(coverage: Any) -> None:
    with pytest.raises(ConfigError, match="expected a coverage between 0 and 1"):
        Intervals((), LEVELS, VALUES).around(coverage)


def test_what_the_rows_cannot_tell_is_said(model: Predictor) -> None:
    with pytest.raises(ConfigError, match=r"at most 0.9, .* got 0.95"):
        Intervals((), LEVELS, VALUES).around(0.95)
    with pytest.raises(ConfigError, match=r"quantiles from 0.003\d* to 0.99\d*, .* got 0.001"):
        model.quantiles(X, [0.5, 0.001])
    for at in ([0.5, 1.0], ["low"], 0.5):
        with pytest.raises(ConfigError, match="expected quantiles"):
            model.quantiles(X, at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("levels", "values"),
    [
        (LEVELS, VALUES[::-1]),
        (LEVELS[::-1], VALUES),
        (LEVELS, VALUES[:2]),
        (LEVELS, np.array([-1.0, np.nan, 1.0])),
        (np.array([0.0, 0.5, 0.9]), VALUES),
        (LEVELS[:1], VALUES[:1]),
    ],
)
def test_quantiles_that_cannot_be_are_refused(levels: Any, values: Any) -> None:
    with pytest.raises(ConfigError, match="expected quantiles that ascend"):
        Intervals((), levels, values)


def test_a_row_alone_has_the_interval_that_it_has_among_others(model: Predictor) -> None:
    frame = {"x0": X[:, 0], "x1": X[:, 1]}
    together = model.interval(frame, 0.9)
    alone = [model.interval({"x0": a, "x1": b}, 0.9)[0] for a, b in X[:20].tolist()]
    assert np.array_equal(together[:20], alone)
    assert np.array_equal(model.interval(X, 0.9), together)
    assert np.array_equal(model.interval(X, 0.9, threads=2), together)
    assert np.allclose(model.quantiles(X, [0.05, 0.95]), together, rtol=1e-12)
    assert (together[:, 0] < together[:, 1]).all()


def test_the_file_holds_them_and_is_as_small_without(model: Predictor, tmp_path: Path) -> None:
    artifact.save(model, tmp_path / "m.pliant")
    loaded = artifact.load(tmp_path / "m.pliant")
    assert np.array_equal(loaded.interval(X, 0.9), model.interval(X, 0.9))
    plain = pliant.Regressor(trials=1, models=["additive"], cv=FEW).fit(X, Y).model_
    assert format_of(model) == 4
    assert format_of(plain.predictor) == 3
    assert np.array_equal(plain.predict(X), loaded.predict(X))
    assert artifact.size_of(model) - plain.size < 4_000
    with pytest.raises(ConfigError, match="this model has none: fit with intervals=True"):
        plain.predict_interval(X)


def test_a_damaged_one_in_a_file_is_refused(model: Predictor, tmp_path: Path) -> None:
    assert model.intervals is not None
    broken = model.bounded(model.intervals)
    broken.intervals = Intervals(model.intervals.ops[1:], LEVELS, VALUES)
    artifact.save(broken, tmp_path / "m.pliant")
    with pytest.raises(ModelFileError, match="does not hold together"):
        artifact.load(tmp_path / "m.pliant")
