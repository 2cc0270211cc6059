"""Parzen estimators: they are densities, and draw what they say is likely."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pliant.models.space import Choice, Float, Int
from pliant.search.axes import Axes
from pliant.search.parzen import LATEST, ParzenEstimator, _weights

NUMBERS = Axes({"x": Float(0, 1), "y": Float(1, 10, log=True)})
MIXED = Axes({"x": Float(0, 1), "c": Choice("p", "q", "r"), "d": Choice(True, False)})


def estimated(axes: Axes, points: np.ndarray) -> ParzenEstimator:
    return ParzenEstimator(axes, points, axes.rooms(points))


def test_it_is_a_density() -> None:
    points = np.random.default_rng(0).random((30, 2)) ** 2
    middles = (np.arange(400) + 0.5) / 400
    grid = np.array(list(itertools.product(middles, middles)))
    density = np.exp(estimated(NUMBERS, points).log_density(grid))
    # normal kernels, up to the root of two pi on each axis
    assert density.mean() == pytest.approx(2 * np.pi, rel=0.01)


def test_it_draws_what_it_says_is_likely() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.random((40, 3))
    points = np.column_stack(
        [0.2 + 0.1 * drawn[:, 0], drawn[:, 1] < 0.8, np.zeros(40)]  # mostly "q" and True
    )
    estimator = estimated(MIXED, points)
    samples = estimator.sample(rng, 4000)
    middles = (np.arange(200) + 0.5) / 200
    grid = np.array(list(itertools.product(middles, range(3), range(2))))
    density = np.exp(estimator.log_density(grid))
    density /= density.sum()
    for c, d in itertools.product(range(3), range(2)):
        said = density[(grid[:, 1] == c) & (grid[:, 2] == d)].sum()
        found = np.mean((samples[:, 1] == c) & (samples[:, 2] == d))
        assert found == pytest.approx(said, abs=0.03)
    said = density[grid[:, 0] < 0.3].sum()
    assert np.mean(samples[:, 0] < 0.3) == pytest.approx(said, abs=0.03)
    assert ((samples[:, 0] >= 0) & (samples[:, 0] <= 1)).all()


def test_without_points_everything_is_about_as_likely() -> None:
    estimator = estimated(MIXED, np.empty((0, 3)))
    corners = np.array([[0.0, 0, 0], [0.5, 2, 1], [1.0, 1, 0]])
    assert np.ptp(estimator.log_density(corners)) < 0.2
    assert len(np.unique(estimator.sample(np.random.default_rng(0), 200)[:, 1])) == 3


def test_whole_numbers_are_drawn_and_known_in_their_middle() -> None:
    axes = Axes({"n": Int(1, 8)})
    points = np.repeat(axes.point({"n": 3})[None], 50, axis=0)
    estimator = estimated(axes, points)
    samples = estimator.sample(np.random.default_rng(0), 200)
    assert {axes.values(s)["n"] for s in samples} <= set(range(1, 9))
    likely = [estimator.log_density(axes.point({"n": n})[None])[0] for n in range(1, 9)]
    assert int(np.argmax(likely)) + 1 == 3


def test_the_latest_count_in_full() -> None:
    weights = _weights(100)
    assert weights[:2] == pytest.approx([0.01, 0.01 + 0.99 / (100 - LATEST - 1)])
    assert (weights[-LATEST:] == 1).all()
    assert (_weights(LATEST) == 1).all()
