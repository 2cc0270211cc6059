"""The shelf: what it keeps of trials, and that an ensemble is chosen from what is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pliant.ensemble.choose import choose
from pliant.models.additive import AdditiveConfig
from pliant.search.shelf import SHELF_BYTES, SHELF_SHARE, Shelf, shelf_bytes, wanted
from pliant.testing import small_experiment
from pliant.training.records import Candidate, Job, Outcome, Trial
from pliant.training.trainer import train

EXPERIMENT = small_experiment()
EACH = 8 * 50


def trial(number: int, score: float, family: str = "additive", status: str = "done") -> Trial:
    """Return a trial whose predictions take `EACH` bytes."""
    outcome = Outcome(score, 1.0, np.full((50, 1), score), rounds=7)
    candidate = Candidate(family, "default", AdditiveConfig())
    return Trial(number, candidate, status, score, 150, (outcome,))


def numbers(trials: list[Trial]) -> list[int]:
    return [t.number for t in trials]


def test_the_best_stay_and_the_others_are_told_of() -> None:
    shelf = Shelf(2 * EACH)
    gone = [numbers(shelf.put(trial(n, score))) for n, score in enumerate((0.6, 0.7, 0.5, 0.8))]
    assert gone == [[], [], [2], [0]]


def test_what_is_told_of_a_trial_has_all_but_its_arrays() -> None:
    one = trial(0, 0.5)
    told = one.told()
    assert one.kept
    assert not told.kept
    assert (told.nbytes, told.rounds, told.score) == (0, 7, 0.5)


def test_the_best_of_each_family_is_wanted_before_the_second_best_of_one() -> None:
    trials = [trial(0, 0.9), trial(1, 0.8), trial(2, 0.5, "linear"), trial(3, 0.95, status="cut")]
    assert numbers(wanted(trials)) == [3, 0, 2, 1]
    assert numbers(wanted([trial(0, 0.9, status="failed")])) == []


def test_the_best_is_kept_however_large_it_is() -> None:
    shelf = Shelf(1)
    assert shelf.put(trial(0, 0.5)) == []
    assert numbers(shelf.put(trial(1, 0.6))) == [0]


def test_thousands_of_trials_take_no_more_than_there_is_room_for() -> None:
    room, kept, shelf = 20 * EACH, dict[int, Trial](), Shelf(20 * EACH)
    for number, score in enumerate(np.random.default_rng(0).random(2_000)):
        kept[number] = trial(number, float(score))
        kept |= {told.number: told for told in shelf.put(kept[number])}
        assert sum(t.nbytes for t in kept.values()) <= room


def test_an_ensemble_is_the_same_where_the_worst_gave_their_predictions_up() -> None:
    made = []
    for number, rounds in enumerate((1, 40, 2, 80, 20, 3)):
        candidate = Candidate("additive", str(rounds), AdditiveConfig(rounds=rounds))
        outcome = train(Job(candidate, 0), EXPERIMENT)
        made.append(Trial(number, candidate, "done", outcome.score, 150, (outcome,)))
    whole = choose(made, EXPERIMENT)
    never = [t.number for t in made if t.number not in numbers(list(whole.trials))]
    assert never
    fewer = choose([t.told() if t.number in never else t for t in made], EXPERIMENT)
    assert numbers(list(fewer.trials)) == numbers(list(whole.trials))
    assert fewer.weights == whole.weights


def test_the_room_is_a_share_of_what_everything_may_take() -> None:
    assert shelf_bytes(None) == SHELF_BYTES
    assert shelf_bytes(10**9) == int(SHELF_SHARE * 10**9)
    assert shelf_bytes(10**12) == SHELF_BYTES


def test_failed_trials_have_nothing_to_keep() -> None:
    failed = replace(trial(0, -np.inf, status="failed"), outcomes=(Outcome.failed(1.0, "no"),))
    assert failed.nbytes == 0
    assert numbers(Shelf(10**6).put(failed)) == [0]
