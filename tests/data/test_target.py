"""Targets: the task they pose, labels that come back as they came in, and what cannot be one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pliant.core.errors import ConfigError, DataError
from pliant.data.labels import labels_of
from pliant.data.target import Target, known_target, learn_target
from pliant.runtime.intake import column_from_values
from pliant.runtime.raw import NOT_A_TIME, Times


def learned(values: Any, task: Any = None) -> Target:
    return learn_target("y", labels_of(values), task)


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([1, 0, 1, 1], "binary", (0, 1)),
        ([5, 3, 5], "binary", (3, 5)),
        ([0.5, 1.5, 0.5], "binary", (0.5, 1.5)),
        (["no", "yes", "no"], "binary", ("no", "yes")),
        (["b", "c", "a", "b"], "multiclass", ("a", "b", "c")),
        ([0, 1, 2] * 10, "multiclass", (0, 1, 2)),
        ([0.0, 1.0, 2.0] * 10, "multiclass", (0.0, 1.0, 2.0)),
        ([0, 1, 2], "regression", ()),
        (list(range(31)) * 20, "regression", ()),
        ([0.1, 0.2, 0.3] * 20, "regression", ()),
    ],
)
def test_the_task_is_told_by_the_values(values: Any, task: str, classes: tuple[Any, ...]) -> None:
    target = learned(values)
    assert target.task == task
    assert target.classes == classes
    assert [type(c) for c in target.classes] == [type(c) for c in classes]
    back = [target.classes[int(v)] for v in target.values] if classes else target.values.tolist()
    assert back == values


def test_booleans_come_back_as_booleans() -> None:
    target = learned([True, False, True])
    assert target.classes == (False, True)
    assert [type(c) for c in target.classes] == [bool, bool]
    assert target.values.tolist() == [1, 0, 1]


def test_a_stated_task_wins() -> None:
    assert learned([0, 1, 2] * 10, "regression").values.dtype == np.float64
    assert learned([0.5, 2.5, 7.0] * 3, "multiclass").classes == (0.5, 2.5, 7.0)
    assert learned([0, 1, 0, 1], "multiclass").task == "binary"


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([1.0, None, 2.0], None, "1 of 3 are missing .* the first in row 1"),
        (["a", "b", None], None, "missing"),
        ([1.0, np.inf, 2.0], None, "got inf in row 1"),
        ([1, 1, 1], None, "at least 2 classes"),
        (["a", "a"], None, "one class"),
        ([2.0, 2.0], "regression", "every value of 'y' is 2"),
        (["a", "b", "a"], "regression", "got text such as 'a'"),
        ([1, 2, 3], "binary", "expected 2 classes in the target 'y', got 3"),
        ([f"u{i}" for i in range(50)], None, "identifier"),
    ],
)
def test_what_cannot_be_a_target_is_refused(values: Any, task: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        learned(values, task)


def test_many_times_are_no_target() -> None:
    with pytest.raises(DataError, match="got times"):
        learn_target("y", Times(np.arange(50)), None)
    with pytest.raises(DataError, match="1 of 2 are missing"):
        learn_target("y", Times(np.array([1, NOT_A_TIME], dtype=np.int64)), None)


def test_too_many_classes_are_refused() -> None:
    with pytest.raises(DataError, match="at most 1000 classes"):
        learned([f"c{i}" for i in range(1001)] * 3)


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(ConfigError, match="ranking"):
        learned([0, 1], "ranking")


@pytest.mark.parametrize(
    ("values", "classes", "numbers"),
    [
        ([3, 5, 3], (3, 5), [0, 1, 0]),
        ([3.0, 5.0], (3, 5), [0, 1]),
        (["3", "5"], (3, 5), [0, 1]),
        ([3, 5], (3.0, 5.0), [0, 1]),
        ([3, 5], ("3", "5"), [0, 1]),
        ([True, False], (False, True), [1, 0]),
        ([1, 0], (False, True), [1, 0]),
        (["True", "False"], (False, True), [1, 0]),
        (["b", "b"], ("a", "b"), [1, 1]),
    ],
)
def test_labels_to_score_are_known_however_they_are_written(
    values: Any, classes: tuple[Any, ...], numbers: list[int]
) -> None:
    target = known_target("y", column_from_values(values), "binary", classes)
    assert target.values.tolist() == numbers


def test_an_unknown_label_to_score_is_refused() -> None:
    with pytest.raises(DataError, match="got 'c' in row 1"):
        known_target("y", column_from_values(["a", "c"]), "binary", ("a", "b"))


def test_numbers_to_score_stay_numbers() -> None:
    target = known_target("y", column_from_values([1.5, 2.5]), "regression", ())
    assert target.values.tolist() == [1.5, 2.5]
