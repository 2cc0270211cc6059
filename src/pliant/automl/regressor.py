"""The regressor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from pliant.automl.base import Estimator


class Regressor(RegressorMixin, Estimator):
    """The best regressor that a budget allows, as a scikit-learn estimator.

    Parameters are those of `Classifier`; `metric` is "neg_root_mean_squared_error" by default. With
    `intervals=True` it learns how far off it is, for `predict_interval` and `predict_quantiles`.

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

    def predict_interval(self, X: object, coverage: float = 0.9) -> NDArray[np.float64]:
        """Return float64 (n, 2): between what the answer lies, in a share `coverage` of new rows.

        See `Model.predict_interval`.

        Examples
        --------
        >>> from pliant import Regressor
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 21.0, 29.0, 40.0] * 9
        >>> fit = Regressor(trials=1, models=["additive"], intervals=True)
        >>> fit.fit(rows, values).predict_interval({"x": [2.0, 3.0]}, coverage=0.8).shape
        (2, 2)
        """
        check_is_fitted(self)
        return self.model_.predict_interval(self._checked(X), coverage)

    def predict_quantiles(self, X: object, quantiles: Sequence[float]) -> NDArray[np.float64]:
        """Return float64 (n, q): below what the answer of a row lies with each of q probabilities.

        See `Model.predict_quantiles`.

        Examples
        --------
        >>> from pliant import Regressor
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 21.0, 29.0, 40.0] * 9
        >>> fit = Regressor(trials=1, models=["additive"], intervals=True)
        >>> fit.fit(rows, values).predict_quantiles({"x": 2.0}, [0.1, 0.9]).shape
        (1, 2)
        """
        check_is_fitted(self)
        return self.model_.predict_quantiles(self._checked(X), quantiles)

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
