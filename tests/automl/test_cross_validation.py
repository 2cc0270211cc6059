"""The splits of a tuning: what scikit-learn's `cv` may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import ShuffleSplit, TimeSeriesSplit

from pliant.automl.cross_validation import splits_of
from pliant.core.errors import ConfigError
from pliant.models.foreign import OwnRows
from pliant.training.folds import Folds

CLASSES = OwnRows.of(np.zeros((60, 1)), ["a", "b", "b"] * 20)
CLASSIFIER = LogisticRegression()


def sizes(cv: Any, estimator: Any = CLASSIFIER, rows: OwnRows = CLASSES) -> list[int]:
    return [len(split.valid) for split in splits_of(cv, estimator, rows, 0)]


@pytest.mark.parametrize(
    ("cv", "expected"),
    [
        (None, [12] * 5),
        (3, [20] * 3),
        (np.int64(3), [20] * 3),
        (Folds(fixed=4), [15] * 4),
        (Folds(), [8, 8, 8, 8, 7, 7, 7, 7]),
        (ShuffleSplit(2, test_size=0.1), [6, 6]),
        (TimeSeriesSplit(2), [20, 20]),
        ([(range(50), range(50, 60)), (np.arange(60) < 30, np.arange(60) >= 30)], [10, 30]),
    ],
)
def test_all_that_cv_may_be(cv: Any, expected: list[int]) -> None:
    assert sizes(cv) == expected


def test_classes_are_spread_evenly_and_each_row_validates_once() -> None:
    splits = splits_of(5, CLASSIFIER, CLASSES, 0)
    labels = np.array(CLASSES.y)
    assert [(labels[split.valid] == "a").sum() for split in splits] == [4] * 5
    assert sorted(np.concatenate([split.valid for split in splits])) == list(range(60))


def test_there_are_fewer_folds_where_a_class_is_rare() -> None:
    assert len(sizes(None, rows=OwnRows.of(np.zeros((20, 1)), [0, 0, 0] + [1] * 17))) == 3
    assert len(sizes(None, rows=OwnRows.of(np.zeros((20, 1)), [0] + [1] * 19))) == 5
    assert len(sizes(None, Ridge(), OwnRows.of(np.zeros((3, 1)), [0.0, 1.0, 2.0]))) == 3


def test_several_targets_are_not_stratified() -> None:
    assert sizes(None, Ridge(), OwnRows.of(np.zeros((20, 1)), np.zeros((20, 2)))) == [4] * 5


@pytest.mark.parametrize("cv", [1, 0, "five", 3.5, [(range(3),)], [], [([0, 1], [])], 70])
def test_what_cv_may_not_be(cv: Any) -> None:
    with pytest.raises(ConfigError, match=r"expected (cv to|at least 2 folds)"):
        splits_of(cv, CLASSIFIER, CLASSES, 0)
