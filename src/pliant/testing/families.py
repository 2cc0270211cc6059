"""The contract of a model family, and the rows that it is asked on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.deadline import Deadline
from pliant.data.narrow import narrow
from pliant.data.target import Target, Task
from pliant.features.block import Feature, View
from pliant.models.base import Allowance, Data, Fitted, Part, Shape
from pliant.models.family import Family, IncrementalFamily, default_config
from pliant.models.space import Choice
from pliant.runtime.kinds import Plane

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
FEW = 8
"""Rounds of a fit of which only something else than its score is asked."""


def family_data(task: Task, n: int = 240, seed: int = 0, view: View = "plain") -> Data:
    """Return training and validation rows of four features: numbers, a category, a constant; seen
    as "grids", with an image beside, uint8 (12, 10, 3), as light as the target is great.
    """
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 256, (n, 4)).astype(np.uint8)
    X[:, 2] = rng.integers(0, 5, n)
    X[:, 3] = 7
    signal = X[:, 0] / 128.0 - 1 + (X[:, 2] == 2) + 0.1 * rng.normal(size=n)
    target = _target(task, signal)
    numbers = [number_feature(name) for name in ("x0", "x1", "k")]
    features = (*numbers[:2], Feature("c", "category", 5), numbers[2])
    half = 2 * n // 3
    rows = np.arange(n)
    own = _images(signal, rng) if view == "grids" else {}
    whole = Part(X, target, own=own)
    parts = [whole.take(r) for r in (rows[:half], rows[half:])]
    return Data(parts[0], parts[1], features)


def _images(signal: NDArray[np.float64], rng: np.random.Generator) -> dict[str, Plane]:
    noise = rng.integers(0, 60, (len(signal), 12, 10, 3))
    light = np.clip(80 + 40 * signal, 0, 190)
    return {"image:0": (noise + light[:, None, None, None]).astype(np.uint8)}


def number_feature(name: str) -> Feature:
    """Return a numeric feature of 256 codes, the first of which is missing."""
    centers = np.arange(256, dtype=np.float32)
    centers[0] = np.nan
    return Feature(name, "number", 256, centers)


def _target(task: Task, signal: np.ndarray[Any, Any]) -> Target:
    if task == "regression":
        return Target(task, (signal - signal.mean()) / signal.std())
    cuts = [0.0] if task == "binary" else [-0.3, 0.5]
    classes = tuple(range(len(cuts) + 1))
    return Target(task, narrow(np.searchsorted(cuts, signal)), classes)


def fit_quickly(family: Family, data: Data, rounds: int | None = None, seed: int = 0) -> Fitted:
    """Return the family's first variant fitted on data, one thread, 20 seconds at most; without a
    clock where it would follow that.
    """
    config, seconds = default_config(family), None if family.anytime else 20.0
    return family.fit(data, config, Allowance(Deadline(seconds), 1, seed, rounds))


def check_family(family: Family, task: Task) -> None:
    """Raise AssertionError unless a family keeps its contract on a task."""
    data = family_data(task, view=family.view)
    fitted = fit_quickly(family, data)
    assert data.valid is not None
    _check_predictions(fitted, data.valid)
    rows = (data.valid.take(np.array([i])) for i in range(5))
    one = np.concatenate([_predicted(fitted, row) for row in rows])
    np.testing.assert_allclose(one, _predicted(fitted, data.valid)[:5], atol=1e-6)
    seen = family.view
    same, again = (fit_quickly(family, family_data(task, view=seen), FEW) for _ in range(2))
    told = _predicted(same, data.valid), _predicted(again, data.valid)
    assert np.array_equal(*told), "the same seed gives another model"
    refit = fit_quickly(family, replace(data, valid=None), max(1, fitted.rounds))
    _check_predictions(refit, data.valid)
    _check_extension(family, data)
    _check_weights(family, data)
    _check_absent_class(family, data)
    _check_deadline(family, data)
    _check_cost(family)


def _check_extension(family: Family, data: Data) -> None:
    """A family that says so learns from one block after another."""
    if not isinstance(family, IncrementalFamily):
        return
    config = default_config(family)
    fitted, assured = None, data.valid or data.train
    losses = []
    for seed in range(5):
        block = family_data(data.target.task, seed=seed + 1, view=family.view)
        block = replace(block, valid=None)
        fitted = family.partial_fit(fitted, block, config, Allowance(Deadline(20.0), 1, 0, 5))
        assert fitted.rounds in (0, 5 * (seed + 1))  # some have no rounds
        assert fitted.finished
        _check_predictions(fitted, assured)
        predictions = _predicted(fitted, assured)
        losses.append(-data.loss(assured.target, predictions, None))
    assert losses[-1] <= losses[0], "further blocks make it worse"
    _check_begun_anew(family, data)


def _check_begun_anew(family: IncrementalFamily, data: Data) -> None:
    """A model that begins on rows where another went on knows nothing of that one."""
    config, block = default_config(family), replace(data, valid=None)

    def after(fitted: Fitted | None) -> Fitted:
        return family.partial_fit(fitted, block, config, Allowance(Deadline(20.0), 1, 0, 5))

    first = after(None)
    after(first)
    one, other = (model.predict(data.train.X) for model in (first, after(None)))
    assert np.array_equal(one, other), "a model that begins goes on from another"


def _predicted(fitted: Fitted, part: Part) -> NDArray[np.float64]:
    return fitted.predict(part.X, part.own)


def _check_predictions(fitted: Fitted, part: Part) -> None:
    predictions = _predicted(fitted, part)
    assert predictions.shape == (len(part), part.target.n_outputs)
    assert predictions.dtype == np.float64
    assert np.isfinite(predictions).all()
    if part.target.task != "regression":
        assert predictions.min() >= 0
        assert predictions.max() <= 1
    if part.target.task == "multiclass":
        np.testing.assert_allclose(predictions.sum(axis=1), 1, atol=1e-6)


def _check_weights(family: Family, data: Data) -> None:
    weighted = replace(data.train, weight=np.linspace(0.1, 2, len(data.train)))
    fitted = fit_quickly(family, Data(weighted, data.valid, data.features), FEW)
    assert data.valid is not None
    _check_predictions(fitted, data.valid)


def _check_absent_class(family: Family, data: Data) -> None:
    """A class that no training row has still gets its column."""
    if data.target.task != "multiclass":
        return
    rows = np.flatnonzero(data.target.values != 1)
    thin = data.train.take(rows)
    fitted = fit_quickly(family, Data(thin, data.valid, data.features), FEW)
    assert data.valid is not None
    _check_predictions(fitted, data.valid)


def _check_deadline(family: Family, data: Data) -> None:
    """What there is at the deadline is a model."""
    fresh = Data(data.train, data.valid, data.features)
    config = default_config(family)
    fitted = family.fit(fresh, config, Allowance(Deadline(1e-6), 1, 0))
    assert data.valid is not None
    _check_predictions(fitted, data.valid)


def _check_cost(family: Family) -> None:
    shape = Shape(10_000, 20, 1, 1)
    for config in (default.config for default in family.defaults.values()):
        seconds = family.seconds(config, shape)
        assert 0 < seconds < 1000
        assert family.seconds(family.cheaper(config, 4.0), shape) <= seconds
        assert family.seconds(config, replace(shape, rows=100_000)) >= seconds
        assert family.expected_rounds(config) >= 0
    for name, kind in family.space.items():
        value = kind.values[-1] if isinstance(kind, Choice) else kind.high
        settings = family.settings(family.configured({name: value}))
        assert settings.get(name) == value, f"the space names {name}, which the config lacks"
