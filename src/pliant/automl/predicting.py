"""A model as far as it predicts: rows and files in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pliant.automl.rows import rows_for
from pliant.runtime.decision import Decision
from pliant.runtime.labels import Label, label_array
from pliant.runtime.member import Member
from pliant.runtime.model import Card, Predictor
from pliant.runtime.schema import Schema


class PredictingModel:
    """What predicts: the part of `Model` that leaves it as it is.

    What is not needed for rows in memory is imported when it is asked for.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
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

    def predict_interval(
        self, data: object, coverage: float = 0.9, *, threads: int = 1
    ) -> NDArray[np.float64]:
        """Return float64 (n, 2): between what the answer lies, in a share `coverage` of new rows.

        `data` and `threads` are as in `predict`. The share holds over rows like those of the fit,
        not for every kind of row among them.

        Raises
        ------
        ConfigError
            When the fit was without intervals, or the coverage is not between 0 and 1, or greater
            than its held-out rows can tell.

        Examples
        --------
        >>> import pliant
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 21.0, 29.0, 40.0] * 9
        >>> fit = pliant.Regressor(trials=1, models=["additive"], intervals=True)
        >>> model = fit.fit(rows, values).model_
        >>> low, high = model.predict_interval({"x": 2.0}, coverage=0.8)[0]
        >>> bool(low <= model.predict({"x": 2.0})[0] <= high)
        True
        """
        if type(data) is not dict:
            data = rows_for(data, self.schema)
        return self.predictor.interval(data, coverage, threads=threads)

    def predict_quantiles(
        self, data: object, quantiles: Sequence[float], *, threads: int = 1
    ) -> NDArray[np.float64]:
        """Return float64 (n, q): below what the answer of a row lies with each of q probabilities.

        `data` and `threads` are as in `predict`.

        Raises
        ------
        ConfigError
            When the fit was without intervals, or one is not between 0 and 1, or nearer to these
            than its held-out rows can tell.

        Examples
        --------
        >>> import pliant
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 21.0, 29.0, 40.0] * 9
        >>> fit = pliant.Regressor(trials=1, models=["additive"], intervals=True)
        >>> fit.fit(rows, values).model_.predict_quantiles({"x": 2.0}, [0.1, 0.5, 0.9]).shape
        (1, 3)
        """
        if type(data) is not dict:
            data = rows_for(data, self.schema)
        return self.predictor.quantiles(data, quantiles, threads=threads)

    def predict_to(
        self,
        output: str | Path | IO[bytes],
        data: object,
        *,
        proba: bool = True,
        threshold: float | None = None,
        interval: float | None = None,
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
        interval : float or None
            The coverage of two more columns, of the target's name and _lower and _upper.

        Raises
        ------
        ConfigError
            When the suffix is not known, or threshold or interval make no sense.
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
        rows = rows_for(data, self.schema)
        return write_predicted(predictor, rows, output, proba, interval)
