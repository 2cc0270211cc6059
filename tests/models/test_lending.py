"""Fits on one split that run at the same time do not share what a library made of its rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pliant.core.deadline import Deadline
from pliant.models.registry import FAMILIES
from pliant.testing import small_experiment
from pliant.training.records import Candidate, Job
from pliant.training.trainer import train


def test_what_was_made_is_lent_to_one_fit_at_a_time() -> None:
    data = small_experiment(2).prepared(0, "plain").data
    with data.lent() as first:
        made = first.cached("made", object)
        with data.lent() as second:
            assert second.train is first.train
            assert second.cached("made", object) is not made
    with data.lent() as third:
        assert third.cached("made", object) is made


def test_what_was_lent_comes_back_after_a_failure() -> None:
    data = small_experiment(2).prepared(0, "plain").data
    with pytest.raises(ZeroDivisionError), data.lent():
        raise ZeroDivisionError
    with data.lent() as again:
        assert again is data


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "catboost"])
def test_fits_at_the_same_time_are_as_good_as_one_after_another(name: str) -> None:
    experiment, at_once = small_experiment(2), 3
    labels = list(FAMILIES[name].defaults.items())[:2]
    jobs = [Job(Candidate(name, label, each.config), 0, rounds=20) for label, each in labels]
    alone = [train(job, experiment) for job in jobs]
    for _ in range(3):
        fresh, together = small_experiment(2), Barrier(at_once)
        fresh.prepared(0, "plain")

        def begin(together: Barrier = together) -> Deadline:
            together.wait(30)
            return Deadline(None)

        with ThreadPoolExecutor(at_once) as pool:
            runs = [pool.submit(train, jobs[i % 2], fresh, begin) for i in range(at_once)]
        after = train(jobs[0], fresh)
        for i, outcome in enumerate([*(run.result() for run in runs), after]):
            expected = alone[0 if i == at_once else i % 2]
            assert (outcome.reason, outcome.score) == ("", expected.score)
