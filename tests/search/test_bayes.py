"""Bayesian search: what it proposes follows from what it was told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pliant.features.block import View
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.search.bayes import Bayes
from pliant.training.records import Candidate, Trial

Told = tuple[str, View, float]


def asked_after(told: list[Told], most: int = 3) -> Candidate | None:
    bayes = Bayes(["lightgbm", "catboost"], most, 0)
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
    assert asked_after([]) is None
    assert asked_after([("lightgbm", "plain", 0.7)], most=0) is None


def test_what_is_pending_is_known_to_the_sampler() -> None:
    """Before any of them is known, no configuration is proposed twice; the liar needs them told."""
    bayes = Bayes(["lightgbm"], 100, 0)
    best = default_config(FAMILIES["lightgbm"])
    for number in range(20):
        config = replace(best, learning_rate=0.05 * 1.03**number)
        candidate = Candidate("lightgbm", f"c{number}", config)
        bayes.tell(Trial(number, candidate, "done", 0.9 - 0.01 * number, 100, ()))
    pending = [bayes.ask() for _ in range(12)]
    assert len({c.config for c in pending if c is not None}) == 12
    study = bayes._study("lightgbm")
    assert [trial.state.name for trial in study.trials].count("RUNNING") == 12
    assert study.sampler._constant_liar
    assert study.sampler._multivariate
