"""The classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from pliant.automl.base import Estimator
from pliant.automl.validation import labels_as_given, question_of
from pliant.core.errors import DataError
from pliant.data.labels import exact
from pliant.data.target import Task, class_numbers, levels_of, refuse_missing
from pliant.ensemble.incremental.rows import Question
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
    metric : str, scikit-learn scorer or None, default None
        Any scikit-learn scorer name, or a scorer of one's own, as `sklearn.metrics.make_scorer`
        makes it; by default "roc_auc" for two classes, else "neg_log_loss".
    models : sequence of str or Family, or None, default None
        Model families to search, by name or as objects (docs/families.md); by default all whose
        library is installed.
    random_state : int, RandomState or None, default 0
        What all randomness starts from; None draws it anew for each fit.
    n_jobs : int or None, default None
        How many threads, processes or workers of a cluster are at work together. None and -1 mean
        the processors of this process, or of the cluster; -2 means one less, and so on.
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

    def _task(self, question: Question) -> Task:
        """Return that classes are wanted; how many there are, the target tells."""
        if isinstance(question.column, Numbers):
            values = question.column.values
            between = np.isfinite(values) & (values != np.round(values))
            if between.any():
                row = int(between.argmax())
                raise DataError(
                    f"expected class labels in {question.name!r}, got {values[row]:g} in row {row} "
                    "(Unknown label type: continuous): a Regressor predicts numbers"
                )
        return self._kind

    def _keep_labels(self, question: Question | None) -> None:
        classes = self.model_.classes
        labels = label_array(classes) if question is None else labels_as_given(question, classes)
        self.classes_: NDArray[Any] = labels

    def predict(self, X: object) -> NDArray[Any]:
        """Return a label a row, in the type of `y`, shape (n,)."""
        rows = self._checked(X)
        labels: NDArray[Any] = self.classes_[self.model_.picked(rows)]
        return labels

    def score(self, X: object, y: object, sample_weight: Any = None) -> float:
        """Return the share of rows whose label is right; a label may come in another type.

        1, 1.0, "1" and True are the same label, unless the model itself tells them apart; a label
        that it does not have is wrong.
        """
        check_is_fitted(self)
        question = question_of(y)
        refuse_missing(question.name, question.column)
        labels, places = levels_of(exact(question.column))
        right = class_numbers(labels, self.model_.classes)[places]
        found = self.model_.picked(self._checked(X))
        if len(right) != len(found):
            raise DataError(
                f"expected one value of y a row of X, got {len(right)} values for {len(found)} rows"
            )
        return float(np.average(right == found, weights=sample_weight))

    def predict_proba(self, X: object) -> NDArray[np.float64]:
        """Return probabilities float64 (n, K), columns in the order of `classes_`."""
        check_is_fitted(self)
        rows = self._checked(X)
        return self.model_.predict_proba(rows)
