"""A model as far as it is judged: scores, and thresholds that rows with known answers choose."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Self

from pliant.automl.predicting import PredictingModel
from pliant.runtime.decision import Decision
from pliant.runtime.model import Predictor

if TYPE_CHECKING:
    from pliant.compress.shrink import Shrinking


class JudgedModel(PredictingModel):
    """What predicts, and is judged by rows whose answers are known.

    Those of its fit are remembered by `shrinking` until it is saved or sent elsewhere.
    """

    def __init__(self, predictor: Predictor, shrinking: Shrinking | None = None) -> None:
        super().__init__(predictor)
        self._shrinking = shrinking

    def threshold_for(
        self, metric: Any, data: object = None, y: object = None, *, sample_weight: object = None
    ) -> float:
        """Return the threshold between two classes with the best score by a metric of labels.

        Right after a fit it is chosen by out-of-fold predictions, so that it is that of new rows;
        otherwise by rows that the model has not learned from.

        Parameters
        ----------
        metric : str, function or scikit-learn scorer
            One of labels, such as "f1" or "balanced_accuracy".
        data, y, sample_weight : as in `score`, or None for the rows of the fit

        Raises
        ------
        ConfigError
            When there are not two classes, or the metric looks at probabilities.
        DataError
            When there is no data, and the model is not fresh from its fit.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> threshold = model.threshold_for("balanced_accuracy")
        >>> model.with_threshold(threshold).predict({"age": 65}).tolist()
        ['yes']
        """
        from pliant.automl.scoring import Judged
        from pliant.automl.thresholds import HeldOut, best_threshold

        if data is None:
            return best_threshold(metric, HeldOut.of_fit(self._shrinking, self.predictor))
        judged = Judged.of(self.predictor, data, y, sample_weight)
        return best_threshold(metric, HeldOut.of_rows(judged, self.predictor))

    def with_threshold(self, threshold: float | None) -> Self:
        """Return the same model with another threshold, which `save` and `export` write, too.

        None takes thresholds and costs away: the most probable class is predicted.

        Raises
        ------
        ConfigError
            When the threshold is not between 0 and 1, or there are not two classes.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> model.with_threshold(0.999).predict({"age": 65}).tolist()
        ['no']
        """
        changed = copy(self)
        decision = None if threshold is None else Decision.at(threshold)
        changed.predictor, changed._size = self.predictor.deciding(decision), None
        return changed

    def score(
        self,
        data: object,
        y: object = None,
        metric: Any = None,
        *,
        sample_weight: object = None,
    ) -> float:
        """Return how good the model is on rows with known answers; greater is better.

        Parameters
        ----------
        data : as in `predict`
        y : array-like of shape (n,), str, or None
            The answers, or the column of `data` that has them; None is that of the fit.
        metric : str, function, scikit-learn scorer or None
            As `Classifier` has it; by default the accuracy, in which an unknown label is wrong, or
            R² of a regression. A loss is negative, as in scikit-learn.
        sample_weight : array-like of shape (n,), the name of a column, or None

        Raises
        ------
        ConfigError
            When there is no such metric.
        DataError
            When the answers are missing, or their number is another one than that of the rows.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> model.score({"age": [22, 66], "y": ["no", "yes"]})
        1.0
        >>> model.score({"age": [22, 66]}, ["no", "yes"], metric="roc_auc")
        1.0
        """
        from pliant.automl.scoring import Judged, score

        judged = Judged.of(self.predictor, data, y, sample_weight)
        return score(self.predictor, judged, metric)

    def evaluate(
        self, data: object, y: object = None, metrics: Sequence[Any] | None = None
    ) -> dict[str, float]:
        """Return what `pliant score` prints: the number of rows, and scores by their names.

        `data` and `y` are as in `score`. `metrics` are as `score` has one; by default
        the one of the fit, and those that are usual for its task. Losses are positive here.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> found = model.evaluate({"age": [22, 66]}, ["no", "yes"])
        >>> list(found), found["rows"], found["accuracy"]
        (['rows', 'roc_auc', 'log_loss', 'accuracy'], 2, 1.0)
        """
        from pliant.automl.scoring import Judged, evaluate

        return evaluate(self.predictor, Judged.of(self.predictor, data, y, None), metrics)
