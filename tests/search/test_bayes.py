"""Bayesian search: what it proposes follows from what it was told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.features.block import View
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.search.bayes import Bayes
from pliant.training.records import Candidate, Trial

Told = tuple[str, View, float]


def asked_after(told: list[Told], most: int = 3) -> Candidate | None:
    bayes = Bayes([FAMILIES["lightgbm"], FAMILIES["catboost"]], most, 0)
    for number, (family, view, score) in enumerate(told):
        config = default_config(FAMILIES[family])
        candidate = Candidate(family, f"c{number}", config, view)
        bayes.tell(Trial(number, candidate, "done", score, 100, ()))
    return bayes.ask()


@pytest.mark.parametrize(
    ("told", "view"),
    [
        ([("lightgbm", "plain", 0.8)], "plain"),
        ([("lightgbm", "plain", 0.8), ("lightgbm", "crossed", 0.7)], "plain"),
        ([("lightgbm", "plain", 0.8), ("lightgbm", "crossed", 0.9)], "crossed"),
        ([("lightgbm", "crossed", 0.9), ("catboost", "plain", 0.8)], "plain"),
        (
            [
                ("lightgbm", "plain", 0.8),
                ("lightgbm", "arithmetic", 0.9),
                ("lightgbm", "crossed", 0.85),
                ("catboost", "plain", 0.7),
                ("catboost", "arithmetic", 0.75),
            ],
            "arithmetic",
        ),
    ],
)
def test_the_view_that_did_best_is_searched(told: list[Told], view: View) -> None:
    asked = asked_after(told)
    assert asked is not None
    assert asked.view == view
    assert asked.name.endswith(view) is (view != "plain")


def test_the_best_family_comes_first_and_proposals_end() -> None:
    asked = asked_after([("lightgbm", "plain", 0.7), ("catboost", "plain", 0.8)])
    assert asked is not None
    assert asked.family == "catboost"
    assert asked_after([("lightgbm", "plain", 0.7)], most=0) is None


def test_before_any_trial_is_known_all_families_are_drawn_from() -> None:
    """So workers need not wait for the first trial; where all that are known failed, nothing is."""
    bayes = Bayes([FAMILIES["lightgbm"], FAMILIES["catboost"]], 9, 0)
    asked = [bayes.ask() for _ in range(4)]
    assert [c.family for c in asked if c is not None] == ["lightgbm", "catboost"] * 2
    assert asked[0] is not None
    bayes.tell(Trial(0, asked[0], "failed", -np.inf, 100, (), "harm"))
    assert bayes.ask() is None


def test_what_is_pending_is_known_to_the_estimator() -> None:
    """Before any of them is known, no configuration is proposed twice; what failed is known."""
    bayes = Bayes([FAMILIES["lightgbm"]], 100, 0)
    best = replace(default_config(FAMILIES["lightgbm"]), lambda_l1=0.5, lambda_l2=0.5)
    for number in range(20):
        config = replace(best, learning_rate=0.05 * 1.02**number)
        candidate = Candidate("lightgbm", f"c{number}", config)
        bayes.tell(Trial(number, candidate, "done", 0.9 - 0.01 * number, 100, ()))
    pending = [candidate for _ in range(12) if (candidate := bayes.ask()) is not None]
    assert len({candidate.config for candidate in pending}) == 12
    estimator = bayes._estimator("lightgbm")
    assert (len(estimator), estimator.pending) == (32, 12)
    bayes.tell(Trial(20, pending[0], "done", 0.9, 100, ()))
    bayes.tell(Trial(21, pending[1], "cut", 0.8, 100, ()))
    bayes.tell(Trial(22, pending[2], "failed", -np.inf, 100, (), "harm"))
    assert (len(estimator), estimator.pending) == (32, 9)
