"""Splits: every row validates once, groups stay together, the future stays out of training."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.data.split import Split, make_splits
from pliant.data.table import Roles
from pliant.data.target import Target

FOLDS = st.sampled_from([1, 3, 5, 8])
SEEDS = st.integers(0, 50)
EXAMPLES = settings(max_examples=50, deadline=None)


def target_of(values: list[int]) -> Target:
    if len(set(values)) < 3:
        return Target("binary", np.array(values, dtype=np.int64), (0, 1))
    return Target("multiclass", np.array(values, dtype=np.int64), tuple(range(max(values) + 1)))


def splits_of(target: Target, roles: Roles, folds: int, seed: int = 0) -> list[Split]:
    return make_splits(target, roles, 1 / folds if folds > 1 else 0.2, folds, seed)


def assert_clean(splits: list[Split], n: int) -> None:
    for split in splits:
        assert len(split.train) > 0
        assert len(split.valid) > 0
        assert not set(split.train) & set(split.valid)
        for rows in (split.train, split.valid):
            assert (np.diff(rows) > 0).all()
            assert rows.min() >= 0
            assert rows.max() < n


@EXAMPLES
@given(st.lists(st.integers(0, 3), min_size=20, max_size=200), FOLDS, SEEDS)
def test_rows_validate_once_and_classes_are_spread(
    values: list[int], folds: int, seed: int
) -> None:
    target, n = target_of(values), len(values)
    splits = splits_of(target, Roles(), folds, seed)
    assert_clean(splits, n)
    assert len(splits) == folds
    if folds > 1:
        assert np.array_equal(np.sort(np.concatenate([s.valid for s in splits])), np.arange(n))
    for split in splits:
        assert len(split.train) + len(split.valid) == n
        for k in range(4):
            wanted = np.mean(target.values == k) * n * (1 / folds if folds > 1 else 0.2)
            assert abs((target.values[split.valid] == k).sum() - wanted) < 3


@EXAMPLES
@given(st.integers(20, 300), FOLDS, SEEDS)
def test_a_regression_validates_on_small_and_great_targets(n: int, folds: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=n)
    for split in splits_of(Target("regression", values), Roles(), folds, seed):
        rank = np.argsort(np.argsort(values))[split.valid] / n
        assert abs(rank.mean() - 0.5) < 3 / len(split.valid)


@EXAMPLES
@given(st.lists(st.integers(0, 12), min_size=20, max_size=200), FOLDS, SEEDS)
def test_a_group_is_on_one_side(groups: list[int], folds: int, seed: int) -> None:
    n, known = len(groups), np.array(groups, dtype=np.int64)
    target = Target("regression", np.arange(float(n)))
    splits = splits_of(target, Roles(groups=known), folds, seed)
    assert_clean(splits, n)
    assert bool(splits) == (len(set(groups)) > 1)
    for split in splits:
        assert not set(known[split.train]) & set(known[split.valid])
        assert len(split.train) + len(split.valid) == n
    validated = np.concatenate([np.empty(0, np.intp), *(s.valid for s in splits)])
    assert len(np.unique(validated)) == len(validated)


def test_two_equal_groups_are_enough_for_one_split() -> None:
    groups = np.repeat([0, 1], 50)
    splits = splits_of(Target("regression", np.arange(100.0)), Roles(groups=groups), 1)
    assert len(splits) == 1
    assert len(splits[0].valid) == 50


@EXAMPLES
@given(
    st.lists(st.integers(0, 30), min_size=20, max_size=150),
    st.one_of(st.none(), st.integers(2, 6)),
    FOLDS,
)
def test_training_is_strictly_before_validation(
    times: list[int], n_groups: int | None, folds: int
) -> None:
    time = np.array(times, dtype=np.int64)
    groups = None if n_groups is None else np.arange(len(time)) % n_groups
    target = Target("regression", np.arange(float(len(time))))
    splits = splits_of(target, Roles(groups=groups, time=time), folds)
    assert_clean(splits, len(time))
    for split in splits:
        assert time[split.train].max() < time[split.valid].min()
        if groups is not None:
            assert not set(groups[split.train]) & set(groups[split.valid])


def test_forward_splits_end_with_the_last_row_and_keep_half_to_train_on() -> None:
    time = np.random.default_rng(0).permutation(1000)
    target = Target("regression", np.arange(1000.0))
    splits = splits_of(target, Roles(time=time), 3)
    assert [len(s.valid) for s in splits] == [250, 250, 250]
    assert [len(s.train) for s in splits] == [250, 500, 750]
    assert time[splits[-1].valid].max() == 999


def test_one_time_for_all_rows_leaves_no_split() -> None:
    target = Target("regression", np.arange(50.0))
    assert splits_of(target, Roles(time=np.zeros(50)), 3) == []


def test_one_group_for_all_rows_leaves_no_split() -> None:
    target = Target("regression", np.arange(50.0))
    assert splits_of(target, Roles(groups=np.zeros(50, dtype=np.int64)), 3) == []


@pytest.mark.parametrize("groups", [None, np.arange(100) % 17])
def test_a_seed_says_which_rows(groups: np.ndarray | None) -> None:
    target, roles = Target("regression", np.arange(100.0)), Roles(groups=groups)
    first, same, other = (splits_of(target, roles, 5, seed)[0].valid for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
