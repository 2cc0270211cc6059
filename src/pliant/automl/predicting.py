"""A model as far as it predicts: rows and files in, predictions and scores out."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from pliant.automl.rows import rows_for
from pliant.runtime.decision import Decision
from pliant.runtime.labels import Label, label_array
from pliant.runtime.member import Member
from pliant.runtime.model import Card, Predictor
from pliant.runtime.schema import Schema

if TYPE_CHECKING:
    from pliant.compress.shrink import Shrinking


class PredictingModel:
    """What predicts, and is judged by its predictions: the half of `Model` that leaves it as it is.

    What is not needed for rows in memory is imported when it is asked for.
    """

    def __init__(self, predictor: Predictor, shrinking: Shrinking | None = None) -> None:
        self.predictor = predictor
        self._shrinking = shrinking
        self._size: int | None = None
        self.schema: Schema = predictor.schema
        self.card: Card = predictor.card
        self.classes: tuple[Label, ...] = predictor.classes
        self.members: tuple[Member, ...] = predictor.members

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels as an array, shape (K,)."""
        if not self.classes:
            raise AttributeError("a regression has no classes_")
        return label_array(self.classes)

    @property
    def feature_names_in_(self) -> NDArray[np.object_]:
        """The names of the columns of the fit."""
        return np.array([column.name for column in self.schema.columns], dtype=object)

    @property
    def n_features_in_(self) -> int:
        """The number of columns of the fit."""
        return len(self.schema.columns)

    def predict(
        self, data: object, *, threads: int = 1, threshold: float | None = None
    ) -> NDArray[Any]:
        """Return a label or a number a row, shape (n,).

        The label is the most probable one, or of least expected cost where the fit was given costs.

        Parameters
        ----------
        data : a table in memory, a dict of one row, a list of rows, files, or a Dataset
        threads : int, default 1
            How many threads many rows are split among.
        threshold : float or None
            The probability of the second of two classes above which it is predicted.

        Raises
        ------
        DataError
            When a column that is read is missing, or a file cannot be read.
        ConfigError
            When the threshold is not between 0 and 1, or there are not two classes.

        Examples
        --------
        >>> import pliant
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> model = pliant.Regressor(trials=1, models=["additive"]).fit(rows, values).model_
        >>> model.predict({"x": 2.0}).round().tolist()
        [20.0]
        """
        if type(data) is not dict:
            data = rows_for(data, self.schema)
        decision = None if threshold is None else Decision.at(threshold)
        return self.predictor.predict(data, threads=threads, decision=decision)

    def predict_proba(self, data: object, *, threads: int = 1) -> NDArray[np.float64]:
        """Return probabilities float64 (n, K), columns in the order of `classes`.

        `data` and `threads` are as in `predict`.

        Raises
        ------
        ConfigError
            When the model is a regression.

        Examples
        --------
        >>> import pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> model.predict_proba([{"age": 22}, {"age": 66}]).shape
        (2, 2)
        """
        if type(data) is not dict:
            data = rows_for(data, self.schema)
        return self.predictor.predict_proba(data, threads=threads)

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

    def predict_to(
        self,
        output: str | Path | IO[bytes],
        data: object,
        *,
        proba: bool = True,
        threshold: float | None = None,
    ) -> int:
        """Write the prediction of each row to a file; return how many there are.

        A column bears the name of the target; with `proba`, one a class holds its probability.

        Parameters
        ----------
        output : path, or a binary file that is open
            CSV, TSV, Parquet, Arrow or JSON Lines by its suffix; CSV where it is open.
        data : as in `predict`
        proba : bool, default True
        threshold : as in `predict`

        Raises
        ------
        ConfigError
            When the suffix is not known, or the threshold makes no sense.
        SaveError
            When the file cannot be written.

        Examples
        --------
        >>> import io, pliant
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, labels).model_
        >>> file = io.BytesIO()
        >>> model.predict_to(file, {"age": [22, 66]}, proba=False)
        2
        >>> print(file.getvalue().decode().split())
        ['y', 'no', 'yes']
        """
        from pliant.automl.predictions import write_predicted

        predictor = self.predictor
        if threshold is not None:
            predictor = predictor.deciding(Decision.at(threshold))
        return write_predicted(predictor, rows_for(data, self.schema), output, proba)

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
