"""Greedy weights: they sum to one, never lose to the best alone, and leave the useless out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.data.target import Target
from pliant.ensemble.greedy import greedy_weights, most_candidates
from pliant.metrics import LOSS, metric_of


def noisy(rng: Any, truth: Any, noise: float) -> Any:
    return (truth + rng.normal(0, noise, len(truth)))[:, None]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.05, 3.0), min_size=1, max_size=12), st.integers(0, 99))
def test_weights_sum_to_one_and_do_not_lose(noises: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=200)
    predictions = [noisy(rng, truth, noise) for noise in noises]
    target, metric = Target("regression", truth), metric_of(None, "regression")
    weights = greedy_weights(predictions, target, None, metric, 0)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0)
    assert (weights > 0).sum() <= most_candidates(200)
    mixed = np.sum([w * p for w, p in zip(weights, predictions, strict=True)], axis=0)
    best = max(metric(target, p, None) for p in predictions)
    assert metric(target, mixed, None) >= best - 1e-9


def test_independent_errors_are_averaged() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=2_000)
    predictions = [noisy(rng, truth, 1.0) for _ in range(4)]
    target, metric = Target("regression", truth), metric_of(None, "regression")
    weights = greedy_weights(predictions, target, None, metric, 0)
    assert weights.min() > 0.15


def test_a_copy_is_no_second_member() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    one = noisy(rng, truth, 0.3)
    target, metric = Target("regression", truth), metric_of(None, "regression")
    weights = greedy_weights([one, one.copy(), one.copy()], target, None, metric, 0)
    assert (weights > 0).sum() == 1


def test_who_must_gain_more_is_the_best_alone_or_left_out() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=500)
    better, worse = noisy(rng, truth, 0.3), noisy(rng, truth, 0.4)
    target, metric = Target("regression", truth), metric_of(None, "regression")

    def members(gains: list[float]) -> list[bool]:
        found = greedy_weights([better, worse], target, None, metric, 0, gains)
        return [bool(weight > 0) for weight in found]

    assert members([2e-4, 2e-4]) == members([0.9, 0.01]) == [True, True]
    assert members([2e-4, 0.9]) == members([0.9, 0.9]) == [True, False]


def test_weighted_rows_decide() -> None:
    truth = np.array([0.0] * 50 + [1.0] * 50)
    low, high = np.zeros((100, 1)), np.ones((100, 1))
    target, metric = Target("regression", truth), metric_of(None, "regression")
    weight = np.array([1e-6] * 50 + [1.0] * 50)
    weights = greedy_weights([low, high], target, weight, metric, 0)
    assert weights.tolist() == [0.0, 1.0]


def test_more_rows_let_more_candidates_in() -> None:
    counts = [most_candidates(n) for n in (10, 100, 1_000, 10_000, 10**6)]
    assert counts == sorted(counts)
    assert counts[0] >= 1
    assert counts[-1] == 40


def test_of_members_that_order_all_rows_well_the_chances_decide() -> None:
    """An AUC of 1 is all there is, near the base rate too: the ensemble is no worse in log loss."""
    rng = np.random.default_rng(0)
    truth = (rng.random(400) < 0.2).astype(np.int8)
    target, metric = Target("binary", truth, (0, 1)), metric_of(None, "binary")
    sides = np.where(truth == 1, 1.0, -1.0)[:, None]
    predictions = [0.2 + 0.01 * sides * rng.uniform(0.5, 1.5, (400, 1)) for _ in range(3)]
    predictions += [1 / (1 + np.exp(-sides * rng.uniform(2, 6, (400, 1)))) for _ in range(2)]
    assert {metric(target, p, None) for p in predictions} == {1.0}
    loss = LOSS["binary"]
    weights = greedy_weights(predictions, target, None, metric, 0)
    mixed = np.sum([w * p for w, p in zip(weights, predictions, strict=True)], axis=0)
    assert loss(target, mixed, None) >= max(loss(target, p, None) for p in predictions)


def test_a_few_pairs_in_order_do_not_outweigh_chances() -> None:
    truth = np.repeat([0, 1], 2_000).astype(np.int8)
    target, metric = Target("binary", truth, (0, 1)), metric_of(None, "binary")
    flat = np.linspace(0.49, 0.51, 4_000)[:, None]
    sharp = np.where(truth == 1, 0.98, 0.02)[:, None] + np.linspace(-0.01, 0.01, 4_000)[:, None]
    sharp[1_999, 0], sharp[2_000, 0] = 0.51, 0.5
    assert metric(target, sharp, None) < metric(target, flat, None) == 1.0
    assert greedy_weights([flat, sharp], target, None, metric, 0).tolist() == [0.0, 1.0]
