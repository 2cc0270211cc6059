"""Permutation importance on codes."""

from __future__ import annotations

import numpy as np
import pytest
from small_models import frame, model

from pliant.core.errors import ConfigError
from pliant.data.target import Target
from pliant.explain.importance import Importance, ScoredRows, importances
from pliant.metrics import metric_of
from pliant.runtime.raw import Frame

MIXED = model("regression", "lightgbm", "additive")


def rows(metric: str = "neg_root_mean_squared_error") -> ScoredRows:
    """Return rows whose answers are what the model says, so that nothing is noise."""
    coded = MIXED.schema.encode(frame())
    target = Target("regression", MIXED.program(coded)[:, 0])
    return ScoredRows(coded, target, None, metric_of(metric, "regression"))


def by_name(found: list[Importance]) -> dict[str, Importance]:
    return {each.name: each for each in found}


def test_it_is_the_score_that_is_lost_where_raw_values_are_shuffled() -> None:
    found = by_name(importances(MIXED, rows(), repeats=3, seed=5))
    rng, scored = np.random.default_rng(5), rows()
    orders = [rng.permutation(len(scored.coded)) for _ in range(3)]
    lost = [
        -scored.score(MIXED.raw(Frame({**frame(), "when": frame()["when"].take(o)}, len(o))))
        for o in orders
    ]
    assert found["when"].mean == pytest.approx(np.mean(lost))
    assert found["when"].std_error == pytest.approx(np.std(lost, ddof=1) / np.sqrt(3))


def test_they_come_sorted_and_of_every_column() -> None:
    found = importances(MIXED, rows())
    assert [each.mean for each in found] == sorted((each.mean for each in found), reverse=True)
    assert {each.name for each in found} == set(frame())
    assert {found[0].name, found[1].name} == {"number", "when"}


def test_a_column_that_is_not_read_loses_nothing_at_all() -> None:
    few = model("binary", "lightgbm")
    coded = few.schema.encode(frame())
    target = Target("binary", (few.program(coded)[:, 0] > 0.5).astype(np.uint8), (False, True))
    scored = ScoredRows(coded, target, None, metric_of("neg_log_loss", "binary"))
    level = by_name(importances(few, scored))["level"]
    assert (level.mean, level.std_error) == (0.0, 0.0)


def test_a_group_is_shuffled_together() -> None:
    groups = {"told": ["number", "when"], "other": ["level", "words"]}
    together = by_name(importances(MIXED, rows(), groups=groups))
    alone = by_name(importances(MIXED, rows()))
    assert set(together) == {"told", "other", "noise"}
    assert together["told"].mean > max(alone["number"].mean, alone["when"].mean)


def test_weights_count() -> None:
    plain = rows()
    late = frame()["when"].microseconds > 1.73e15  # type: ignore[union-attr]
    weight = np.where(late, 1.0, 1e-9)
    weighed = ScoredRows(plain.coded, plain.target, weight, plain.metric)
    kept = np.flatnonzero(late)
    error = by_name(importances(MIXED, weighed))["number"].mean
    orders = np.random.default_rng(0)
    lost = []
    for _ in range(5):
        order = orders.permutation(len(late))
        shuffled = Frame({**frame(), "number": frame()["number"].take(order)}, len(late))
        lost.append(
            np.sqrt(((MIXED.raw(shuffled)[kept, 0] - plain.target.values[kept]) ** 2).mean())
        )
    assert error == pytest.approx(np.mean(lost), rel=1e-3)


@pytest.mark.parametrize(
    ("groups", "repeats", "said"),
    [
        ({"a": ["colour"]}, 5, "expected the group 'a' to have columns of the fit, got 'colour'"),
        ({"a": ["level"], "b": ["level"]}, 5, "got 'level' in 'a' and 'b'"),
        ({"noise": ["level"]}, 5, "a name of its own, got the column 'noise'"),
        ({}, 0, "expected at least 1 repeat, got 0"),
    ],
)
def test_what_makes_no_sense_is_said(groups: dict[str, list[str]], repeats: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        importances(MIXED, rows(), repeats, groups)


def test_one_repeat_has_no_error() -> None:
    assert {each.std_error for each in importances(MIXED, rows(), repeats=1)} == {0.0}
