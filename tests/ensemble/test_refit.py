"""Refits: what has gone wrong on all rows gives way to the models of the folds."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace

import pytest

from pliant.core.deadline import Deadline
from pliant.ensemble.choose import Selection, choose
from pliant.ensemble.refit import Refit
from pliant.models.additive import AdditiveConfig
from pliant.testing import small_experiment
from pliant.training.engines.serial import SerialEngine
from pliant.training.experiment import Experiment
from pliant.training.records import Candidate, Job, Outcome, Trial
from pliant.training.scoring import seen_scores
from pliant.training.trainer import train

EXPERIMENT = small_experiment()
CANDIDATE = Candidate("additive", "default", AdditiveConfig(rounds=20))


def spoiled() -> Experiment:
    """Return it with labels turned round, so that what is fitted learns the opposite."""
    table = EXPERIMENT.table
    target = replace(table.target, values=1 - table.target.values)
    return Experiment(replace(table, target=target), EXPERIMENT.splitting, None, 0)


def trial() -> Trial:
    outcome = train(Job(CANDIDATE, 0), EXPERIMENT)
    return Trial(0, CANDIDATE, "done", outcome.score, 150, (outcome,))


def serial() -> SerialEngine:
    engine = SerialEngine()
    engine.start(EXPERIMENT)
    return engine


@pytest.mark.parametrize(("deadline", "refitted"), [(Deadline(None), True), (Deadline(0.0), False)])
def test_a_refit_takes_the_place_of_the_folds_when_there_is_time(
    deadline: Deadline, refitted: bool
) -> None:
    members = Refit(EXPERIMENT, deadline).members(choose([trial()], EXPERIMENT), serial())
    assert [m.refitted for m in members] == [refitted]
    assert sum(m.weight for m in members) == pytest.approx(1.0)


def test_a_refit_that_went_wrong_is_not_taken() -> None:
    """It does worse on the rows it was trained on than the fold's model on rows it never saw."""
    one = trial()
    assert choose([one], EXPERIMENT).weights == (1.0,)
    whole = Job(CANDIDATE, None, rounds=20)
    wrong, right = train(whole, spoiled()), train(whole, EXPERIMENT)
    wrong = replace(wrong, score=1 - wrong.score)  # what it says of the labels as they are
    refit = Refit(EXPERIMENT, Deadline(None))
    assert not refit._sound(one, wrong)
    assert refit._sound(one, right)


def test_a_refit_whose_chances_ran_away_is_not_taken() -> None:
    """It orders the rows as well as ever, which is all that AUC sees."""
    one = trial()
    right = train(Job(CANDIDATE, None, rounds=20), EXPERIMENT)
    assert right.fitted is not None
    (op,) = right.fitted.ops
    far = {"bias": op.arrays["bias"] + 6}
    fitted = replace(right.fitted, ops=(replace(op, arrays={**op.arrays, **far}),))
    prepared = EXPERIMENT.prepared(None, "plain")
    score, by_loss = seen_scores(fitted, prepared, EXPERIMENT.measure)
    ran_away = replace(right, fitted=fitted, score=score, by_loss=by_loss)
    assert score > one.score - 0.01
    refit = Refit(EXPERIMENT, Deadline(None))
    assert refit._sound(one, right)
    assert not refit._sound(one, ran_away)


def test_what_is_trained_on_all_rows_is_scored_on_some_of_them() -> None:
    outcome = train(Job(CANDIDATE, None, rounds=20), EXPERIMENT)
    assert outcome.fitted is not None
    member = EXPERIMENT.pipeline(None, "plain", outcome.fitted)
    said = member.predict(EXPERIMENT.table.coded)
    score = EXPERIMENT.measure(EXPERIMENT.table.target, said, None)
    assert outcome.score == pytest.approx(score, abs=0.01)  # statistics of trained rows differ


class Interrupted(SerialEngine):
    """Ctrl-C comes while the refits run."""

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        yield from super().run(list(jobs)[:1])
        raise KeyboardInterrupt


def test_ctrl_c_keeps_what_is_refitted_and_the_folds_of_the_rest() -> None:
    first = trial()
    second = replace(first, number=1)
    selection = Selection((first, second), (0.6, 0.4), first.score)
    engine = Interrupted()
    engine.start(EXPERIMENT)
    members = Refit(EXPERIMENT, Deadline(None)).members(selection, engine)
    assert [(m.trial, m.refitted) for m in members] == [(0, True), (1, False)]
    assert sum(m.weight for m in members) == pytest.approx(1.0)
