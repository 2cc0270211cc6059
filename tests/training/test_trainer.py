"""The trainer: the one place where a learner is called, and what comes of rows that jobs bring."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from pliant.core.deadline import Deadline
from pliant.models.additive import AdditiveConfig
from pliant.models.base import Fitted, Part
from pliant.models.registry import FAMILIES
from pliant.testing import family_data, small_experiment
from pliant.training.records import Candidate, Job, Partial
from pliant.training.trainer import train
from pliant.training.training_set import TrainingSet
from tabular import TABULAR

SOURCE = Path(pliant.__file__).parent
APART = {
    "testing/families.py",  # the contract suite of families
}
"""Modules outside `models` that may call `fit` of something else."""

ADDITIVE = Candidate("additive", "default", AdditiveConfig(rounds=4))
EXPERIMENT = small_experiment()


def calls_of_learners() -> dict[str, list[str]]:
    """Return the calls of methods named `fit` and `partial_fit` outside `models`, by module."""
    found: dict[str, list[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in ("fit", "partial_fit"):
                found.setdefault(name, []).append(called.attr)
    return {name: calls for name, calls in found.items() if not name.startswith("models/")}


def test_a_learner_is_called_in_the_trainer_alone() -> None:
    found = calls_of_learners()
    assert sorted(found.pop("training/trainer.py")) == ["fit", "partial_fit"]
    assert set(found) <= APART


def test_rows_that_a_job_brings_are_learned_from_as_the_family_does() -> None:
    data = family_data("binary")
    outcome = train(Job(ADDITIVE, rounds=4, dataset=TrainingSet.of(data)), EXPERIMENT)
    assert outcome.reason == ""
    assert np.isnan(outcome.score)
    assert outcome.rounds == 4
    assert outcome.fitted is not None
    assert outcome.fitted.finished
    assert outcome.fitted.predict(data.train.X).shape == (160, 1)


def test_a_model_goes_on_for_further_rounds() -> None:
    blocks = [TrainingSet.of(family_data("binary", seed=seed)) for seed in range(3)]
    fitted = None
    for number, block in enumerate(blocks, 1):
        fitted = train(
            Job(ADDITIVE, rounds=4, dataset=block, partial=Partial(fitted)), EXPERIMENT
        ).fitted
        assert fitted is not None
        assert fitted.rounds == 4 * number


def test_a_family_that_does_not_go_on_says_so() -> None:
    job = Job(Candidate("neighbours", "default", None), dataset=data_set(), partial=Partial())
    assert train(job, EXPERIMENT).reason == (
        "TypeError: expected a family that goes on, but neighbours has no partial_fit"
    )


def test_what_others_go_on_with_keeps_its_leaves() -> None:
    config = next(iter(FAMILIES["lightgbm"].defaults.values())).config
    job = Job(Candidate("lightgbm", "default", config), rounds=3, dataset=data_set())
    whole = train(job, EXPERIMENT).fitted
    begun = train(
        Job(job.candidate, rounds=3, dataset=data_set(), partial=Partial()), EXPERIMENT
    ).fitted
    assert whole is not None
    assert begun is not None
    assert whole.ops[0].arrays["leaves"].dtype == np.int16
    assert begun.ops[0].arrays["leaves"].dtype == np.float32


@dataclass(frozen=True)
class Late:
    """Lets a deadline run down while a model is refined."""

    def __call__(self, fitted: Fitted, train: Part, deadline: Deadline) -> Fitted:
        deadline.stop()
        return fitted


def test_a_model_whose_time_ran_out_while_it_was_refined_is_not_finished() -> None:
    dataset = TrainingSet.of(family_data("binary"), Late())
    fitted = train(Job(ADDITIVE, rounds=4, seconds=60.0, dataset=dataset), EXPERIMENT).fitted
    assert fitted is not None
    assert not fitted.finished


def test_rows_that_cannot_be_read_are_a_failed_outcome() -> None:
    class Broken:
        def read(self) -> Any:
            raise OSError("no such disk")

    outcome = train(Job(ADDITIVE, dataset=TrainingSet(Broken(), (1, 1, 1))), EXPERIMENT)
    assert outcome.reason == "OSError: no such disk"
    assert outcome.fitted is None


@pytest.mark.parametrize("name", TABULAR)
def test_families_learn_from_rows_that_they_cannot_write_to(name: str) -> None:
    """Those of a file that several processes map."""
    data = family_data("multiclass")
    for part in (data.train, data.valid):
        assert part is not None
        part.X.setflags(write=False)
        part.target.values.setflags(write=False)
    config = next(iter(FAMILIES[name].defaults.values())).config
    job = Job(Candidate(name, "default", config), seconds=20.0, dataset=TrainingSet.of(data))
    assert train(job, EXPERIMENT).reason == ""


def data_set() -> TrainingSet:
    return TrainingSet.of(family_data("binary"))
