"""The plan: more rows and less time mean fewer folds; every known family is tried."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.core.config import Budget
from pliant.features.block import View
from pliant.models.base import Shape
from pliant.models.registry import FAMILIES
from pliant.search.plan import make_plan, portfolio
from pliant.training.folds import Folds

ROWS = st.integers(5, 10**7)
SECONDS = st.floats(0.5, 3600)

SHAPE = Shape(5_000, 20, 1, 2, ("crossed", "arithmetic"))


@given(ROWS, st.integers(1, 2000), SECONDS, st.integers(1, 16))
def test_a_plan_is_possible(rows: int, features: int, seconds: float, threads: int) -> None:
    plan = make_plan(Shape(rows, features, 1, threads), Budget(seconds), list(FAMILIES))
    assert 1 <= plan.folds <= 8
    assert 0 < plan.share <= 0.5
    assert plan.folds * plan.share <= 1 + 1e-9
    assert plan.repeats in (1, 2)
    assert plan.candidates


@given(ROWS, SECONDS)
def test_more_time_is_never_fewer_folds(rows: int, seconds: float) -> None:
    shape = Shape(rows, 20, 1, 2)
    few = make_plan(shape, Budget(seconds), list(FAMILIES))
    many = make_plan(shape, Budget(10 * seconds), list(FAMILIES))
    assert many.folds >= few.folds


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("budget", [Budget(60.0), Budget(None, 5)])
@pytest.mark.parametrize(("rows", "folds"), [(1_999, 8), (9_999, 6), (19_999, 4), (20_000, 2)])
def test_fewer_folds_of_more_rows(threads: int, budget: Budget, rows: int, folds: int) -> None:
    assert make_plan(Shape(rows, 5, 1, threads), budget, list(FAMILIES)).folds == folds


def test_threads_do_not_change_a_plan_of_trials() -> None:
    plans = [
        make_plan(Shape(5_000, 20, 1, threads), Budget(None, 10), list(FAMILIES))
        for threads in (1, 2, 16)
    ]
    assert plans[0] == plans[1] == plans[2]


def test_families_rank_their_own_defaults() -> None:
    """The order that `make bench` has measured, by expected gain a second."""
    names = [c.name for c in portfolio(list(FAMILIES), SHAPE)]
    assert names == [
        "additive default",
        "lightgbm tuned default",
        "catboost tuned default",
        "lightgbm narrow",
        "xgboost tuned default",
        "lightgbm narrow crossed",
        "lightgbm narrow arithmetic",
        "lightgbm deep",
        "lightgbm very deep",
        "neural default",
        "xgboost deep",
        "lightgbm shallow",
        "forest extra trees",
        "lightgbm extra random",
        "linear default",
        "catboost regularised",
        "catboost tuned default arithmetic",
        "neighbours default",
    ]


def test_with_many_classes_a_tree_a_class_comes_later() -> None:
    shape = replace(SHAPE, outputs=26, views=())
    families = [c.family for c in portfolio(list(FAMILIES), shape)]
    assert families[:2] == ["additive", "lightgbm"]
    assert families[2:6] == ["neural", "forest", "linear", "neighbours"]


@pytest.mark.parametrize("families", [["linear"], ["lightgbm", "neural"]])
def test_only_wanted_families_are_tried(families: list[str]) -> None:
    plan = make_plan(Shape(5_000, 20, 1, 2), Budget(60), families)
    assert {c.family for c in plan.candidates} == set(families)


def test_other_views_of_many_rows_need_time() -> None:
    def views(rows: int, seconds: float | None) -> set[View]:
        budget = Budget(seconds, None if seconds else 10)
        plan = make_plan(Shape(rows, 20, 1, 2, ("arithmetic",)), budget, list(FAMILIES))
        return {c.view for c in plan.candidates}

    assert views(250_000, 5.0) == {"plain"}
    assert views(250_000, 60.0) == views(5_000, 5.0) == views(10**7, None)
    assert views(250_000, 60.0) == {"plain", "arithmetic"}


@pytest.mark.parametrize(
    ("views", "wanted"),
    [((), set()), (("crossed",), {"lightgbm"}), (("arithmetic",), {"lightgbm", "catboost"})],
)
def test_other_views_are_tried_where_there_are_some(
    views: tuple[View, ...], wanted: set[str]
) -> None:
    plan = make_plan(Shape(5_000, 20, 1, 2, views), Budget(60), list(FAMILIES))
    assert {c.family for c in plan.candidates if c.view != "plain"} == wanted
    assert {c.view for c in plan.candidates} == {"plain", *views}


@pytest.mark.parametrize("budget", [Budget(0.5), Budget(60.0), Budget(None, 5)])
def test_a_number_of_folds_is_kept_to(budget: Budget) -> None:
    """Whatever the rows and the time are; each row validates once."""
    for rows, folds in ((100, 3), (500, 8), (1_000_000, 2)):
        plan = make_plan(Shape(rows, 5, 1, 2), budget, list(FAMILIES), Folds.of(folds))
        assert (plan.folds, plan.repeats, plan.share) == (folds, 1, 1 / folds)
