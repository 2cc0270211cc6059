"""Soft labels: rows that weigh what they did, classes that weigh what they are probable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.models.base import Part
from pliant.optimise.labels import LEAST_CHANCE, joined, soft_labels
from pliant.table.target import Target, Task


def rows(task: Task, seed: int, n: int = 30) -> tuple[Part, np.ndarray]:
    """Return weighted rows whose feature is their number, and a teacher's predictions."""
    rng = np.random.default_rng(seed)
    X = np.arange(n, dtype=np.uint8)[:, None]
    if task == "regression":
        return Part(X, Target(task, rng.normal(size=n)), rng.random(n)), rng.normal(size=(n, 1))
    k = 2 if task == "binary" else 5
    target = Target(task, rng.integers(0, k, n), tuple(range(k)))
    chance = rng.dirichlet(np.full(k, 0.3), n)
    return Part(X, target, rng.random(n)), chance[:, 1:] if k == 2 else chance


@given(st.integers(0, 1000), st.sampled_from(["binary", "multiclass"]))
def test_the_weights_of_a_row_sum_to_its_weight(seed: int, task: Task) -> None:
    part, teacher = rows(task, seed)
    soft = soft_labels(part, teacher)
    assert soft.weight is not None
    sums = np.bincount(soft.X[:, 0], soft.weight, len(part))
    np.testing.assert_allclose(sums, part.weights, rtol=1e-12)
    assert (soft.weight > 0).all()
    assert soft.X.flags.c_contiguous


@given(st.integers(0, 1000))
def test_classes_weigh_what_they_are_probable(seed: int) -> None:
    part, teacher = rows("multiclass", seed)
    soft = soft_labels(part, teacher)
    found = np.zeros_like(teacher)
    found[soft.X[:, 0], soft.target.values.astype(int)] = soft.weights / part.weights[soft.X[:, 0]]
    assert np.abs(found - teacher).max() < 5 * LEAST_CHANCE


def test_a_number_is_the_teachers() -> None:
    part, teacher = rows("regression", 0)
    soft = soft_labels(part, teacher)
    assert np.array_equal(soft.target.values, teacher[:, 0])
    assert soft.weight is part.weight


@pytest.mark.parametrize("weighted", [True, False])
def test_parts_are_joined_row_by_row(weighted: bool) -> None:
    part, _ = rows("binary", 1)
    other = part if weighted else replace(part, weight=None)
    both = joined([other, part])
    assert len(both) == 2 * len(part)
    assert np.array_equal(both.weights[: len(part)], other.weights)
    assert np.array_equal(both.target.values[len(part) :], part.target.values)
    assert np.array_equal(joined([other]).weights, other.weights)
