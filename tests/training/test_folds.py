"""How many folds: our policy by default, or a number."""

from __future__ import annotations

from typing import Any

import pytest

from pliant.core.errors import ConfigError
from pliant.training.folds import Folds


def test_what_a_user_writes_becomes_a_policy() -> None:
    assert Folds.of(None) == Folds()
    assert Folds.of(4) == Folds(fixed=4)
    own = Folds(((100, 5),), 0)
    assert Folds.of(own) is own
    assert [own.most(rows) for rows in (99, 100)] == [5, 2]


def test_few_rows_are_split_twice() -> None:
    policy = Folds(((1_000, 8),), 500)
    assert policy.repeats(499, 8) == 2
    assert policy.repeats(500, 8) == policy.repeats(499, 4) == 1
    assert Folds(((1_000, 8),), 500, fixed=8).repeats(100, 8) == 1


@pytest.mark.parametrize("cv", [1, 0, -3, 2.0, True, "5"])
def test_fewer_than_two_are_none(cv: Any) -> None:
    with pytest.raises(ConfigError, match="expected at least 2 folds, got"):
        Folds.of(cv)
