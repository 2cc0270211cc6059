"""A member keeps what is better on held-out rows, in its chances too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.ensemble.incremental.member import IncrementalMember, Judge
from pliant.ensemble.refit import Weighted
from pliant.models.additive import AdditiveConfig
from pliant.models.base import Fitted
from pliant.testing import small_experiment
from pliant.training.records import Candidate, Job, Outcome, Trial
from pliant.training.trainer import train

EXPERIMENT = small_experiment()
CANDIDATE = Candidate("additive", "default", AdditiveConfig(rounds=20))


def scaled(fitted: Fitted, factor: float) -> Fitted:
    """Return a model that is so many times as sure of itself."""
    (op,) = fitted.ops
    more = {"table": op.arrays["table"] * factor, "bias": op.arrays["bias"] * factor}
    return replace(fitted, ops=(replace(op, arrays={**op.arrays, **more}),))


def member(fitted: Fitted, outcome: Outcome) -> IncrementalMember:
    judge = Judge(EXPERIMENT.table.take(EXPERIMENT.valid_rows), EXPERIMENT.measure)
    trial = Trial(0, CANDIDATE, "done", outcome.score, 150, (outcome,))
    return IncrementalMember(
        Weighted(EXPERIMENT.pipeline(0, "plain", fitted), 1.0, 0, False), trial, judge, EXPERIMENT
    )


def learned(fitted: Fitted) -> Outcome:
    """Return what comes of a block that brings a member to a model."""
    return Outcome(float("nan"), 0.0, None, fitted)


def test_a_better_order_does_not_pay_for_chances_that_ran_away() -> None:
    few = train(Job(CANDIDATE, 0, rounds=1), EXPERIMENT)
    many = train(Job(CANDIDATE, 0, rounds=20), EXPERIMENT)
    assert few.fitted is not None
    assert many.fitted is not None
    assert many.score > few.score
    one = member(few.fitted, few)
    one.take(learned(scaled(many.fitted, 300.0)))
    assert not one.weighted.refitted
    one.take(learned(many.fitted))
    assert one.weighted.refitted
    assert one.score == pytest.approx(many.score)


def test_the_same_order_with_better_chances_is_better() -> None:
    made = train(Job(CANDIDATE, 0, rounds=20), EXPERIMENT)
    assert made.fitted is not None
    flat = scaled(made.fitted, 0.01)
    one = member(flat, made)
    one.take(learned(made.fitted))
    assert one.weighted.refitted
    assert one.merit[1] == pytest.approx(made.by_loss)


def test_as_many_rows_are_learned_from_as_time_and_memory_allow() -> None:
    """By what the sample's rows took; rows that are hardly more are not worth it."""
    made = train(Job(CANDIDATE, 0, rounds=20), EXPERIMENT)
    assert made.fitted is not None
    one = member(made.fitted, replace(made, seconds=2.0))
    assert one.seconds(150) == pytest.approx(2.0)
    seconds = one.seconds(10_000)
    assert one.seconds(1_000) < seconds
    assert one.round_seconds(10_000) * 10_000 * made.rounds == pytest.approx(seconds)
    assert one.worth(10**6, 1e12, seconds) == pytest.approx(10_000, abs=1)
    assert one.worth(5_000, 1e12, seconds) == 5_000
    assert one.worth(10**6, 3_000.5 * one.row_bytes, np.inf) == 3_000
    assert not one.reason
    assert one.worth(10**6, 1e12, one.seconds(200)) == 0
    assert one.reason.startswith("no time, no memory, or no rows")
