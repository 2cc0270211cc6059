"""Which task whole numbers pose: classes, or counts that have an order."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.data.task import told_by_numbers


def is_count(values: np.ndarray) -> bool:
    found, counts = np.unique(values.astype(float), return_counts=True)
    return told_by_numbers(found, counts).task == "regression"


@pytest.mark.parametrize("n", [400, 3000, 20000])
def test_counts_are_told_from_classes(n: int) -> None:
    rng = np.random.default_rng(0)
    counts = [rng.poisson(mean, n) for mean in rng.uniform(4, 14, 60)]
    counts += [np.clip(np.round(10 + 4 * rng.normal(size=n)), 1, 29) for _ in range(60)]
    counts = [c for c in counts if len(np.unique(c)) > 10]
    assert np.mean([is_count(c) for c in counts]) > 0.95
    sizes = rng.integers(11, 31, 120)
    classes = [rng.choice(k, n, p=rng.dirichlet(np.ones(k))) for k in sizes]
    assert np.mean([is_count(c) for c in classes]) < 0.08
    assert not any(is_count(rng.integers(0, k, n)) for k in sizes)


def test_few_whole_numbers_are_classes_and_many_are_not() -> None:
    assert not is_count(np.repeat(np.arange(10), np.r_[1:6, 5:0:-1] * 9))
    assert is_count(np.repeat(np.arange(31), 40))
    assert is_count(np.arange(20.0))
    assert is_count(np.repeat([0.5, 1.0, 2.0], 40))
