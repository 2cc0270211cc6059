"""Weights of classes: as scikit-learn counts them, with weights of rows and without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from pliant.core.errors import ConfigError
from pliant.data.class_weight import class_factors, parse_class_weight, weighed
from pliant.data.table import Roles
from pliant.data.target import Target
from pliant.testing import small_table

VALUES = np.array([0, 0, 1, 2, 2, 2, 2], dtype=np.uint8)
TARGET = Target("multiclass", VALUES, ("a", "b", "c"))


def test_balanced_is_that_of_scikit_learn() -> None:
    wanted = compute_class_weight("balanced", classes=np.arange(3), y=VALUES)
    assert class_factors("balanced", TARGET, None) == pytest.approx(wanted)


def test_balanced_counts_weights_of_rows() -> None:
    weight = np.arange(1.0, 8.0)
    factors = np.array(class_factors("balanced", TARGET, weight))
    sums = np.bincount(VALUES, weight * factors[VALUES])
    assert sums == pytest.approx(np.full(3, weight.sum() / 3))


def test_labels_are_known_however_they_are_written() -> None:
    target = Target("binary", VALUES[:3], (0, 1))
    assert class_factors(parse_class_weight("1=5"), target, None) == (1.0, 5.0)
    assert class_factors({np.int64(1): 5, 0.0: 2}, target, None) == (2.0, 5.0)


def test_rows_count_by_class_beside_their_own_weight() -> None:
    table = small_table(60)
    given = {0: 1.0, 1: 3.0}
    own = np.random.default_rng(0).uniform(0.5, 1.5, 60)
    wanted = compute_sample_weight(given, table.target.values)
    found = weighed(table, (1.0, 3.0)).roles
    assert found.weight == pytest.approx(wanted / wanted.mean())
    assert found.given == ()
    found = weighed(replace(table, roles=Roles(own)), (1.0, 3.0)).roles
    assert found.weight == pytest.approx(wanted * own / (wanted * own).mean())
    assert found.given == ("weight",)
    assert found.take(np.arange(3)).by_class == found.by_class


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("heavy", "'balanced' or a dict of weights, got 'heavy'"),
        (7, "'balanced' or a dict of weights, got 7"),
        ({"d": 2}, "labels of the target, 'a', 'b', 'c', got 'd'"),
        ({"a": 0}, "a class_weight above 0 for 'a', got 0"),
        ({"a": "x"}, "a class_weight above 0 for 'a', got 'x'"),
        ({"a": float("inf")}, "a class_weight above 0 for 'a', got inf"),
    ],
)
def test_weights_that_make_no_sense_are_said(given: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        class_factors(given, TARGET, None)


def test_a_regression_has_no_classes() -> None:
    with pytest.raises(ConfigError, match="for a classification"):
        class_factors("balanced", Target("regression", np.arange(5.0)), None)


@pytest.mark.parametrize("text", ["heavy", "a=b", "a=1,,b=2", "=", ""])
def test_an_option_that_cannot_be_understood_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="expected --class-weight balanced or LABEL=NUMBER"):
        parse_class_weight(text)
