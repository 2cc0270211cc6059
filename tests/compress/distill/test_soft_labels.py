"""Soft labels: rows that weigh what they did, classes that weigh what they are probable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.compress.distill.soft_labels import MIN_CHANCE, joined, soft_labels
from pliant.core.deadline import Deadline
from pliant.data.target import Target, Task
from pliant.features.block import Feature
from pliant.models.base import Allowance, Data, Part
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES


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


@given(st.integers(0, 1000))
def test_the_weights_of_a_row_sum_to_its_weight(seed: int) -> None:
    part, teacher = rows("multiclass", seed)
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
    assert np.abs(found - teacher).max() < 5 * MIN_CHANCE


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_a_number_is_the_teachers(task: Task) -> None:
    part, teacher = rows(task, 0)
    soft = soft_labels(part, teacher)
    assert np.array_equal(soft.target.values, teacher[:, 0])
    assert soft.weight is part.weight
    assert soft.target.of_chances == (task == "binary")
    assert not part.target.of_chances


@pytest.mark.parametrize("weighted", [True, False])
def test_parts_are_joined_row_by_row(weighted: bool) -> None:
    part, _ = rows("binary", 1)
    other = part if weighted else replace(part, weight=None)
    both = joined([other, part])
    assert len(both) == 2 * len(part)
    assert np.array_equal(both.weights[: len(part)], other.weights)
    assert np.array_equal(both.target.values[len(part) :], part.target.values)
    assert np.array_equal(joined([other]).weights, other.weights)


@pytest.mark.parametrize("name", ["additive", "catboost", "lightgbm"])
def test_chances_teach_what_rows_of_both_classes_do(name: str) -> None:
    rng, family = np.random.default_rng(0), FAMILIES[name]
    X = rng.integers(1, 40, (600, 3)).astype(np.uint8)
    chance = 1 / (1 + np.exp(-(X[:, 0].astype(float) - 20) / 4))
    hard = Target("binary", np.zeros(600, np.uint8), (0, 1))
    soft = soft_labels(Part(X, hard, None), chance[:, None])
    both = replace(hard, values=np.repeat([0, 1], 600).astype(np.uint8))
    doubled = Part(np.tile(X, (2, 1)), both, np.concatenate([1 - chance, chance]))
    features = tuple(Feature(f"x{j}", "number", 41) for j in range(3))
    config = default_config(family)
    said = []
    for part in (soft, doubled):
        data = Data(part, None, features)
        fitted = family.fit(data, config, Allowance(Deadline(None), rounds=60))
        said.append(fitted.predict(X)[:, 0])
        assert np.abs(said[-1] - chance).mean() < 0.05
    assert np.abs(said[0] - said[1]).mean() < 0.02
