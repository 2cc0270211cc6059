"""A line keeps what is better on held-out rows, in its chances too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pliant.core.config import Clock
from pliant.ensemble.incremental import lines
from pliant.ensemble.incremental.lines import Judge, Line
from pliant.ensemble.refit import Weighted
from pliant.models.additive import AdditiveConfig
from pliant.models.base import Allowance, Fitted
from pliant.testing import small_study
from pliant.training.records import Candidate, Job, Outcome, Trial
from pliant.training.trainer import evaluate

STUDY = small_study()
CANDIDATE = Candidate("additive", "default", AdditiveConfig(rounds=20))


def scaled(fitted: Fitted, factor: float) -> Fitted:
    """Return a model that is so many times as sure of itself."""
    (op,) = fitted.ops
    more = {"table": op.arrays["table"] * factor, "bias": op.arrays["bias"] * factor}
    return replace(fitted, ops=(replace(op, arrays={**op.arrays, **more}),))


def line(fitted: Fitted, outcome: Outcome) -> Line:
    judge = Judge(STUDY.table.take(STUDY.valid_rows), STUDY.measure)
    trial = Trial(0, CANDIDATE, "done", outcome.score, 150, (outcome,))
    return Line(Weighted(STUDY.member(0, "plain", fitted), 1.0, 0, False), trial, judge)


def learn(one: Line, fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a block bring a line to a model."""
    learned = Outcome(float("nan"), 0.0, None, fitted)
    monkeypatch.setattr(lines, "learn_on", lambda *asked: learned)
    one.learn(STUDY.prepared(0, "plain").data, Allowance(Clock(None)))


def test_a_better_order_does_not_pay_for_chances_that_ran_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = evaluate(Job(CANDIDATE, 0, rounds=1), STUDY)
    many = evaluate(Job(CANDIDATE, 0, rounds=20), STUDY)
    assert few.fitted is not None
    assert many.fitted is not None
    assert many.score > few.score
    one = line(few.fitted, few)
    learn(one, scaled(many.fitted, 300.0), monkeypatch)
    assert not one.weighted.refitted
    learn(one, many.fitted, monkeypatch)
    assert one.weighted.refitted
    assert one.score == pytest.approx(many.score)


def test_the_same_order_with_better_chances_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    made = evaluate(Job(CANDIDATE, 0, rounds=20), STUDY)
    assert made.fitted is not None
    flat = scaled(made.fitted, 0.01)
    one = line(flat, made)
    learn(one, made.fitted, monkeypatch)
    assert one.weighted.refitted
    assert one.merit[1] == pytest.approx(made.by_loss)
