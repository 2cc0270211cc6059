"""Cascades: each row is the student's or the ensemble's, where they differ most."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from few_folds import FEW
from pliant import artifact
from pliant.automl.fit import Result, fit
from pliant.compress.cascade import SHARES, Cascades, band
from pliant.compress.distill.recipes import Recipe
from pliant.compress.offer import Predicted
from pliant.compress.options import ShrinkOptions
from pliant.compress.standing import Yardstick
from pliant.core.config import Budget, Resources
from pliant.core.deadline import Deadline
from pliant.data.target import Task
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.models.additive import AdditiveConfig
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.ops.outputs import unsure
from pliant.runtime.raw import Frame
from pliant.testing import TASKS
from pliant.training.engines.serial import SerialEngine
from pliant.training.fit_spec import FitSpec


def table(task: Task, n: int = 1500) -> tuple[Frame, Question]:
    """Return rows whose columns act together, which tables of single columns cannot know."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    signal = X[:, 0] * (X[:, 1] > 0) + 0.1 * rng.normal(size=n)
    answers = {
        "regression": signal,
        "binary": (signal > 0).astype(int),
        "multiclass": np.digitize(signal, [-0.5, 0.5]),
    }[task]
    return to_frame(X), Question("y", column_from_values(answers))


@pytest.fixture(scope="module", params=TASKS)
def result(request: pytest.FixtureRequest) -> Result:
    frame, question = table(request.param)
    asked = FitSpec(
        Budget(None, 1), None, request.param, ["lightgbm"], resources=Resources(1), folds=FEW
    )
    return fit(FrameRows(frame, question), asked)


def test_cascades_lie_between_student_and_ensemble(result: Result, tmp_path: Path) -> None:
    options = ShrinkOptions([Recipe("additive", "tables", AdditiveConfig(), 30)])
    shrinking, frame = replace(result.shrinking, options=options), table(result.model.card.task)[0]
    engine = SerialEngine()
    engine.start(shrinking.builder.experiment)
    offers = list(shrinking.students(engine, Deadline(None)))
    student, *cascades = offers
    assert isinstance(student, Predicted)
    assert 1 <= len(cascades) <= len(SHARES)
    alone, whole = student.finish().raw(frame), shrinking.model().raw(frame)
    for offer in cascades:
        assert student.score < offer.score
        assert offer.lost < student.lost
        bounds = offer.tried.program.ops[-1].arrays["between"]
        assert 0.04 < unsure(student.predictions, bounds).mean() < 0.3
        artifact.save(offer.finish(), tmp_path / "m.pliant")
        found = artifact.load(tmp_path / "m.pliant")
        between = found.program.ops[-1].arrays["between"]
        asked = unsure(alone, between)[:, None]
        np.testing.assert_array_equal(found.raw(frame), np.where(asked, whole, alone))
        assert found.card.facts["optimised"] == offer.name


@given(st.integers(1, 60), st.floats(0.01, 1.0), st.integers(0, 2**32 - 1))
def test_a_band_holds_its_share_of_rows(n: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    student, ensemble = rng.random((n, 1)), rng.random((n, 1))
    low, high = band(student, ensemble, share)
    inside = unsure(student, np.array([low, high]))
    assert inside.sum() == max(1, round(share * n))
    apart = ((student - ensemble) ** 2)[:, 0]
    order = np.argsort(student[:, 0])
    count = int(inside.sum())
    every = [apart[order[a : a + count]].sum() for a in range(n - count + 1)]
    assert apart[inside].sum() == pytest.approx(max(every))


def test_a_cascade_that_helps_nothing_is_not_offered(result: Result) -> None:
    shrinking = result.shrinking
    whole = shrinking.ensembles.whole_offer()
    experiment, said = shrinking.builder.experiment, shrinking.selection.trials[0].predictions
    rows = experiment.valid_rows[: len(said)]
    yardstick = Yardstick(experiment, whole.score, rows, said)
    student = Predicted("same", whole.standing, whole.tried, whole.finish, rows, said)
    assert list(Cascades(yardstick, whole, said).offers(student)) == []
