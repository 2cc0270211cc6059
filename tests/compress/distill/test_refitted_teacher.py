"""Models from files: who teaches their students has not seen the rows that these are scored on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from few_folds import FEW
from pliant import artifact
from pliant.automl.fit import Result, fit
from pliant.compress.distill.recipes import Recipe
from pliant.compress.distill.refitted_teacher import (
    FileTeacher,
    file_teacher,
    made,
    made_again,
    teacher_of,
)
from pliant.compress.from_file import experiment_of, optimise_file
from pliant.compress.options import ShrinkOptions
from pliant.compress.select import Chosen
from pliant.core.config import Budget, Limits, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import DataError
from pliant.data.roles import NamedRoles
from pliant.data.table import Roles
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.models.additive import AdditiveConfig
from pliant.models.lightgbm import LightGBMConfig
from pliant.runtime.intake import to_frame
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.threads import ThreadEngine
from pliant.training.experiment import Experiment
from pliant.training.fit_spec import FitSpec

RECIPES = [
    Recipe("additive", "tables", AdditiveConfig(), 30),
    Recipe("lightgbm", "{} of 31 leaves", LightGBMConfig(0.3, 31, 3), 40),
]
N_TRACKS, STEPS = 120, 12


def tracks() -> tuple[Frame, Frame]:
    """Return rows to train and to test on: those of a track are alike and have one answer, which
    nothing else tells. A model remembers the answers; of new rows it knows those of their track."""
    rng = np.random.default_rng(0)
    start = 3 * rng.normal(size=(N_TRACKS, 1, 3))
    X = (start + 0.3 * rng.normal(size=(N_TRACKS, STEPS, 3))).reshape(-1, 3)
    answer = np.repeat(rng.integers(0, 2, N_TRACKS), STEPS)
    test = rng.random(len(X)) < 0.3
    whole = {f"x{j}": X[:, j] for j in range(3)} | {"y": answer.astype(float)}
    whole["track"] = np.repeat(np.arange(N_TRACKS), STEPS).astype(float)
    return tuple(to_frame({k: v[rows] for k, v in whole.items()}) for rows in (~test, test))


def threads(experiment: Experiment) -> Engine:
    engine = ThreadEngine(2)
    engine.start(experiment)
    return engine


def columns(frame: Frame, *names: str) -> Frame:
    return Frame({name: frame[name] for name in names}, frame.n_rows)


def fitted(roles: Roles | None = None) -> Result:
    """Return a fit whose members remember their rows."""
    frame = tracks()[0]
    families = ["neighbours", "forest", "lightgbm"]
    asked = FitSpec(
        Budget(None, 4), "neg_log_loss", "binary", families, resources=Resources(1), folds=FEW
    )
    rows = FrameRows(columns(frame, "x0", "x1", "x2"), Question("y", frame["y"]))
    return fit(replace(rows, roles=roles) if roles else rows, asked)


@pytest.fixture(scope="module")
def result() -> Result:
    return fitted()


@pytest.fixture(scope="module")
def model(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    path = tmp_path_factory.mktemp("remade") / "m.pliant"
    artifact.save(result.model, path)
    return artifact.load(path)


def optimised(model: Predictor, frame: Frame, limits: Limits) -> Chosen:
    """Return the best model within limits; tests of the way need no large students."""
    experiment, options = experiment_of(model, frame, NamedRoles()), ShrinkOptions(RECIPES)
    few = replace(options, shown_seconds=0.02)
    return optimise_file(model, experiment, limits, Deadline(None), Resources(1), few)


def test_a_file_says_how_its_members_were_made(result: Result, model: Predictor) -> None:
    chosen = result.selection
    found = {m.trial: m for m in made(model)}
    assert set(found) == {trial.number for trial in chosen.trials}
    for trial, weight in zip(chosen.trials, chosen.weights, strict=True):
        told = found[trial.number]
        assert told.candidate.config == trial.candidate.config
        assert (told.candidate.family, told.candidate.view) == (
            trial.candidate.family,
            trial.candidate.view,
        )
        assert told.rounds == pytest.approx(trial.rounds, abs=1)
        assert told.weight == pytest.approx(weight, abs=1e-3)


def test_the_loss_that_is_told_is_that_of_new_rows(model: Predictor) -> None:
    train, test = tracks()
    whole = model.card.score
    for size in ("60kB", "15kB"):
        chosen = optimised(model, train, Limits(size=size))
        point = next(p for p in chosen.points if p["chosen"])
        assert chosen.remark == ""
        lost = log_loss(chosen.model, test) / log_loss(model, test) - 1
        assert abs(point["lost"] - lost) < max(0.02, 3 * point["lost_error"])
        assert point["score"] == pytest.approx(whole * (1 + point["lost"]), rel=1e-3)


def log_loss(model: Predictor, test: Frame) -> float:
    said = model.raw(test)[:, 0]
    y = np.asarray(test["y"].values)
    return float(-np.log(np.clip(np.where(y == 1, said, 1 - said), 1e-15, 1)).mean())


def test_nobody_teaches_who_has_seen_the_rows(model: Predictor) -> None:
    train = tracks()[0]
    experiment = experiment_of(model, train, NamedRoles())
    teacher = file_teacher(model, threads(experiment), FitContext(Deadline(None)))
    assert teacher.whole
    rows = experiment.splits[0].valid
    held, target = experiment.table.coded.take(rows), experiment.table.target.take(rows)
    distilled = experiment.measure(target, teacher.predict(0, held), None)
    remembered = experiment.measure(target, teacher.predict(None, held), None)
    assert remembered > 0.5 * distilled  # a log loss, negative: less than half of it
    assert model.card.score == pytest.approx(-distilled, rel=0.3)
    np.testing.assert_allclose(teacher.held_out([0])[: len(rows)], teacher.predict(0, held))


def changed(model: Predictor, **change: Any) -> Predictor:
    """Return the model with members that say something else of themselves."""
    members = [replace(member, **change) for member in model.members]
    return Predictor(model.schema, model.program.ops, model.classes, model.card, members)


@pytest.mark.parametrize("missing", [{"view": ""}, {"family": ""}, {"config": {}}, {"trial": None}])
def test_where_a_file_does_not_say_how_it_was_made_nobody_teaches(
    model: Predictor, missing: dict[str, Any]
) -> None:
    old = changed(model, **missing)
    assert made(old) == []
    chosen = optimised(old, tracks()[0], Limits(loss=0.99))
    assert "they learn from the rows alone" in chosen.remark
    assert not any(p["model"].endswith("distilled") for p in chosen.points)
    assert len(chosen.points) > 1


@pytest.mark.parametrize("change", [{"more": 1}, {"n_estimators": "many", "num_leaves": "many"}])
def test_configurations_that_are_none_are_not_fitted(
    model: Predictor, change: dict[str, Any]
) -> None:
    assert made(changed(model, config={**model.members[0].config, **change})) == []
    assert made(changed(model, family="x")) == []


def test_a_student_can_be_made_smaller_still(model: Predictor, tmp_path: Path) -> None:
    train = tracks()[0]
    chosen = optimised(model, train, Limits(size="15kB"))
    assert made(chosen.model) == []
    again = optimised(chosen.model, train, Limits(loss=0.99))
    assert again.remark != ""


def scored(model: Predictor, score: float) -> Predictor:
    card = replace(model.card, score=score)
    return Predictor(model.schema, model.program.ops, model.classes, card, model.members)


def test_members_that_were_cut_teach_but_nothing_is_compared_with_them(model: Predictor) -> None:
    experiment, context = (
        experiment_of(model, tracks()[0], NamedRoles()),
        FitContext(Deadline(None)),
    )
    one = made(model)[0]
    two, first = [one, replace(one, trial=-1)], one.trial
    found = made_again(two, threads(experiment), context)
    n_splits = 1 + max(split for _, split in found)
    assert n_splits > 1
    last = n_splits - 1

    def teacher(without: int | None, cut: int | None) -> FileTeacher:
        there = {key: outcome for key, outcome in found.items() if key != (first, without)}
        if cut is not None:
            outcome = there[first, cut]
            fitted = replace(outcome.fitted, finished=False)
            there[first, cut] = replace(outcome, fitted=fitted)
        return teacher_of(model, experiment, two, there)

    assert teacher(None, None).n_splits == n_splits
    for fewer in (teacher(last, None), teacher(None, last)):
        assert (fewer.n_splits, fewer.whole) == (last, True)
    for part in (teacher(None, 0), teacher(0, None)):
        assert part.teaches
        assert not part.whole
    assert teacher(None, 0).n_splits == 1


def test_what_was_not_ready_in_time_is_said(model: Predictor) -> None:
    experiment = experiment_of(model, tracks()[0], NamedRoles())
    none = file_teacher(model, threads(experiment), FitContext(Deadline(0.0)))
    assert not none.teaches
    assert none.held_out([0]) is None
    assert "the score of its card" in none.remark()
    worse = scored(model, 0.5 * model.card.score)
    some = replace(
        file_teacher(worse, threads(experiment), FitContext(Deadline(None))), whole=False
    )
    assert some.teaches
    assert some.held_out([0]) is None
    assert some.doubt([0]) == pytest.approx(1 / np.sqrt(3), rel=0.6)  # a loss twice as great
    assert some.remark().startswith("not all of the model")
    better = replace(some, model=scored(model, 2 * model.card.score))
    assert better.held_out([0]) is not None  # the model is as good at least
    assert better.doubt([0]) == 0
    few = experiment_of(model, tracks()[0].take(np.arange(300)), NamedRoles())
    assert not file_teacher(
        model, threads(few), FitContext(Deadline(None))
    ).whole  # as good as on all rows


def test_groups_of_the_fit_are_kept_together(tmp_path: Path) -> None:
    train = tracks()[0]
    place = np.asarray(train["track"].values).astype(np.int64)
    model = fitted(Roles(groups=place)).model
    assert model.card.facts["roles"] == ["groups"]
    with pytest.raises(DataError, match=r"the column of groups .* name it with --groups"):
        experiment_of(model, train, NamedRoles())
    experiment = experiment_of(model, train, NamedRoles(groups="track"))
    for split in experiment.splits:
        assert not set(place[split.train]) & set(place[split.valid])
