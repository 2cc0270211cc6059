"""The classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from pliant.automl.base import Estimator
from pliant.automl.fit import Result
from pliant.automl.opener import Opened
from pliant.automl.rows import rows_for, threads_of
from pliant.automl.validation import labels_as_given, question_of
from pliant.core.errors import DataError
from pliant.ensemble.incremental.rows import Question
from pliant.runtime.decision import Decision
from pliant.runtime.labels import label_array
from pliant.runtime.raw import Numbers


class Classifier(ClassifierMixin, Estimator):
    """The best classifier that a budget allows, as a scikit-learn estimator.

    Parameters
    ----------
    budget : str or float, default "60s"
        Seconds, or a text such as "90s" or "5m", for everything `fit` does. With `trials` alone
        no clock is asked, and the same seed gives the same model.
    trials : int or None, default None
        The most candidates to try.
    metric : str, function, scikit-learn scorer or None, default None
        Any scikit-learn scorer name, a function of (y_true, y_pred), or what
        `sklearn.metrics.make_scorer` makes of one (docs/metrics.md); by default "roc_auc" for two
        classes, else "neg_log_loss".
    models : sequence of str or Family, or None, default None
        Model families to search, by name or as objects (docs/families.md); by default all whose
        library is installed.
    random_state : int, RandomState or None, default 0
        What all randomness starts from; None draws it anew for each fit.
    n_jobs : int or None, default None
        How many threads, processes or workers of a cluster are at work together. None and -1 mean
        the processors of this process, or of the cluster; -2 means one less, and so on. Many rows
        are predicted on as many threads.
    engine : str, default "auto"
        What fits run on: "threads" of this process, "local" processes, "ray" or "dask" on this
        machine, or a cluster by its address, such as "ray://head:10001" or "tcp://scheduler:8786";
        "serial" runs one fit at a time. "auto" means "threads", and "local" with `memory`.
    memory : str, float or None, default None
        The most memory that fits may take together, such as "4GB"; a fit that would take more is
        left out, and the trial says so.
    journal : str, Path or None, default None
        A folder that keeps every finished trial: the same fit, called again, goes on from there.
    limits : Limits or None, default None
        What one row may take, what the file may weigh, both measured on the written file, and
        what may be lost of the ensemble's score; the best model within them is kept. Where there is
        none, `fit` raises `FitError`.
    columns : dict or None, default None
        What columns are, where that is not to be recognised: by name "number", "category", "time",
        "text" or "ignore"; "number:," by its decimal mark, "time:%d.%m.%Y" by the format of times.
    cv : int or None, default None
        How many folds score candidates; by default as many as the rows are worth and time allows,
        2 to 8. Groups and times are kept apart whatever it is.
    class_weight : dict, "balanced" or None, default None
        What a row of each class counts, by label, 1 where it is not named; "balanced" lets all
        classes count alike. It weighs rows in training and in the score, and so changes what
        probabilities mean: that of the weighed rows.
    costs : array-like of shape (K, K) or None, default None
        What it costs to predict a class (columns) where another one is true (rows), in the order
        of `classes_`; 0 on the diagonal. `predict` then gives the class of least expected cost,
        and `predict_proba` stays.
    intervals : bool, default False
        For a `Regressor`: whether it learns how far off it is.
    monotone : dict or None, default None
        Columns of numbers with which the probability of the second of two classes, or the number
        of a `Regressor`, must not fall (+1) or not rise (-1). Families that cannot keep that are
        left out, and the written model is checked.
    verbose : int, default 0
        With 1 the fit is shown while it runs: in a terminal, or a notebook that has ipywidgets, as
        a few lines that are drawn anew; in a log as a line now and then.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The labels, sorted, in the type of `y`.
    leaderboard_ : DataFrame, or list of dict without pandas
        Every trial, the best first.
    model_ : Model
        What `save` writes and `pliant.load` returns.
    pareto_ : list of dict
        What limits, or `optimize`, made choose from, the best score first: model, score, share of
        the ensemble's score that is lost, seconds of one row (p50, p99), rows a second, bytes,
        whether on the front, whether chosen. Empty without limits.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pliant import Classifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = Classifier(trials=1, models=["additive"]).fit(X, y)
    >>> model.predict(X[:2]).tolist()
    [0, 0]
    """

    _kind = "multiclass"

    def _refuse(self, question: Question | None) -> None:
        """Raise DataError where the target holds numbers that are no classes."""
        if question is not None and isinstance(question.column, Numbers):
            values = question.column.values
            between = np.isfinite(values) & (values != np.round(values))
            if between.any():
                row = int(between.argmax())
                raise DataError(
                    f"expected class labels in {question.name!r}, got {values[row]:g} in row {row} "
                    "(Unknown label type: continuous): a Regressor predicts numbers"
                )

    def _keep(self, result: Result, found: Opened) -> None:
        super()._keep(result, found)
        classes, question = self.model_.classes, found.question
        labels = label_array(classes) if question is None else labels_as_given(question, classes)
        self.classes_: NDArray[Any] = labels

    def predict(self, X: object, *, threshold: float | None = None) -> NDArray[Any]:
        """Return a label a row, in the type of `y`, shape (n,); X is what `fit` takes.

        It is the most probable one, or of least expected cost where there are `costs`; with a
        `threshold`, the second of two classes where its probability is greater than that.

        Examples
        --------
        >>> from pliant import Classifier
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, [False, True, False, True] * 9
        >>> Classifier(trials=1, models=["additive"]).fit(rows, labels).predict({"age": [30, 60]})
        array([False,  True])
        """
        rows = rows_for(self._checked(X), self.model_.schema)
        threads = threads_of(rows, self.n_jobs)
        decision = None if threshold is None else Decision.at(threshold)
        picked = self.model_.predictor.picked(rows, decision=decision, threads=threads)
        labels: NDArray[Any] = self.classes_[picked]
        return labels

    def threshold_for(
        self, metric: Any, X: object = None, y: object = None, sample_weight: object = None
    ) -> float:
        """Return the threshold between two classes with the best score by a metric of labels.

        Without X it is chosen by the out-of-fold predictions of the fit, otherwise by these rows,
        which should be others than those of the fit. See `Model.threshold_for`.

        Examples
        --------
        >>> from pliant import Classifier
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = Classifier(trials=1, models=["additive"]).fit(rows, labels)
        >>> model.predict({"age": 65}, threshold=model.threshold_for("f1")).tolist()
        ['yes']
        """
        check_is_fitted(self)
        if X is None:
            return self.model_.threshold_for(metric)
        answers = y if y is None or isinstance(y, str) else question_of(y).column
        return self.model_.threshold_for(
            metric, self._checked(X), answers, sample_weight=sample_weight
        )

    def score(self, X: object, y: object = None, sample_weight: object = None) -> float:
        """Return the share of rows whose label is right; a label may come in another type.

        1, 1.0, "1" and True are the same label, unless the model itself tells them apart; a label
        that it does not have is wrong. `y` may be the name of a column of X, and None for the one
        of the fit.

        Examples
        --------
        >>> from pliant import Classifier
        >>> rows = {"age": [23, 61, 35, 70] * 9, "rich": ["no", "yes", "no", "yes"] * 9}
        >>> Classifier(trials=1, models=["additive"]).fit(rows, "rich").score(rows)
        1.0
        """
        return self._score(X, y, sample_weight)

    def predict_proba(self, X: object) -> NDArray[np.float64]:
        """Return probabilities float64 (n, K), columns in the order of `classes_`.

        Examples
        --------
        >>> from pliant import Classifier
        >>> rows, labels = {"age": [23, 61, 35, 70] * 9}, ["no", "yes", "no", "yes"] * 9
        >>> model = Classifier(trials=1, models=["additive"]).fit(rows, labels)
        >>> model.predict_proba({"age": 65}).round().tolist()
        [[0.0, 1.0]]
        """
        check_is_fitted(self)
        rows = self._checked(X)
        return self.model_.predict_proba(rows, threads=threads_of(rows, self.n_jobs))
