"""What both estimators say of their models: importance, contributions, effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from pliant.automl.validation import question_of

if TYPE_CHECKING:
    from pliant.automl.model import Model
    from pliant.explain.explanation import Explanation


class ExplainingEstimator:
    """The part of `Classifier` and `Regressor` that explains."""

    model_: Model
    n_features_in_: int
    _checked: Callable[[object], object]
    _importances: tuple[Model, NDArray[np.float64]] | None = None

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """How much each column matters, (n_features_in_,), at least 0 and 1 in sum, for selectors.

        It is permutation importance on rows that were held out, by log loss or squared error,
        computed when it is first asked for. `importance` says more: of rows that are given, by any
        metric, with errors. An estimator that was pickled before it was asked has none.
        """
        check_is_fitted(self)
        if self._importances is None or self._importances[0] is not self.model_:
            self._importances = self.model_, self._held_out_importances()
        return self._importances[1]

    def _held_out_importances(self) -> NDArray[np.float64]:
        from pliant.automl.explained import held_out_importances

        shrinking = self.model_._shrinking
        if shrinking is None:
            raise AttributeError(
                "expected feature_importances_ in the process of the fit, whose held-out rows are "
                "gone: importance(X, y) tells of rows that are given"
            )
        found = held_out_importances(shrinking)
        unnamed = [f"x{j}" for j in range(self.n_features_in_)]
        names = getattr(self, "feature_names_in_", unnamed)
        values = np.array([max(found.get(name, 0.0), 0.0) for name in names])
        return values / values.sum() if values.any() else values

    def importance(
        self,
        X: object,
        y: object = None,
        metric: Any = None,
        *,
        repeats: int = 5,
        groups: Mapping[str, Sequence[str]] | None = None,
        sample_weight: object = None,
        random_state: int = 0,
    ) -> Any:
        """Return how much of the score is lost where a column is shuffled: see `Model.importance`.

        Examples
        --------
        >>> from pliant import Regressor
        >>> rows = {"x": [1.0, 2.0, 3.0, 4.0] * 9, "z": [5, 6, 7] * 12, "y": [1, 2, 3, 4] * 9}
        >>> model = Regressor(trials=1, models=["additive"]).fit(rows, "y")
        >>> list(model.importance(rows)["column"])
        ['x', 'z']
        """
        rows = self._checked(X)
        answers = y if y is None or isinstance(y, str) else question_of(y).column
        return self.model_.importance(
            rows,
            answers,
            metric,
            repeats=repeats,
            groups=groups,
            sample_weight=sample_weight,
            random_state=random_state,
        )

    def explain(
        self,
        X: object,
        background: object = None,
        *,
        log_odds: bool = False,
        error: float = 0.02,
        random_state: int = 0,
    ) -> Explanation:
        """Return how much each column moves each prediction: see `Model.explain`.

        Examples
        --------
        >>> from pliant import Regressor
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> model = Regressor(trials=1, models=["additive"]).fit(rows, values)
        >>> model.explain({"x": 4.0}).values.round().ravel().tolist()
        [15.0]
        """
        rows = self._checked(X)
        return self.model_.explain(
            rows, background, log_odds=log_odds, error=error, random_state=random_state
        )

    def effect(self, X: object, column: str) -> Any:
        """Return how predictions go with a column of numbers: see `Model.effect`.

        Examples
        --------
        >>> from pliant import Regressor
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> model = Regressor(trials=1, models=["additive"]).fit(rows, values)
        >>> list(model.effect(rows, "x"))
        ['value', 'effect']
        """
        rows = self._checked(X)
        return self.model_.effect(rows, column)
