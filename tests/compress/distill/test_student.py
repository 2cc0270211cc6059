"""Students and smaller ensembles: models like any other, scored on rows they have not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from few_folds import FEW
from pliant import artifact
from pliant.artifact.profile import measure
from pliant.automl.fit import Result, fit
from pliant.compile.trim import trimmed
from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.fits import students
from pliant.compress.distill.lean import seldom_asked, with_lean
from pliant.compress.distill.recipes import MIN_SHARE, Recipe, recipes
from pliant.compress.distill.refitted_teacher import file_teacher, made
from pliant.compress.distill.student import StudentSpec
from pliant.compress.distill.teacher import FoldTeacher
from pliant.compress.distill.transfer_size import TransferSize
from pliant.compress.from_file import experiment_of, optimise_file
from pliant.compress.options import ShrinkOptions
from pliant.compress.prune import fewer_members
from pliant.compress.shrink import Shrinking, optimise, within
from pliant.core.config import Budget, Limits, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError, ConfigError, FitError, PliantWarning
from pliant.data.roles import NamedRoles
from pliant.data.target import Task
from pliant.ensemble.incremental.extension import Ensemble
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.models.additive import AdditiveConfig
from pliant.models.catboost import CatBoostConfig
from pliant.models.lightgbm import LightGBMConfig
from pliant.models.registry import FAMILIES
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.raw import Frame
from pliant.testing import TASKS
from pliant.training.context import FitContext
from pliant.training.cost import CostModel
from pliant.training.engines.base import Engine
from pliant.training.engines.serial import SerialEngine, SerialTask
from pliant.training.fit_spec import FitSpec
from pliant.training.records import Job, Outcome

RECIPES = [
    Recipe("additive", "tables", AdditiveConfig(), 30),
    Recipe("lightgbm", "few leaves", LightGBMConfig(0.2, 8, 5), 20),
]


def table(task: Task, n: int = 400) -> tuple[Frame, Question]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    signal = X[:, 0] + X[:, 1] * (X[:, 2] > 0) + 0.3 * rng.normal(size=n)
    answers = {
        "regression": signal,
        "binary": (signal > 0).astype(int),
        "multiclass": np.digitize(signal, [-0.7, 0.7]),
    }[task]
    return to_frame(X), Question("y", column_from_values(answers))


OPTIONS = ShrinkOptions(RECIPES, shown_seconds=0.02)
"""Tests of the way need no large students."""


@dataclass(frozen=True)
class Cramped(FitContext):
    """A context in which rows may take so many bytes, whatever is free."""

    bytes: int = 1

    def room(self) -> int:
        return self.bytes


class Fickle(SerialEngine):
    """An engine that is lost as a cluster may be."""

    lost = False

    def submit(self, job: Job) -> SerialTask:
        if self.lost:
            raise ClusterError("expected the scheduler to answer, but it has gone")
        return super().submit(job)


@pytest.fixture(scope="module")
def results() -> dict[Task, Result]:
    found: dict[Task, Result] = {}
    for task in TASKS:
        frame, question = table(task)
        spec = FitSpec(
            Budget(None, 3),
            None,
            task,
            ["additive", "lightgbm", "linear"],
            resources=Resources(1),
            folds=FEW,
        )
        result = fit(FrameRows(frame, question), spec)
        found[task] = replace(result, shrinking=replace(result.shrinking, options=OPTIONS))
    return found


@pytest.mark.parametrize("task", TASKS)
def test_students_are_models_like_any_other(
    results: dict[Task, Result], task: Task, tmp_path: Path
) -> None:
    shrinking, frame = results[task].shrinking, table(task)[0]
    for offer in students(distillation(shrinking), RECIPES, "plain"):
        model = offer.finish()
        artifact.save(model, tmp_path / "m.pliant")
        found = artifact.load(tmp_path / "m.pliant").raw(frame)
        assert np.array_equal(found, model.raw(frame))
        assert np.isfinite(found).all()
        assert found.shape == results[task].model.raw(frame).shape
        if task == "multiclass":
            np.testing.assert_allclose(found.sum(axis=1), 1)
        whole = shrinking.selection.score
        assert offer.score == pytest.approx(whole - offer.lost * abs(whole))
        assert model.card.facts["optimised"] == offer.name
        assert [m.name for m in model.members] == [offer.name]


def test_a_student_that_fails_ends_no_more_than_itself(
    results: dict[Task, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it fails on all rows, which it learns from last: the one of a split is there."""

    def broken(*_: object) -> None:
        raise RuntimeError("a library's own")

    shrinking, family = results["binary"].shrinking, type(FAMILIES["lightgbm"])
    offered = list(students(distillation(shrinking), RECIPES, "plain"))
    monkeypatch.setattr(family, "fit", broken)
    made = next(each for each in offered if "lightgbm" in each.name)
    with pytest.warns(PliantWarning, match=r"learns from a part of the rows: RuntimeError: a lib"):
        model = made.finish()
    assert np.isfinite(model.raw(table("binary")[0])).all()
    with pytest.warns(PliantWarning, match=r"few leaves.* is left out: RuntimeError: a library's"):
        left = list(students(distillation(shrinking), RECIPES, "plain"))
    assert left
    assert not [each for each in left if "lightgbm" in each.name]


def test_a_cluster_that_is_lost_leaves_what_there_is(results: dict[Task, Result]) -> None:
    shrinking, engine = results["binary"].shrinking, Fickle()
    engine.start(shrinking.builder.experiment)
    made = replace(distillation(shrinking), engine=engine)
    (offered,) = students(made, RECIPES[:1], "plain")
    engine.lost = True
    with pytest.warns(PliantWarning, match=r"it has gone; some students are left out"):
        assert list(students(made, RECIPES, "plain")) == []
    with pytest.warns(PliantWarning, match=r"learns from a part of the rows: expected the sched"):
        assert offered.finish() is offered.tried


def test_a_student_learns_from_a_teacher_that_has_not_seen_its_rows(
    results: dict[Task, Result],
) -> None:
    shrinking = results["regression"].shrinking
    experiment, made = shrinking.builder.experiment, distillation(shrinking)
    told, distilled = (made.transfer_set(0, "plain", way).data.train for way in (False, True))
    assert not np.array_equal(told.target.values, distilled.target.values)
    assert len(told) == len(experiment.splits[0].train)
    assert len(distilled) == (1 + TransferSize.copies) * len(told)
    assert set(made.ways) == {False, True}
    teacher = FoldTeacher(experiment, shrinking.selection, shrinking.finish)
    rows = experiment.splits[0].valid
    mixed = teacher.predict(0, experiment.table.coded.take(rows))
    np.testing.assert_allclose(mixed, teacher.held_out([0]))
    assert replace(teacher, grown=True).held_out([0]) is None  # it is better than its folds


def test_distilled_rows_are_bounded_in_cells(results: dict[Task, Result]) -> None:
    made = distillation(results["regression"].shrinking)
    made.experiment.let_go()  # of specs that were made already
    told = made.transfer_set(0, "plain", False).data.train
    few = replace(made, transfer=TransferSize(max_cells=4 * told.X.size))
    assert len(few.transfer_set(0, "plain", True).data.train) == 4 * len(told)
    made.experiment.let_go()


def test_no_student_is_ready_when_time_is_up(results: dict[Task, Result]) -> None:
    made = distillation(results["binary"].shrinking, Deadline(0.0))
    assert list(students(made, RECIPES, "plain")) == []


def test_no_rows_are_made_to_know_what_a_fit_takes(results: dict[Task, Result]) -> None:
    made = distillation(results["regression"].shrinking)
    made.experiment.let_go()
    spec = StudentSpec(made, RECIPES[1], "plain", True)
    assert spec.within(10.0) is not None
    cramped = replace(made, context=Cramped(Deadline(None)))
    assert replace(spec, distillation=cramped).within(10.0) is None
    assert list(students(cramped, RECIPES, "plain")) == []
    assert not any(made.experiment.holds(k, "plain") for k in made.splits)
    distilled = made.transfer_set(0, "plain", True)
    assert spec.work.shape.rows == distilled.n_rows
    assert spec.work.shape.features == distilled.n_features


def test_time_is_kept_for_training_on_all_rows(results: dict[Task, Result]) -> None:
    timed = distillation(results["binary"].shrinking, Deadline(100.0))
    assert 79 < timed.deadline.remaining() <= 80
    timed.deadline.stop()
    assert list(students(timed, RECIPES, "plain")) == []


def test_all_rows_are_distilled_as_often_as_those_of_a_split(results: dict[Task, Result]) -> None:
    made = distillation(results["regression"].shrinking)
    made.experiment.let_go()  # of specs that were made already
    made.times["plain"] = 3
    assert len(made.transfer_set(None, "plain", True).data.train) == 3 * len(made.experiment.table)
    made.experiment.let_go()


def test_recipes_are_those_of_the_families_there_are() -> None:
    assert {r.family for r in recipes(["additive"], 1)} == {"additive"}
    many = recipes(["catboost"], 100)
    assert all(r.rounds * 100 * 2**r.config.depth <= 260_000 for r in many)


def test_recipes_are_for_the_size_that_is_asked_for() -> None:
    whole, small = (recipes(["lightgbm", "catboost"], 1, most) for most in (None, 50_000))
    assert max(r.rounds for r in whole) == 3700
    assert all(r.rounds * 2**r.config.depth <= 50_000 for r in small if r.family == "catboost")
    assert all(r.rounds * r.config.num_leaves <= 20_000 for r in small if r.family == "lightgbm")


@pytest.mark.parametrize("task", TASKS)
def test_ensembles_get_smaller_by_a_member_at_least(
    results: dict[Task, Result], task: Task
) -> None:
    shrinking = results[task].shrinking
    sizes = [
        len(c.trials) for c in fewer_members(shrinking.selection, shrinking.builder.experiment)
    ]
    assert sizes[-1] == 1
    assert all(a > b for a, b in pairwise(sizes))


@pytest.mark.parametrize("task", TASKS)
def test_a_limit_that_is_given_is_never_exceeded(
    results: dict[Task, Result], task: Task, tmp_path: Path
) -> None:
    shrinking = results[task].shrinking
    sizes = sorted(p["bytes"] for p in optimise(Limits(loss=0.99), shrinking, Deadline(9.0)).points)
    size = int(1.1 * sizes[len(sizes) // 2])  # final models have seen more rows
    limits = Limits(size=size, loss=0.9)
    inside = within(limits, shrinking, Deadline(9.0), serial(shrinking))
    for chosen in (optimise(limits, shrinking, Deadline(9.0)), inside):
        artifact.save(chosen.model, tmp_path / "m.pliant")
        assert (tmp_path / "m.pliant").stat().st_size <= size
        picked = [p for p in chosen.points if p["chosen"]]
        assert [p["bytes"] for p in picked] == [(tmp_path / "m.pliant").stat().st_size]
        assert picked[0]["lost"] <= 0.9


def test_with_a_loss_alone_the_fastest_is_taken(results: dict[Task, Result]) -> None:
    chosen = optimise(Limits(loss=0.5), results["binary"].shrinking, Deadline(9.0))
    picked = next(p for p in chosen.points if p["chosen"])
    assert picked["p50"] < 3 * min(p["p50"] for p in chosen.points if p["lost"] < 0.5)


def test_limits_that_contradict_each_other_are_said(results: dict[Task, Result]) -> None:
    shrinking = results["binary"].shrinking
    with pytest.raises(FitError, match=r"within 1 kB, a loss of 0 %, but the nearest of \d+ takes"):
        optimise(Limits(size="1kB", loss=0), shrinking, Deadline(9.0))
    with pytest.raises(ConfigError, match="expected a limit"):
        optimise(Limits(), shrinking, Deadline(9.0))


def test_a_model_from_a_file_gets_smaller(results: dict[Task, Result], tmp_path: Path) -> None:
    model = results["regression"].model
    frame, question = table("regression")
    rows = Frame({**frame, "y": question.column}, frame.n_rows)
    whole = measure(model, 0.05).size
    limits = Limits(size=0.7 * whole)
    experiment = experiment_of(model, rows, NamedRoles())
    chosen = optimise_file(model, experiment, limits, Deadline(20.0), Resources(1), OPTIONS)
    assert measure(chosen.model, 0.05).size <= 0.7 * whole
    assert {p["model"] for p in chosen.points} > {"as it is"}
    assert chosen.model.card.facts["score of the ensemble"] == model.card.score
    assert chosen.remark == ""
    assert all(p["lost_error"] > 0 for p in chosen.points if p["model"] != "as it is")
    best = np.corrcoef(chosen.model.predict(frame), model.predict(frame))[0, 1]
    assert best > 0.8


def distillation(shrinking: Shrinking, deadline: Deadline | None = None) -> Distillation:
    experiment = shrinking.builder.experiment
    teacher = FoldTeacher(experiment, shrinking.selection, shrinking.finish)
    card = shrinking.builder.card(Ensemble(shrinking.selection, ()))
    context = FitContext(deadline or Deadline(None))
    return Distillation(
        experiment, teacher, shrinking.selection.score, card, context, serial(shrinking)
    )


def serial(shrinking: Shrinking) -> Engine:
    engine = SerialEngine()
    engine.start(shrinking.builder.experiment)
    return engine


def test_what_is_distilled_keeps_all_its_rounds(results: dict[Task, Result]) -> None:
    made = distillation(results["binary"].shrinking)
    long = Recipe("lightgbm", "{} of 8 leaves", LightGBMConfig(0.3, 8, 5), 150)
    told, distilled = (made.transfer_set(0, "plain", way).data for way in (False, True))
    assert told.valid is not None
    assert distilled.valid is None
    assert set(np.unique(told.train.target.values)) == {0, 1}
    assert distilled.train.target.of_chances
    (offer,) = students(made, [long], "plain")
    rounds = {True: 150, False: pytest.approx(75, abs=74)}[offer.name.endswith("distilled")]
    assert int(offer.name.split()[2]) == rounds
    made.experiment.let_go()


def test_what_others_took_tells_how_many_rounds_there_is_time_for(
    results: dict[Task, Result],
) -> None:
    """The first student of its kind is tried whatever they took; others are left out."""
    made = distillation(results["regression"].shrinking)
    made = replace(made, experiment=replace(made.experiment))
    costs = made.experiment.costs
    short = Recipe("catboost", "{} of depth 6", CatBoostConfig(0.1, 6), 300)
    long = replace(short, config=CatBoostConfig(0.05, 6), rounds=3_000)
    first, spec = (StudentSpec(made, recipe, "plain", True) for recipe in (short, long))
    assert spec.within(None) is spec
    tried = spec.within(1e-3)
    assert tried is not None
    assert tried.recipe.rounds == MIN_SHARE * 3_000
    costs.learn(first.work, Outcome(np.nan, 3.0, trained=300))
    takes = costs.seconds(spec.work)
    assert takes == pytest.approx(30.0)
    assert spec.within(1.01 * takes) == spec
    hurried = spec.within(takes / 2)
    assert hurried is not None
    assert hurried.recipe.rounds == pytest.approx(1_500, rel=0.02)
    assert hurried.recipe.config.learning_rate == pytest.approx(0.1, rel=0.02)
    assert spec.within(takes / 6) is None
    assert replace(spec, distilled=False).within(1e-3) is not None


def test_what_the_search_took_is_known_of_students(results: dict[Task, Result]) -> None:
    made = distillation(results["binary"].shrinking)
    costs = made.experiment.costs
    additive = StudentSpec(made, RECIPES[0], "plain", True).work
    assert costs.seconds(additive) != CostModel(made.experiment).seconds(additive)


def test_members_that_are_made_again_tell_what_fits_take(results: dict[Task, Result]) -> None:
    """Students of a file begin from that, and from hints of the other families."""
    shrinking, engine = results["regression"].shrinking, SerialEngine()
    experiment = replace(shrinking.builder.experiment)
    engine.start(experiment)
    model = shrinking.model()
    again, costs = made(model), experiment.costs
    works = [replace(costs.work(m.candidate, 100), rounds=10) for m in again]
    assert works
    assert not any(costs.knows(work) for work in works)
    assert file_teacher(model, engine, FitContext(Deadline(None))).teaches
    assert all(costs.knows(work) for work in works)
    experiment.let_go()


def test_a_lean_student_asks_about_fewer_columns(results: dict[Task, Result]) -> None:
    made = distillation(results["regression"].shrinking)
    frame = table("regression")[0]
    recipe = Recipe("lightgbm", "{} of 4 leaves", LightGBMConfig(0.3, 4, 5), 40)
    whole, lean = with_lean(students(made, [recipe], "plain"))
    assert lean.name.endswith(", fewer columns")
    kept = set(range(3)) - set(seldom_asked(whole.asked))
    assert 0 < len(kept) < 3
    assert set(np.flatnonzero(lean.asked)) <= kept
    model = trimmed(lean.finish())
    unread = [c.name for c in model.schema.columns if c.kind == "unread"]
    assert len(unread) >= 3 - len(kept)
    without = Frame({k: v for k, v in frame.items() if k not in unread}, frame.n_rows)
    assert np.array_equal(model.raw(without), model.raw(frame))
    made.experiment.let_go()


def test_students_that_ask_nothing_have_no_lean_one(results: dict[Task, Result]) -> None:
    made = distillation(results["binary"].shrinking)
    assert len(list(with_lean(students(made, RECIPES[:1], "plain")))) == 1


def test_memory_bounds_what_students_are_distilled(results: dict[Task, Result]) -> None:
    made = distillation(results["regression"].shrinking)
    made.experiment.let_go()
    told = made.transfer_set(0, "plain", False).data.train
    most = max(family.bytes_per_cell for family in FAMILIES.values())
    context = Cramped(Deadline(None), bytes=int(3.5 * most * told.X.size))
    some = replace(made, context=context)
    assert len(some.transfer_set(0, "plain", True).data.train) == 3 * len(told)
    none = replace(made, context=replace(context, bytes=1))
    assert list(students(none, RECIPES, "plain")) == []
    made.experiment.let_go()


@pytest.mark.parametrize("ready", [0, 1])
def test_what_was_ready_before_ctrl_c_is_chosen_from(
    results: dict[Task, Result], monkeypatch: pytest.MonkeyPatch, ready: int
) -> None:
    shrinking, jobs, submit = results["binary"].shrinking, list[Job](), SerialEngine.submit
    n_fits = len(distillation(shrinking).ways) * len(distillation(shrinking).splits)

    def interrupted(engine: SerialEngine, job: Job) -> SerialTask:
        jobs.append(job)
        if len(jobs) == n_fits * ready + 1:
            raise KeyboardInterrupt
        return submit(engine, job)

    monkeypatch.setattr(SerialEngine, "submit", interrupted)
    found = optimise(Limits(loss=0.9), shrinking, Deadline(None))
    assert len(jobs) > n_fits * ready
    names = [point["model"] for point in found.points]
    assert sum(name.startswith("student") for name in names) == ready
    assert sum(point["chosen"] for point in found.points) == 1
