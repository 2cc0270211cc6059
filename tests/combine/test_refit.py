"""Refits: what has gone wrong on all rows gives way to the models of the folds."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace

import numpy as np
import pytest

from pliant.combine.choose import Choice, choose
from pliant.combine.refit import Refit
from pliant.config import Clock
from pliant.engine.base import Job
from pliant.engine.serial import SerialEngine
from pliant.evaluate import Candidate, Outcome, Prepared, evaluate, prepare_split
from pliant.metrics import metric_of
from pliant.models.additive import AdditiveConfig
from pliant.models.base import Limits
from pliant.search.trial import Trial
from pliant.table.split import Split
from pliant.testing import small_prepared, small_table


def whole() -> Prepared:
    table = small_table()
    everything = Split(np.arange(len(table)), np.arange(0))
    return prepare_split(table, everything, metric_of(None, "binary"), 0, False)


def spoiled() -> Prepared:
    """Return all rows with labels turned round, so that what is refitted learns the opposite."""
    sound = whole()
    train = sound.data.train
    target = replace(train.target, values=1 - train.target.values)
    learner = replace(sound.data, train=replace(train, target=target))
    return replace(sound, data=learner)


def trial() -> Trial:
    candidate = Candidate("additive", "default", AdditiveConfig(rounds=20))
    outcome = evaluate(candidate, small_prepared(), Limits(Clock(None)))
    return Trial(0, candidate, "done", outcome.score, 150, (outcome,))


@pytest.mark.parametrize(("clock", "refitted"), [(Clock(None), True), (Clock(0.0), False)])
def test_a_refit_takes_the_place_of_the_folds_when_there_is_time(
    clock: Clock, refitted: bool
) -> None:
    prepared = small_prepared()
    choice = choose([trial()], small_table(), prepared.rows, prepared.data.metric, 0)
    members = Refit(lambda crossed: whole(), 200, clock, 0).members(choice, SerialEngine())
    assert [m.refitted for m in members] == [refitted]
    assert sum(m.weight for m in members) == pytest.approx(1.0)


def test_a_refit_that_went_wrong_is_not_taken() -> None:
    """It does worse on the rows it was trained on than the fold's model on rows it never saw."""
    prepared, one = small_prepared(), trial()
    choice = choose([one], small_table(), prepared.rows, prepared.data.metric, 0)
    refit = Refit(lambda crossed: whole(), 200, Clock(None), 0)
    wrong = evaluate(one.candidate, spoiled(), Limits(Clock(None), rounds=20)).member
    right = evaluate(one.candidate, whole(), Limits(Clock(None), rounds=20)).member
    assert wrong is not None
    assert right is not None
    assert not refit._sound(one, wrong)
    assert refit._sound(one, right)
    assert choice.weights == (1.0,)


class Interrupted(SerialEngine):
    """Ctrl-C comes while the refits run."""

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        yield from super().run(list(jobs)[:1])
        raise KeyboardInterrupt


def test_ctrl_c_keeps_what_is_refitted_and_the_folds_of_the_rest() -> None:
    first = trial()
    second = replace(first, number=1)
    choice = Choice((first, second), (0.6, 0.4), first.score)
    refit = Refit(lambda crossed: whole(), 200, Clock(None), 0)
    members = refit.members(choice, Interrupted())
    assert [(m.trial, m.refitted) for m in members] == [(0, True), (1, False)]
    assert sum(m.weight for m in members) == pytest.approx(1.0)
