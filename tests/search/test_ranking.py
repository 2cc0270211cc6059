"""What a trial that was cut short is likely worth: never more than there can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.ensemble.choose import choose
from pliant.models.additive import AdditiveConfig
from pliant.models.base import Fitted
from pliant.search.attempt import Attempt
from pliant.search.ranking import Ranking
from pliant.search.shelf import wanted
from pliant.testing import small_experiment
from pliant.training.records import Candidate, Outcome

EXPERIMENT = small_experiment(2)


def attempt(number: int, *scores: float) -> Attempt:
    candidate = Candidate("additive", f"c{number}", AdditiveConfig())
    made = Attempt(number, candidate, candidate, 100)
    for score, split in zip(scores, EXPERIMENT.splits, strict=False):
        made.outcomes.append(Outcome(score, 1.0, np.zeros((len(split.valid), 1))))
    return made


@pytest.mark.parametrize("first", [0.91, 0.99, 0.999, 1.0])
def test_what_time_cut_is_ahead_but_not_better_than_perfect(first: float) -> None:
    """The best had a hard first fold; who is ahead there is not as much better on the second."""
    ranking = Ranking(EXPERIMENT)
    ranking.add(ranking.trial(attempt(0, 0.9, 0.99)))
    cut = ranking.trial(attempt(2, first))
    assert cut.status == "cut"
    assert ranking.trials[0].score < cut.score <= 1
    choice = choose([*ranking.trials, cut], EXPERIMENT)
    assert choice.trials == (cut,)
    assert choice.score == first  # what was measured


def test_what_is_behind_is_as_far_behind_everywhere() -> None:
    ranking = Ranking(EXPERIMENT)
    ranking.add(ranking.trial(attempt(0, 0.9, 0.98)))
    assert ranking.trial(attempt(2, 0.895)).score == pytest.approx(0.94 - 0.005)


def test_of_equal_scores_the_loss_decides() -> None:
    """Many candidates have an AUC of 1; those with chances near the base rate are not the best."""
    ranking = Ranking(EXPERIMENT)
    for number, by_loss in enumerate([-0.3, -0.02, -0.1]):
        made = attempt(number, 1.0, 1.0)
        made.outcomes = [replace(o, by_loss=by_loss) for o in made.outcomes]
        ranking.add(ranking.trial(made))
    assert [trial.number for trial in ranking.done()] == [1, 2, 0]
    for by_loss, worse in [(-0.3, True), (-0.02, False), (-0.0201, False)]:
        next_one = attempt(5, 1.0)
        next_one.outcomes = [replace(next_one.outcomes[0], by_loss=by_loss)]
        assert ranking.clearly_worse(next_one) is worse


def test_what_was_dropped_is_not_the_best_of_its_equals() -> None:
    """On one split it has the best score that there is; on others it need not have it."""
    ranking = Ranking(EXPERIMENT)
    for number in range(3):
        made = attempt(number, 1.0, 0.9993987057032115)
        made.outcomes = [replace(o, by_loss=-0.02) for o in made.outcomes]
        ranking.add(ranking.trial(made))
    cut = attempt(3, 1.0)
    cut.outcomes = [replace(cut.outcomes[0], by_loss=-0.001)]
    trials = [*ranking.trials, ranking.trial(cut)]
    assert trials[3].score == trials[0].score
    assert max(trials, key=lambda t: t.merit).number == 0
    assert wanted(trials)[0].number == 0
    assert len(choose(trials, EXPERIMENT).predictions) == len(EXPERIMENT.valid_rows)


@pytest.mark.parametrize("finished", [True, False])
def test_what_is_worse_and_was_cut_is_tried_on_no_other_split(finished: bool) -> None:
    """One that was not cut is another kind of model, which an ensemble may want."""
    ranking = Ranking(EXPERIMENT)
    ranking.add(ranking.trial(attempt(0, 0.9, 0.9)))
    made = attempt(5, 0.6)
    made.candidate = replace(made.candidate, family="lightgbm")
    made.outcomes = [replace(made.outcomes[0], fitted=Fitted((), "sigmoid", 9, finished))]
    assert ranking.clearly_worse(made) is not finished


def test_the_best_come_first_and_equals_in_their_order() -> None:
    ranking, rng = Ranking(EXPERIMENT), np.random.default_rng(0)
    for number in range(60):
        score = round(float(rng.uniform(0.6, 0.9)), 1)
        ranking.add(ranking.trial(attempt(number, score, score)))
    for number in (3, 17, 40):
        ranking.replace(ranking.trials[number].told())
    assert list(ranking.done()) == sorted(ranking.trials, key=lambda t: t.merit, reverse=True)
    assert not ranking.trials[17].kept
