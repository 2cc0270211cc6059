"""Classes that few rows are of: boosted trees learn them, and do not run away."""

from __future__ import annotations

import numpy as np

from pliant.core.deadline import Deadline
from pliant.data.target import Target
from pliant.features.block import Feature
from pliant.metrics import metric_of
from pliant.models.base import Allowance, Data, Part
from pliant.models.lightgbm import LightGBM, LightGBMConfig

SIZES = (0.6, 0.39, 0.008, 0.002)


def loss() -> float:
    """The log loss on rows like those of the training, after 30 large steps."""
    rng = np.random.default_rng(4)
    n, metric = 20_000, metric_of(None, "multiclass")
    y = rng.choice(len(SIZES), n, p=SIZES).astype(np.uint8)
    X = rng.integers(1, 60, (n, 4)).astype(np.uint8)
    X[:, 0] = np.clip(y * 9 + rng.integers(1, 10, n), 1, 59)
    X[:, 1] = np.where(rng.random(n) < 0.1, X[:, 1], y * 5 + 3)
    halves = [Part(X[k::2], Target("multiclass", y[k::2], (0, 1, 2, 3))) for k in (0, 1)]
    data = Data(halves[0], None, tuple(Feature(f"x{j}", "number", 60) for j in range(4)))
    allowed = Allowance(Deadline(None), rounds=30)
    fitted = LightGBM().fit(data, LightGBMConfig(0.3, 50), allowed)
    return -metric(halves[1].target, fitted.predict(halves[1].X), None)


def test_rare_classes_are_learned() -> None:
    assert loss() < 0.02  # 12.7 with steps of any size
