"""Corrected leaves: nearer to the teacher, on the rows that distilled and on others."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.compress.distill.correct import corrected
from pliant.core.deadline import Deadline
from pliant.data.target import Target, Task
from pliant.features.block import Feature
from pliant.models.base import Allowance, Data, Fitted, Part
from pliant.models.catboost import CatBoostConfig
from pliant.models.family import default_config
from pliant.models.lightgbm import LightGBMConfig
from pliant.models.registry import FAMILIES
from pliant.testing import TASKS

CONFIGS = {"lightgbm": LightGBMConfig(0.3, 12, 5), "catboost": CatBoostConfig(0.3, 4, 3.0)}


def distilled(task: Task, seed: int, n: int = 3000) -> Part:
    """Rows with a teacher's labels: numbers, chances, or rows of each class."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 60, (n, 3)).astype(np.uint8)
    score = np.sin(X[:, 0] / 9.0) + X[:, 1] / 30.0 * (X[:, 2] > 25)
    if task == "regression":
        return Part(X, Target(task, score - score.mean()))
    if task == "binary":
        return Part(X, Target(task, 1 / (1 + np.exp(2 - 2 * score)), (0, 1)))
    return Part(X, Target(task, np.digitize(score, [0.0, 1.0]).astype(np.uint8), (0, 1, 2)))


def loss(fitted: Fitted, part: Part) -> float:
    said, values = fitted.predict(part.X), part.target.values
    if part.target.task == "regression":
        return float(np.square(said[:, 0] - values).mean())
    if part.target.task == "binary":
        p = said[:, 0]  # the divergence: nothing where both are the same
        apart = values * np.log(values / p) + (1 - values) * np.log((1 - values) / (1 - p))
        return float(apart.mean())
    return float(-np.log(said[np.arange(len(said)), values.astype(int)]).mean())


def made(family: str, task: Task) -> tuple[Fitted, Part]:
    train = distilled(task, 0)
    features = tuple(Feature(f"x{j}", "number", 60) for j in range(3))
    data = Data(train, None, features)
    allowed = Allowance(Deadline(None), rounds=15)
    return FAMILIES[family].fit(data, CONFIGS[family], allowed), train


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", CONFIGS)
def test_corrected_leaves_are_nearer_to_the_teacher(family: str, task: Task) -> None:
    fitted, train = made(family, task)
    better = corrected(fitted, train, Deadline(None))
    if family == "catboost" and task == "multiclass":  # leaves of several values
        assert better is fitted
        return
    for seed in (0, 1):
        part = distilled(task, seed)
        assert loss(better, part) < 0.97 * loss(fitted, part)
    (before,), (after,) = ([op for op in f.ops if "leaves" in op.arrays] for f in (fitted, better))
    assert set(before.arrays) == set(after.arrays)
    for name in set(before.arrays) - {"leaves"}:
        assert np.array_equal(before.arrays[name], after.arrays[name])


def test_leaves_stay_when_time_is_up_and_tables_have_none() -> None:
    fitted, train = made("lightgbm", "binary")
    late = corrected(fitted, train, Deadline(0.0))
    assert np.array_equal(late.score(train.X), fitted.score(train.X))
    features = tuple(Feature(f"x{j}", "number", 60) for j in range(3))
    data = Data(train, None, features)
    additive = FAMILIES["additive"]
    config = default_config(additive)
    tables = additive.fit(data, config, Allowance(Deadline(None), rounds=5))
    assert corrected(tables, train, Deadline(None)) is tables
