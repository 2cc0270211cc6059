"""The regressor."""

from __future__ import annotations

from typing import Any

from sklearn.base import RegressorMixin

from pliant.automl.base import Estimator
from pliant.automl.validation import question_of
from pliant.data.target import Task, known_target
from pliant.ensemble.incremental.rows import Question


class Regressor(RegressorMixin, Estimator):
    """The best regressor that a budget allows, as a scikit-learn estimator.

    Parameters are those of `Classifier`; `metric` is "neg_root_mean_squared_error" by default.

    Examples
    --------
    >>> import numpy as np
    >>> from pliant import Regressor
    >>> X = np.linspace(0, 1, 200)[:, None]
    >>> model = Regressor(trials=1, models=["additive"]).fit(X, 3 * X[:, 0])
    >>> bool(abs(model.predict([[0.5]])[0] - 1.5) < 0.2)
    True
    """

    _kind = "regression"

    def score(self, X: object, y: object, sample_weight: Any = None) -> float:
        """Return the share of the variance of y that is explained; y is as `fit` takes it."""
        from sklearn.metrics import r2_score

        question = question_of(y)
        target = known_target(question.name, question.column, self._kind, ())
        return float(r2_score(target.values, self.predict(X), sample_weight=sample_weight))

    def _task(self, question: Question) -> Task:
        return self._kind
