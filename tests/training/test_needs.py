"""What a job needs, and what is forgotten where there is no room for it."""

from __future__ import annotations

from pliant.models.additive import AdditiveConfig
from pliant.models.registry import FAMILIES
from pliant.testing import small_experiment
from pliant.training.cost import fit_bytes
from pliant.training.needs import MAKING, job_bytes, make_room
from pliant.training.records import Candidate, Job

CANDIDATE = Candidate("additive", "default", AdditiveConfig(), "arithmetic")


def test_a_job_needs_its_features_and_its_fit() -> None:
    experiment = small_experiment()
    shape = experiment.costs.shape("arithmetic", 200)
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
