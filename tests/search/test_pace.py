"""Pace: what a fit takes is told without making anything."""

from __future__ import annotations

import pytest

from pliant.models.additive import AdditiveConfig
from pliant.models.family import default_config, fit_bytes
from pliant.models.registry import FAMILIES
from pliant.search.pace import Pace
from pliant.testing import small_experiment
from pliant.training.engines.serial import SerialEngine
from pliant.training.experiment import Experiment
from pliant.training.needs import MAKING, fit_shape, job_bytes, make_room
from pliant.training.records import Candidate, Job, Outcome, Trial

CANDIDATE = Candidate("additive", "default", AdditiveConfig(), "arithmetic")


def test_no_features_are_made_to_tell_what_a_fit_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = small_experiment()
    monkeypatch.setattr(Experiment, "prepared", lambda *_: pytest.fail("features were made"))
    engine = SerialEngine(1, 10**9)
    engine.start(experiment)
    pace = Pace(experiment, engine, 1)
    assert pace.within(CANDIDATE, 10.0, first=True) is not None
    assert pace.too_large(CANDIDATE, 100) == ""


def test_a_family_that_was_not_measured_is_as_slow_as_the_others() -> None:
    experiment, engine = small_experiment(2), SerialEngine()
    engine.start(experiment)
    pace = Pace(experiment, engine, 1)
    unknown = Candidate("lightgbm", "tuned default", default_config(FAMILIES["lightgbm"]))
    hinted = pace.foretold(unknown)
    known = Candidate("additive", "default", AdditiveConfig(rounds=100_000))
    took = 3.0 * pace.foretold(known) / 2
    pace.learn(Trial(0, known, "done", 0.7, 150, (Outcome(0.7, took),) * 2), 1)
    assert pace.foretold(unknown) == pytest.approx(3.0 * hinted)
    pace.learn(Trial(1, known, "done", 0.7, 150, (Outcome(0.7, took / 30),) * 2), 1)
    assert pace.foretold(unknown) == hinted  # it is not taken to be faster than it says


def test_a_job_needs_its_features_and_its_fit() -> None:
    experiment = small_experiment()
    shape = fit_shape(experiment, "arithmetic", 200, 1)
    width = experiment.prepared(0, "arithmetic").data.train.X.shape[1]
    assert shape.features == width
    fit = fit_bytes(FAMILIES["additive"], shape)
    assert job_bytes(experiment, CANDIDATE, 200) == max(MAKING * 200 * width, 200 * width + fit)
    assert job_bytes(experiment, CANDIDATE, 100) > 200 * width + 100 * width


def test_what_was_prepared_is_forgotten_where_there_is_no_room() -> None:
    experiment = small_experiment(2)
    experiment.prepared(0, "plain")
    make_room(Job(CANDIDATE, 1), experiment, 10**12)
    assert experiment.holds(0, "plain")
    make_room(Job(CANDIDATE, 1), experiment, 1)
    assert not experiment.holds(0, "plain")
    prepared = experiment.prepared(0, "plain")
    assert prepared.nbytes == 200 * len(prepared.features.features)


def test_models_read_as_before_once_what_was_prepared_is_forgotten() -> None:
    experiment = small_experiment()
    before = experiment.prepared(0, "plain").features
    experiment.let_go()
    assert experiment._reading(0, "plain").features is before
