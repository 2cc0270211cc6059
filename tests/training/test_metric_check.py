"""A user's metric is tried before the search; what it must take is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pytest

import pliant
from few_folds import FEW
from pliant.core.errors import ConfigError
from pliant.data.target import Target
from pliant.metrics import registry
from pliant.training.metric_check import likely_predictions

X = np.linspace(0, 1, 60)[:, None]
Y = np.where(X[:, 0] > 0.5, "yes", "no")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the registry as it was."""
    before = dict(registry._OUTSIDE)
    yield
    registry._OUTSIDE.clear()
    registry._OUTSIDE.update(before)


def fitted(metric: Any, weight: Any = None) -> Any:
    model = pliant.Classifier(trials=1, models=["additive"], metric=metric, cv=FEW)
    return model.fit(X, Y, weight)


def hits(y_true: Any, y_pred: Any) -> float:
    return float(np.mean(y_true == y_pred))


def surety(y_true: Any, y_proba: Any) -> float:
    assert y_proba.ndim == 1
    return float(np.abs(y_proba - 0.5).mean())


def test_a_function_chooses_and_the_file_keeps_its_name(tmp_path: Path) -> None:
    model = fitted(hits)
    assert model.model_.card.metric == "hits"
    assert model.model_.score(X, Y, metric=hits) == model.score(X, Y)
    model.save(tmp_path / "m.pliant")
    assert pliant.load(tmp_path / "m.pliant").card.metric == "hits"
    assert 0 < fitted(surety).model_.card.score < 0.5


def broken(y_true: Any, y_pred: Any) -> float:
    raise RuntimeError("no such price")


def nothing(y_true: Any, y_pred: Any) -> float:
    return float("nan")


def of_chances(y_true: Any, y_pred: Any) -> float:
    return float(y_pred[:, 1].mean())


def no_number(y_true: Any, y_pred: Any) -> Any:
    return y_pred


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (broken, r"metric 'broken' .* it raises RuntimeError: no such price"),
        (nothing, r"metric 'nothing' to return a finite number .* got nan"),
        (of_chances, r"raises IndexError: .* its second parameter is called y_proba"),
        (no_number, r"metric 'no_number' .* it raises (Type|Value)Error"),
    ],
)
def test_a_metric_that_does_not_work_is_said_before_the_search(metric: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        fitted(metric)


def test_weights_are_asked_for_where_rows_have_some() -> None:
    with pytest.raises(ConfigError, match=r"TypeError: .*sample_weight.* since rows have weights"):
        fitted(hits, np.arange(1.0, 61.0))


def test_what_cannot_be_sent_is_said() -> None:
    lock = Lock()

    def locked(y_true: Any, y_pred: Any) -> float:
        return float(lock.locked())

    with pytest.raises(ConfigError, match="'locked' holds what cannot be pickled"):
        fitted(locked)


@pytest.mark.parametrize("n_classes", [0, 2, 4])
def test_predictions_of_the_check_are_such_as_models_make(n_classes: int) -> None:
    values = np.arange(40) % max(n_classes, 1)
    if n_classes:
        task: Any = "binary" if n_classes == 2 else "multiclass"
        target = Target(task, values.astype(np.uint8), tuple("abcd"[:n_classes]))
        found = likely_predictions(target)
        assert found.shape == (40, target.n_outputs)
        assert ((found >= 0) & (found <= 1)).all()
    else:
        target = Target("regression", np.arange(40.0), ())
        assert sorted(likely_predictions(target)[:, 0]) == list(range(40))
