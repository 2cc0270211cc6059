"""scikit-learn scorers by name, fed with predictions that are already there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

from pliant.core.errors import ConfigError
from pliant.data.target import Task


class _Known(BaseEstimator):
    """An estimator whose predictions were made elsewhere: "rows" are row numbers."""

    def __init__(self, predictions: NDArray[np.float64] | None = None) -> None:
        self.predictions = predictions

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _KnownRegressor(RegressorMixin, _Known):
    def predict(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        assert self.predictions is not None
        return np.asarray(self.predictions[rows[:, 0], 0])


class _KnownClassifier(ClassifierMixin, _Known):
    @property
    def classes_(self) -> NDArray[np.int64]:
        return np.arange(self.predict_proba(np.zeros((1, 1), dtype=np.intp)).shape[1])

    def predict_proba(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        assert self.predictions is not None
        p = self.predictions[rows[:, 0]]
        return np.column_stack([1 - p[:, 0], p[:, 0]]) if p.shape[1] == 1 else p

    def predict(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        return np.asarray(self.predict_proba(rows).argmax(axis=1), dtype=np.int64)


def scorer_function(name: str, task: Task) -> Any:
    """Return `function(values, predictions, weight)` of a scikit-learn scorer.

    Raises
    ------
    ConfigError
        When scikit-learn has no scorer of that name.
    """
    if name not in get_scorer_names():
        raise ConfigError(f"expected the metric to be a scikit-learn scorer name, got {name!r}")
    scorer = get_scorer(name)
    kind = _KnownRegressor if task == "regression" else _KnownClassifier

    def score(
        values: NDArray[Any], predictions: NDArray[np.float64], weight: NDArray[np.float64] | None
    ) -> float:
        rows = np.arange(len(values))[:, None]
        known = kind(predictions)
        if task != "regression":
            values = values.astype(np.int64)  # a metric may subtract them
        if weight is None:
            return float(scorer(known, rows, values))
        return float(scorer(known, rows, values, sample_weight=weight))

    return score
