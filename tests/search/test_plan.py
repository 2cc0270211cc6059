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
from pliant.search.plan import Plan, make_plan, portfolio
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


PHOTOS = Shape(50_000, 10, 10, 2, ("grids",))
"""Small photos, seen plainly and as grids."""


def plan_of_photos(
    rows: int, seconds: float, beside: int = 0, folds: Folds | None = None
) -> tuple[list[str], Plan]:
    """Return the families in the order of a plan, and the plan."""
    shape, grids = replace(PHOTOS, rows=rows), Shape(rows, beside, 10, 1, grid_values=3072)
    plan = make_plan(shape, Budget(seconds), list(FAMILIES), folds, grids)
    return [candidate.family for candidate in plan.candidates], plan


@pytest.mark.parametrize("seconds", [60.0, 300.0, 900.0])
def test_where_seconds_are_few_one_net_gets_nearly_all_of_them(seconds: float) -> None:
    names, plan = plan_of_photos(50_000, seconds)
    assert names[0] == "conv_net"
    assert (plan.folds, plan.repeats, plan.members, plan.first_share) == (1, 1, 0, 1.0)
    assert plan.share == 0.05
    assert len(names) > 5


def test_other_columns_leave_a_net_less() -> None:
    _, plan = plan_of_photos(50_000, 60.0, beside=5)
    assert 0.5 < plan.first_share < 0.8


def test_a_net_comes_last_where_it_would_not_learn_in_time() -> None:
    names, plan = plan_of_photos(50_000, 10.0)
    assert (names[0], names[-1]) == ("additive", "conv_net")
    assert plan.members > 0


@pytest.mark.parametrize(("rows", "folds"), [(300, None), (50_000, Folds.of(3))])
def test_a_net_is_a_candidate_like_any_other(rows: int, folds: Folds | None) -> None:
    """Where it takes little of the time, or a user wants folds."""
    names, plan = plan_of_photos(rows, 600.0, folds=folds)
    assert names[:2] == ["additive", "conv_net"]
    assert plan.folds > 2
    assert plan.first_share < 0.1


def test_without_a_clock_nothing_depends_on_nets() -> None:
    grids = Shape(50_000, 0, 10, 1, grid_values=3072)
    plans = [make_plan(PHOTOS, Budget(None, 5), list(FAMILIES), None, g) for g in (None, grids)]
    assert plans[0] == plans[1]
