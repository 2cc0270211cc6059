"""scikit-learn scorers, ours by name and those of users, fed with predictions that are there."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names, make_scorer

from pliant.core.errors import ConfigError
from pliant.data.target import Target, Task
from pliant.metrics.metric import Measure, ScoreFunction
from pliant.runtime.decision import Decision
from pliant.runtime.labels import label_array

OF_PROBABILITIES = ("y_proba", "y_prob", "y_score")
"""What scikit-learn's metrics call their second parameter where they take probabilities."""

OF_LOSSES = ("_loss", "_error", "_deviance")
"""What the names of its metrics end in where less is better."""


class _Known(BaseEstimator):
    """An estimator whose predictions were made elsewhere: "rows" are row numbers.

    `classes` are the labels of a classification, in the order of their probabilities, and
    `decision` says which one is predicted of these: None for the most probable one.
    """

    def __init__(
        self,
        predictions: NDArray[np.float64] | None = None,
        classes: NDArray[Any] | None = None,
        decision: Decision | None = None,
    ) -> None:
        self.predictions = predictions
        self.classes = classes
        self.decision = decision

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _KnownRegressor(RegressorMixin, _Known):
    def predict(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        assert self.predictions is not None
        return np.asarray(self.predictions[rows[:, 0], 0])


class _KnownClassifier(ClassifierMixin, _Known):
    @property
    def classes_(self) -> NDArray[Any]:
        assert self.classes is not None
        return self.classes

    def predict_proba(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        assert self.predictions is not None
        p = self.predictions[rows[:, 0]]
        return np.column_stack([1 - p[:, 0], p[:, 0]]) if p.shape[1] == 1 else p

    def predict(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        assert self.classes is not None
        assert self.predictions is not None
        if self.decision is not None:
            picked = self.decision.pick(self.predictions[rows[:, 0]])
        else:
            picked = self.predict_proba(rows).argmax(axis=1)
        labels: NDArray[Any] = self.classes[picked]
        return labels


Scored = Callable[[NDArray[Any], NDArray[np.float64], NDArray[np.float64] | None], float]


def scorer_function(name: str, task: Task, decision: Decision | None = None) -> Scored:
    """Return `function(values, predictions, weight)` of a scikit-learn scorer.

    One of labels sees those of the decision.

    Raises
    ------
    ConfigError
        When scikit-learn has no scorer of that name.
    """
    if not known_to_sklearn(name):
        raise ConfigError(
            "expected the metric to be a registered one or a scikit-learn scorer name, "
            f"got {name!r}"
        )
    scorer = get_scorer(name)

    def score(
        values: NDArray[Any], predictions: NDArray[np.float64], weight: NDArray[np.float64] | None
    ) -> float:
        if task == "regression":
            return _score(scorer, _KnownRegressor(predictions), values, weight)
        classes = np.arange(max(2, predictions.shape[1]))
        known = _KnownClassifier(predictions, classes, decision)
        return _score(scorer, known, values.astype(np.int64), weight)  # it may subtract them

    return score


def labelled(scorer: Any, task: Task, decision: Decision | None = None) -> ScoreFunction:
    """Return `function(target, predictions, weight)` of a user's scorer, which sees labels as `y`
    has them; one of predicted labels sees those of the decision.
    """

    def score(
        target: Target, predictions: NDArray[np.float64], weight: NDArray[np.float64] | None
    ) -> float:
        if task == "regression":
            return _score(scorer, _KnownRegressor(predictions), target.values, weight)
        classes = label_array(target.classes)
        known = _KnownClassifier(predictions, classes, decision)
        return _score(scorer, known, classes[target.values.astype(np.intp)], weight)

    return score


def _score(
    scorer: Any, known: _Known, answers: NDArray[Any], weight: NDArray[np.float64] | None
) -> float:
    rows = np.arange(len(answers))[:, None]
    if weight is None:
        return float(scorer(known, rows, answers))
    return float(scorer(known, rows, answers, sample_weight=weight))


def scorer_of(metric: Any) -> Any:
    """Return a function of (y_true, y_pred) as a scorer; what is none stays as it is.

    scikit-learn's own conventions say what it means: a second parameter called y_proba or y_score
    takes probabilities, any other one labels, or numbers; and less is better where the name of the
    function ends in _loss, _error or _deviance. All else a scorer says.

    Raises
    ------
    ConfigError
        When it is a function of something else.

    Examples
    --------
    >>> def hits(y_true, y_pred):
    ...     return (y_true == y_pred).mean()
    >>> scorer_of(hits)
    make_scorer(hits, response_method='predict')
    """
    if hasattr(metric, "_score_func") or not callable(metric) or isinstance(metric, type):
        return metric
    try:
        taken = list(signature(metric).parameters.values())
    except (TypeError, ValueError):  # compiled, and silent about what it takes
        taken = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in ("y_true", "y_pred")]
    places = [p for p in taken if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = (p for p in taken if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
    needed = [p for p in named if p.default is p.empty]
    if len(places) < 2 or any(p not in places[:2] for p in needed):
        raise ConfigError(
            "expected a metric as a function of (y_true, y_pred), and sample_weight if it has any, "
            f"got one of ({', '.join(p.name for p in taken)})"
        )
    response = "predict_proba" if places[1].name in OF_PROBABILITIES else "predict"
    loss = str(getattr(metric, "__name__", "")).endswith(OF_LOSSES)
    return make_scorer(metric, response_method=response, greater_is_better=not loss)


def name_of(scorer: Any) -> tuple[str, bool]:
    """Return the name of a scorer's function, and whether a greater score is better.

    Raises
    ------
    ConfigError
        When it is no scorer.
    """
    function, sign = getattr(scorer, "_score_func", None), getattr(scorer, "_sign", None)
    if function is None or sign is None:
        raise ConfigError(
            "expected a metric by its name, as a function of (y_true, y_pred), or as a scorer, "
            f"such as sklearn.metrics.make_scorer(f), got {scorer!r}"
        )
    return str(getattr(function, "__name__", "metric")).strip("<>"), bool(sign > 0)


def measure_of(scorer: Any) -> Measure:
    """Return how the scores of a scorer, or of any function like one, compare.

    What tells of no better score than 0 is a loss; for all else the best there could be is 1.

    Examples
    --------
    >>> measure_of(get_scorer("neg_log_loss"))
    Measure(name='neg_log_loss', best=0.0)
    >>> measure_of(lambda estimator, X, y: 0.5).best
    1.0
    """
    function = getattr(scorer, "_score_func", scorer)
    name = str(getattr(function, "__name__", "score")).strip("<>")
    loss = getattr(scorer, "_sign", 1) < 0
    return Measure(f"neg_{name}" if loss else name, best=0.0 if loss else 1.0)


def known_to_sklearn(name: str) -> bool:
    """Return whether scikit-learn has a scorer of that name."""
    return name in get_scorer_names()
