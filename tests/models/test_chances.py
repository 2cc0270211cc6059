"""With the default metric, AUC, chances are as sharp as the classes are, not near the base rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from few_folds import FEW
from pliant import Classifier
from pliant.data.target import Task
from pliant.metrics import LOSS, neg_log_loss
from pliant.models.registry import FAMILIES
from pliant.testing import family_data, fit_quickly
from tabular import TABULAR


@pytest.mark.parametrize("metric", [None, "average_precision"])
@pytest.mark.parametrize("name", sorted(TABULAR))
def test_chances_where_classes_are_told_apart_at_once(name: str, metric: str | None) -> None:
    X = np.random.default_rng(0).normal(size=(500, 2))
    y = (X[:, 0] > 0.8).astype(int)
    model = Classifier(trials=1, models=[name], metric=metric, cv=FEW).fit(X[:300], y[:300])
    chances = model.predict_proba(X[300:])[:, 1:]
    constant = np.full_like(chances, y[:300].mean())
    loss, known = (-neg_log_loss(y[300:].astype(np.uint8), p, None) for p in (chances, constant))
    assert loss < known / 2
    assert abs(model.predict(X[300:]).mean() - y[300:].mean()) < 0.05


@pytest.mark.parametrize("family", ["additive", "catboost", "lightgbm"])
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_labels_that_are_all_the_same_make_a_constant(family: str, task: Task) -> None:
    """A teacher that knows the base rate alone says the same of every row."""
    pytest.importorskip(FAMILIES[family].package)
    data = family_data(task)
    target = replace(data.target, values=np.full(len(data.train), 0.3))
    fitted = fit_quickly(
        FAMILIES[family], replace(data, train=replace(data.train, target=target), valid=None), 5
    )
    assert fitted.predict(data.train.X) == pytest.approx(0.3, abs=0.01)


def test_an_ensemble_of_perfect_orders_has_the_chances_of_its_best_trial() -> None:
    """All candidates have an AUC of 1, or nearly, where classes are easily told apart."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = (X[:, 0] > 0.8).astype(int)
    X[:, 0] += np.where(y == 1, 0.5, -0.5)
    settings = {"trials": 5, "models": ["additive", "lightgbm", "linear", "neighbours"]}
    model = Classifier(**settings, n_jobs=1, cv=FEW).fit(X, y)
    shrinking = model.model_._shrinking
    assert shrinking is not None
    experiment, choice = shrinking.builder.experiment, shrinking.selection
    target = experiment.table.target.take(experiment.valid_rows)
    assert choice.score > 0.999
    losses = [-LOSS["binary"](target, t.predictions, None) for t in model.trials_ if t.kept]
    assert -LOSS["binary"](target, choice.predictions, None) <= 1.02 * min(losses)
