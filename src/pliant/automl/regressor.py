"""The regressor."""

from __future__ import annotations

from sklearn.base import RegressorMixin

from pliant.automl.base import Estimator


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

    def score(self, X: object, y: object = None, sample_weight: object = None) -> float:
        """Return R², the share of the variance of y that is explained; y is as `fit` takes it.

        It may be None for the column of X that the model was fitted to predict.

        Examples
        --------
        >>> from pliant import Regressor
        >>> rows = {"x": [1.0, 2.0, 3.0, 4.0] * 9, "y": [10.0, 20.0, 30.0, 40.0] * 9}
        >>> Regressor(trials=1, models=["additive"]).fit(rows, "y").score(rows) > 0.9
        True
        """
        return self._score(X, y, sample_weight)
