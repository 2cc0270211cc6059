"""Pairs of students: means of two families, offered where they are better than both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from few_folds import FEW
from pliant import artifact
from pliant.automl.fit import Result, fit
from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.fits import students
from pliant.compress.distill.pairs import with_pairs
from pliant.compress.distill.recipes import Recipe
from pliant.compress.distill.student import Student
from pliant.compress.distill.teacher import FoldTeacher
from pliant.compress.offer import Predicted
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.ensemble.incremental.extension import Ensemble
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.models.catboost import CatBoostConfig
from pliant.models.lightgbm import LightGBMConfig
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.raw import Frame
from pliant.training.context import FitContext
from pliant.training.engines.serial import SerialEngine
from pliant.training.fit_spec import FitSpec

RECIPES = [
    Recipe("catboost", "40 of depth 4", CatBoostConfig(0.2, 4, 3.0), 40),
    Recipe("lightgbm", "few leaves", LightGBMConfig(0.15, 8, 3), 150),
]


def table() -> tuple[Frame, Question]:
    """Return rows of which neither sort of trees says all that there is."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 4))
    signal = X[:, 0] + np.sin(2 * X[:, 1]) + X[:, 2] * X[:, 3] + 0.3 * rng.normal(size=600)
    return to_frame(X), Question("y", column_from_values(signal))


@pytest.fixture(scope="module")
def result() -> Result:
    asked = FitSpec(
        Budget(None, 2), models=["additive", "lightgbm"], resources=Resources(1), folds=FEW
    )
    return fit(FrameRows(*table()), asked)


@pytest.fixture(scope="module")
def distillation(result: Result) -> Distillation:
    builder, selection = result.shrinking.builder, result.shrinking.selection
    teacher = FoldTeacher(builder.experiment, selection, result.shrinking.finish)
    card = builder.card(Ensemble(selection, ()))
    engine = SerialEngine()
    engine.start(builder.experiment)
    return Distillation(
        builder.experiment, teacher, selection.score, card, FitContext(Deadline(None)), engine
    )


@pytest.fixture(scope="module")
def offers(distillation: Distillation) -> list[Predicted]:
    return list(with_pairs(distillation, students(distillation, RECIPES, "plain")))


def test_a_pair_is_the_mean_of_its_students(offers: list[Predicted], tmp_path: Path) -> None:
    first, second, pair = offers
    assert pair.score > max(first.score, second.score)
    assert pair.lost < min(first.lost, second.lost)
    model = pair.finish()
    artifact.save(model, tmp_path / "m.pliant")
    found, frame = artifact.load(tmp_path / "m.pliant").raw(table()[0]), table()[0]
    better, worse = sorted((first, second), key=lambda s: -s.score)
    weight = model.program.ops[-1].arrays["weights"]
    parts = [student.finish().raw(frame) for student in (better, worse)]
    np.testing.assert_allclose(found, weight[0] * parts[0] + weight[1] * parts[1], rtol=1e-9)
    assert weight.sum() == pytest.approx(1.0)
    assert model.card.facts["optimised"] == pair.name


def of_family(student: Predicted, family: str) -> Student:
    assert isinstance(student, Student)
    spec = student.spec
    return replace(student, spec=replace(spec, recipe=replace(spec.recipe, family=family)))


def test_students_of_one_family_make_no_pair(
    distillation: Distillation, offers: list[Predicted]
) -> None:
    same = [of_family(student, "same") for student in offers[:2]]
    assert list(with_pairs(distillation, same)) == same


def test_a_pair_that_is_no_better_is_not_offered(
    distillation: Distillation, offers: list[Predicted]
) -> None:
    twins = [of_family(offers[0], name) for name in ("one", "other")]
    assert list(with_pairs(distillation, twins)) == twins
