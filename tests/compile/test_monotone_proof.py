"""Monotone constraints: kept by every family that says so, and proved on the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from few_folds import FEW
from pliant.compile.monotone import prove_monotone
from pliant.core.errors import ConfigError, FitError, PliantWarning
from pliant.models.registry import FAMILIES
from pliant.training.experiment import Experiment

RNG = np.random.default_rng(0)
N = 240
FRAME = {
    "up": np.where(RNG.random(N) < 0.1, np.nan, RNG.uniform(-1, 1, N)),
    "down": RNG.uniform(-1, 1, N),
    "free": RNG.uniform(-1, 1, N),
}
SCORE = np.nan_to_num(FRAME["up"]) + np.sin(8 * np.nan_to_num(FRAME["up"])) - FRAME["down"]
NUMBERS = SCORE + FRAME["free"] ** 2 + 0.3 * RNG.normal(size=N)
LABELS = NUMBERS > 0
ASKED = {"up": +1, "down": "-"}
KEEPING = [name for name, family in FAMILIES.items() if family.monotone]


def fitted(answers: Any, family: str, **parameters: Any) -> Any:
    kind = pliant.Regressor if answers is NUMBERS else pliant.Classifier
    fit = {"trials": 1, "models": [family], "cv": FEW, "monotone": ASKED, **parameters}
    return kind(**fit).fit(FRAME, answers)


def violations(model: Any, n_pairs: int = 4000) -> int:
    """Return how many random pairs of rows, alike but for one column, go the wrong way."""
    rng = np.random.default_rng(1)
    rows = {name: rng.uniform(-1.2, 1.2, n_pairs) for name in FRAME}
    found = 0
    for name, direction in (("up", 1), ("down", -1)):
        ends = np.sort(rng.uniform(-1.2, 1.2, (2, n_pairs)), axis=0)
        low, high = (model.raw({**rows, name: end})[:, 0] for end in ends)
        found += int((direction * (high - low) < -1e-12).sum())
    return found


SLOW = pytest.param("catboost", marks=pytest.mark.slow)
"""It takes some seconds with constraints."""


@pytest.mark.parametrize("family", [SLOW if name == "catboost" else name for name in KEEPING])
@pytest.mark.parametrize("answers", [NUMBERS, LABELS], ids=["numbers", "labels"])
def test_no_pair_of_rows_goes_the_wrong_way(family: str, answers: Any) -> None:
    assert violations(fitted(answers, family).model_.predictor) == 0


def test_a_model_without_constraints_is_refused() -> None:
    free = fitted(NUMBERS, "lightgbm", monotone=None).model_
    assert violations(free.predictor) > 0
    table = free._shrinking.builder.experiment.table
    with pytest.raises(FitError, match="predictions that never fall with 'up', but fall they do"):
        prove_monotone(free.predictor, table.coded, {"up": 1})
    prove_monotone(free.predictor, table.coded, {})


def test_derived_features_leave_constrained_columns_out() -> None:
    from pliant.features.features import fit_features

    table = fitted(NUMBERS, "additive")
    experiment: Experiment = table.model_._shrinking.builder.experiment
    found, _ = fit_features(experiment.table, 0, "arithmetic", {"up": 1})
    derived = [f.name for f in found.features if f.name not in FRAME]
    assert derived
    assert not any("up" in name for name in derived)
    assert [f.monotone for f in found.features[:3]] == [1, 0, 0]


def test_the_file_tells_and_smaller_models_are_refused(tmp_path: Path) -> None:
    model = fitted(LABELS, "additive")
    model.save(tmp_path / "m.pliant")
    loaded = pliant.load(tmp_path / "m.pliant")
    assert loaded.card.facts["monotone"] == {"up": 1, "down": -1}
    assert violations(loaded.predictor) == 0
    for each in (model, loaded):
        with pytest.raises(ConfigError, match="without monotone constraints to make smaller"):
            each.optimize(max_size="1MB")


def test_families_that_cannot_are_left_out_and_said_so() -> None:
    with pytest.warns(PliantWarning, match="linear cannot keep monotone constraints"):
        model = fitted(NUMBERS, "additive", models=["additive", "linear"], trials=2)
    assert {t.candidate.family for t in model.trials_} == {"additive"}
    with pytest.raises(ConfigError, match=r"models that keep monotone .* lightgbm.*, got linear"):
        fitted(NUMBERS, "linear")


def test_what_cannot_be_constrained_is_said() -> None:
    with pytest.raises(ConfigError, match=r"two classes or a regression .* got 3 classes"):
        fitted(np.arange(N) % 3, "additive")
    with pytest.raises(ConfigError, match="monotone constraints or limits, got both"):
        fitted(NUMBERS, "additive", limits=pliant.Limits(size="1MB"))
    with pytest.raises(ConfigError, match="got 'age'"):
        fitted(NUMBERS, "additive", monotone={"age": 1})


def test_engines_and_the_journal_keep_them(tmp_path: Path) -> None:
    model = fitted(NUMBERS, "additive", journal=tmp_path / "journal")
    apart = fitted(NUMBERS, "additive", engine="local", n_jobs=1)
    assert np.array_equal(apart.predict(FRAME), model.predict(FRAME))
    with pytest.raises(ConfigError, match="another monotone"):
        fitted(NUMBERS, "additive", journal=tmp_path / "journal", monotone=None)
