"""Members stay members: each has its place in the program, and computes what it did when scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from few_folds import FEW
from pliant.compile.trim import trimmed
from pliant.runtime.intake import to_frame
from pliant.runtime.member import Member, Places, check_places
from pliant.runtime.model import Predictor
from pliant.runtime.program import Program, input_wires

N = 240


def table(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "a": rng.normal(size=N),
        "b": rng.normal(size=N),
        "c": rng.choice(["x", "y", "z"], N).tolist(),
        "unread": rng.normal(size=N),
    }


def label(rows: dict[str, Any]) -> list[str]:
    score = np.asarray(rows["a"]) + np.where(np.asarray(rows["c"]) == "x", 1.0, 0.0)
    return np.where(score > 0.5, "yes", "no").tolist()


@pytest.fixture(scope="module")
def fitted() -> pliant.Classifier:
    rows = table()
    models = ["additive", "linear", "lightgbm"]
    return pliant.Classifier(trials=3, models=models, n_jobs=1, engine="serial", cv=FEW).fit(
        rows, label(rows)
    )


def said(member: Member, model: Predictor, rows: dict[str, Any]) -> Any:
    program = Program(member.ops(model.program.ops), input_wires(model.schema))
    return program(model.schema.encode(to_frame(rows, model.reads)))


def test_members_mixed_by_their_weights_are_the_ensemble(fitted: pliant.Classifier) -> None:
    model, rows = fitted.model_, table(1)
    assert sum(member.weight for member in model.members) == pytest.approx(1.0)
    mixed = sum(member.weight * said(member, model.predictor, rows) for member in model.members)
    np.testing.assert_allclose(mixed, model.predictor.raw(rows), rtol=1e-9)


def test_a_member_says_how_it_was_made(fitted: pliant.Classifier) -> None:
    trials = {trial.number: trial for trial in fitted.trials_}
    for member in fitted.model_.members:
        trial = trials[member.trial]
        assert member.name == trial.candidate.name
        assert member.family == trial.candidate.family
        assert set(member.config) == set(vars(trial.candidate.config))
        assert member.rows < N
        assert not member.refitted


def test_its_model_lies_between_features_and_score(fitted: pliant.Classifier) -> None:
    model = fitted.model_
    for member in model.members:
        ops = member.model_ops(model.predictor.program.ops)
        made = {op.output for op in ops}
        assert member.places.score in made
        assert member.places.features not in made
        outside = {name for op in ops for name in op.inputs} - made
        assert outside == {member.places.features}


def test_they_survive_a_file_a_trim_and_a_smaller_model(
    fitted: pliant.Classifier, tmp_path: Path
) -> None:
    fitted.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    assert loaded.members == fitted.model_.members
    small, rows = trimmed(loaded.predictor), table(1)
    for before, after in zip(loaded.members, small.members, strict=True):
        assert np.array_equal(said(before, loaded.predictor, rows), said(after, small, rows))
    student = fitted.model_.optimize(max_size="60kB", max_loss="90%", budget="2s")
    assert student.members
    check_places(student.members, student.predictor.program.ops)


def test_within_a_larger_program_wires_and_weight_follow() -> None:
    member = Member("linear default", 0.5, Places("f0.X", "m0.score", "m0.p"))
    inner = member.within("second", 0.4, stage=1)
    assert inner.places == Places("second.f0.X", "second.m0.score", "second.m0.p")
    assert (inner.weight, inner.stage) == (0.2, 1)
    assert Member("base rate", 1.0, Places("", "s", "p")).within("a").places.features == ""


def test_a_place_that_is_not_there_is_refused(fitted: pliant.Classifier) -> None:
    member = Member("linear default", 1.0, Places("", "gone", "prediction"))
    with pytest.raises(pliant.PliantError, match="'linear default' stands at 'gone', never made"):
        check_places([member], fitted.model_.predictor.program.ops)
