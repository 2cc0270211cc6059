"""Whatever a learner does in a refit, on a block or as a student, the fit ends with a model.

`tests/training/engines/test_faults.py` has what it may do in the search.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from harmful import Harmful, HarmfulConfig

import pliant
from few_folds import FEW
from pliant import Classifier, Limits, PliantWarning
from pliant.automl.fit import fit
from pliant.automl.model import Model
from pliant.compress.distill.fits import Fits
from pliant.compress.distill.recipes import Recipe
from pliant.compress.distill.transfer_size import TransferSize
from pliant.compress.options import ShrinkOptions
from pliant.core.config import Budget, Resources
from pliant.core.memory import resident_memory
from pliant.data.store.shards import ShardSize
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.ensemble.incremental.member import IncrementalMember
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.ensemble.incremental.sample import StoreRows
from pliant.ensemble.incremental.sample_size import SampleSize
from pliant.ensemble.refit import Refit
from pliant.models.additive import AdditiveConfig
from pliant.models.registry import FAMILIES
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.fit_spec import FitSpec

SECONDS = 0.5
"""What a learner that hangs is allowed."""

MEMORY = 600 * 10**6
SLOW = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
RAISES = [(engine, "raises") for engine in ("serial", "threads", "local")]
REASONS = {
    "raises": "RuntimeError: harm was done",
    "hangs": "did not end in time, its process was ended",
    "devours": r"took more than its 0\.\d\d GB of memory",
}
CASES = [*RAISES, ("local", "hangs"), ("local", "devours")]
CASES += [pytest.param(name, "raises", marks=SLOW) for name in ("ray", "dask")]


@pytest.fixture(autouse=True)
def _workers_import_this_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    yield
    FAMILIES.pop("harmful", None)


def table(n: int = 2_500) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(n, 4))
    return X, X[:, 0] + np.sin(2 * X[:, 1]) > 0


def asked(engine: str, harm: str, *models: object) -> Classifier:
    """Return an estimator; one that devours memory is ended by a bound of it."""
    memory = resident_memory() + MEMORY if harm == "devours" else None
    allowed = {"engine": engine, "memory": memory, "n_jobs": 2}
    return Classifier(trials=1 + len(models), models=list(models), **allowed, cv=FEW)


@pytest.fixture
def little_time(monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    """No deadline is asked: tests are not to depend on the machine's pace."""
    if harm != "hangs":
        return
    refit, block = Refit._job, IncrementalMember.job
    monkeypatch.setattr(Refit, "_job", lambda *asked: replace(refit(*asked), seconds=SECONDS))
    monkeypatch.setattr(
        IncrementalMember, "job", lambda *asked: replace(block(*asked), seconds=SECONDS)
    )
    monkeypatch.setattr(Fits, "_seconds", lambda fits: SECONDS)


@pytest.mark.usefixtures("little_time")
@pytest.mark.parametrize(("engine", "harm"), CASES)
def test_in_a_refit(engine: str, harm: str) -> None:
    """The models of the folds are taken."""
    X, y = table()
    model = asked(engine, harm, Harmful("refit", harm)).fit(X, y)
    members = model.model_.members
    assert {m.refitted for m in members if m.name.startswith("harmful")} == {False}
    assert model.score(X, y) > 0.8


def asked_of_fit(engine: str, harm: str, *models: object, limits: Limits | None = None) -> FitSpec:
    """Return the same as a spec, for what no estimator takes."""
    estimator = asked(engine, harm, *models)
    memory = None if estimator.memory is None else int(estimator.memory)
    resources = Resources(2, engine, memory)
    budget = Budget(None, estimator.trials)
    more = {"resources": resources, "folds": FEW, "limits": limits or Limits()}
    return FitSpec(budget, task="binary", models=list(models), **more)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> StoreRows:
    """A store of which few rows are searched on."""
    X, y = table(12_000)
    columns = {f"x{j}": X[:, j] for j in range(4)} | {"y": y}
    path, few = tmp_path_factory.mktemp("harm") / "rows.codes", ShardSize(rows=1_500)
    options = pliant.PackOptions(shard=few)
    packed = pliant.pack(columns, target="y", output=path, options=options)
    sample = SampleSize(untimed_cells=4 * 1_500, min_rows=1_500)
    return StoreRows(packed, sample, BlockSize(min_rows=3_000))


@pytest.mark.usefixtures("little_time")
@pytest.mark.parametrize(("engine", "harm"), CASES)
def test_on_a_block_of_a_store(engine: str, harm: str, store: StoreRows) -> None:
    """The model of the sample is kept, and the card says why."""
    model = Model(fit(store, asked_of_fit(engine, harm, Harmful("block", harm))).model)
    said = model.card.facts["trained on the sample alone"]
    assert said
    assert all(re.fullmatch(f"harmful .*: {REASONS[harm]}", each) for each in said)
    X, y = table(12_000)
    assert right(model, {f"x{j}": X[:, j] for j in range(4)}, y) > 0.8


def right(model: Model, X: object, y: np.ndarray) -> float:
    """Return the share of rows whose label is right."""
    return float((np.asarray(model.predict(X)).astype(bool) == y).mean())


@pytest.mark.usefixtures("little_time")
@pytest.mark.parametrize(("engine", "harm"), CASES)
@pytest.mark.parametrize(
    "when", ["within the fit", pytest.param("after it", marks=pytest.mark.slow)]
)
def test_as_a_student(engine: str, harm: str, when: str) -> None:
    """It is left out, with a warning, and others are there."""
    bad = HarmfulConfig(stage="student", harm=harm)
    good = Recipe("additive", "tables", AdditiveConfig(), 30)
    made = [Recipe("harmful", "{} rounds", bad, 20), good]
    options = ShrinkOptions(made, TransferSize(max_rows=5_000), 0.02)
    X, y = table()
    rows = FrameRows(to_frame(X), Question("y", column_from_values(y)))
    said = rf"the student harmful 20 rounds(, distilled)? is left out: {REASONS[harm]}"
    if when == "within the fit":
        spec = asked_of_fit(engine, harm, "additive", Harmful(), limits=Limits(loss="90%"))
        with pytest.warns(PliantWarning, match=said):
            result = fit(rows, spec, None, options)
        model = Model(result.model, shrinking=result.shrinking, pareto=result.points)
    else:
        result = fit(rows, asked_of_fit(engine, harm, "additive", Harmful()), None, options)
        model = Model(result.model, shrinking=result.shrinking)
        with pytest.warns(PliantWarning, match=said):
            model = model.optimize(max_loss="90%")
    names = [point["model"] for point in model.pareto_]
    assert not [name for name in names if name.startswith("student harmful")]
    if harm != "hangs":  # the good one has little time, too
        assert [name for name in names if name.startswith("student additive")]
    assert right(model, X, y) > 0.8


@pytest.mark.slow
def test_a_fit_whose_students_hang_ends_in_its_budget() -> None:
    bad = Recipe("harmful", "{} rounds", HarmfulConfig(stage="student", harm="hangs"), 20)
    X, y = table()
    rows = FrameRows(to_frame(X), Question("y", column_from_values(y)))
    spec = asked_of_fit("local", "hangs", "additive", Harmful(), limits=Limits(loss="90%"))
    start = time.perf_counter()
    with pytest.warns(PliantWarning, match="the student harmful"):
        found = fit(rows, replace(spec, budget=Budget(30.0)), None, ShrinkOptions([bad] * 4))
    assert time.perf_counter() - start < 31.0
    assert right(Model(found.model), X, y) > 0.8
