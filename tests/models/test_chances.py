"""With the default metric, AUC, chances are as sharp as the classes are, not near the base rate."""

from __future__ import annotations

import numpy as np
import pytest

from pliant import Classifier
from pliant.metrics import neg_log_loss
from pliant.models.catalogue import FAMILIES


@pytest.mark.parametrize("metric", [None, "average_precision"])
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_chances_where_classes_are_told_apart_at_once(name: str, metric: str | None) -> None:
    X = np.random.default_rng(0).normal(size=(500, 2))
    y = (X[:, 0] > 0.8).astype(int)
    model = Classifier(trials=1, models=[name], metric=metric).fit(X[:300], y[:300])
    chances = model.predict_proba(X[300:])[:, 1:]
    constant = np.full_like(chances, y[:300].mean())
    loss, known = (-neg_log_loss(y[300:].astype(np.uint8), p, None) for p in (chances, constant))
    assert loss < known / 2
    assert abs(model.predict(X[300:]).mean() - y[300:].mean()) < 0.05
