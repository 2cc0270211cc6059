"""Bring your own estimator: tune its parameters within a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils import _safe_indexing, indexable

from pliant.core.config import Budget
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, DataError, FitError
from pliant.core.forked import with_own_threads
from pliant.models.space import Choice, Distribution, Float, Int, suggest

FOLDS = 5
CLEARLY_WORSE = 0.03
"""A first fold whose score lies so far below the best one, as a share of it, ends a trial."""


@dataclass(frozen=True)
class TunedTrial:
    """One configuration: its parameters, mean score, seconds, and why it failed, if it did."""

    params: Mapping[str, Any]
    score: float
    seconds: float
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Tuned:
    """What `tune` found.

    `best_estimator_` is fitted on all rows with `best_params_`; `best_score_` is its mean
    score over the folds, greater is better; `trials_` are all trials in their order.
    """

    best_estimator_: Any
    best_params_: Mapping[str, Any]
    best_score_: float
    trials_: tuple[TunedTrial, ...]

    def predict(self, X: Any) -> Any:
        """Return the predictions of the best estimator."""
        return self.best_estimator_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the best estimator, where it has them."""
        return self.best_estimator_.predict_proba(X)


def tune(
    estimator: BaseEstimator,
    space: Mapping[str, Distribution],
    X: Any,
    y: Any,
    *,
    budget: str | float | None = None,
    trials: int | None = None,
    metric: str | None = None,
    random_state: int = 0,
) -> Tuned:
    """Tune an estimator's parameters by Bayesian search and cross-validation.

    Parameters
    ----------
    estimator : scikit-learn estimator
        It is cloned, never changed.
    space : mapping of parameter names to Float, Int or Choice
        Names as `set_params` takes them, those of a Pipeline's steps included.
    X, y : the table and target, as the estimator takes them
    budget : str or float, default "60s"
        Seconds, or a text such as "90s". A fit that runs is not interrupted; none is begun that
        would not end in time, going by those before it.
    trials : int or None
        The most configurations to try; alone, no clock is asked.
    metric : str or None
        A scikit-learn scorer name; the estimator's own `score` by default.
    random_state : int, default 0

    Raises
    ------
    ConfigError
        When the space is empty or names a parameter that the estimator does not have.
    DataError
        When X and y are not of as many rows each, two at least.
    FitError
        When every configuration failed.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from pliant import Float, tune
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": Float(1e-3, 1e3, log=True)}
    >>> tuned = tune(LogisticRegression(max_iter=500), space, X, y, trials=4)
    >>> tuned.best_score_ > 0.9
    True
    """
    import optuna

    _check_space(estimator, space)
    tuning = _Tuning(estimator, X, y, metric, random_state)
    allowed = Budget.of(budget, trials)
    deadline = Deadline(allowed.seconds)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=random_state, n_startup_trials=8),
    )
    done: list[TunedTrial] = []
    while not _over(done, allowed, deadline):
        asked = study.ask()
        params = {name: _drawn(asked, name, kind) for name, kind in space.items()}
        try:
            trial = with_own_threads(partial(tuning.run, params), Deadline(None))
        except KeyboardInterrupt:
            if not any(t.status == "done" for t in done):
                raise
            break
        done.append(trial)
        if trial.status == "failed":
            study.tell(asked, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(asked, trial.score)
    return with_own_threads(partial(tuning.result, done), Deadline(None))


def _drawn(asked: Any, name: str, kind: Distribution) -> Any:
    """Return a value that Optuna suggests; of a choice it knows the places alone, not the values,
    which may be any objects.
    """
    if isinstance(kind, Choice):
        return kind.values[asked.suggest_categorical(name, tuple(range(len(kind.values))))]
    return suggest(asked, name, kind)


def _check_space(estimator: BaseEstimator, space: Mapping[str, Distribution]) -> None:
    if not isinstance(space, Mapping):
        raise ConfigError(
            f"expected a space that maps names of parameters, got {type(space).__name__}"
        )
    if not space:
        raise ConfigError("expected a space with one parameter at least, got none")
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise ConfigError(f"expected a scikit-learn estimator, got {estimator!r}")
    known = estimator.get_params()
    for name, kind in space.items():
        if name not in known:
            raise ConfigError(
                f"expected parameters of {type(estimator).__name__}, which has no {name!r}"
            )
        if not isinstance(kind, Float | Int | Choice):
            raise ConfigError(
                f"expected {name!r} to be a Float, Int or Choice, such as Choice(1, 2), "
                f"got {kind!r}"
            )


def _over(done: list[TunedTrial], budget: Budget, deadline: Deadline) -> bool:
    if budget.trials is not None and len(done) >= budget.trials:
        return True
    # The refit on all rows takes about a fold and a quarter.
    needed = max((t.seconds for t in done[-3:]), default=0.0) * (1 + 1.25 / FOLDS)
    return bool(done) and deadline.remaining() <= needed


def _rows(X: Any, y: Any) -> tuple[Any, Any]:
    """Return X and y as what can be cut into rows, as many of one as of the other."""
    try:
        X, y = indexable(X, y)
        n = len(y)
    except (TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise DataError(f"expected X and y of as many rows each, but: {said}") from None
    if n < 2:
        raise DataError(f"expected 2 rows or more to tune on, got {n}")
    return X, y


def _scorer(estimator: Any, metric: str | None) -> Any:
    try:
        return check_scoring(estimator, scoring=metric)
    except (TypeError, ValueError) as error:
        said = " ".join(str(error).split())[:300]
        raise ConfigError(f"expected a metric of scikit-learn for {estimator!r}: {said}") from None


class _Tuning:
    """The estimator, the data and the folds; runs one configuration after another."""

    def __init__(self, estimator: Any, X: Any, y: Any, metric: str | None, seed: int) -> None:
        self.estimator = estimator
        self.X, self.y = _rows(X, y)
        kind = StratifiedKFold if is_classifier(estimator) else KFold
        n = len(self.y)
        rare = int(np.unique(self.y, return_counts=True)[1].min()) if kind is StratifiedKFold else n
        if rare < 2:
            kind = KFold
        folds = max(2, min(FOLDS, n if kind is KFold else rare))
        self.folds = list(kind(folds, shuffle=True, random_state=seed).split(np.zeros(n), self.y))
        self.scorer = _scorer(estimator, metric)
        self.best_first = -np.inf

    def run(self, params: Mapping[str, Any]) -> TunedTrial:
        """Return the trial of a configuration; a failure is recorded."""
        deadline, scores = Deadline(None), []
        try:
            for train, valid in self.folds:
                scores.append(self._score(params, train, valid))
                if len(scores) == 1 and self._clearly_worse(scores[0]):
                    break
        except Exception as error:  # the trial boundary: a failure is recorded, the search goes on
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            return TunedTrial(params, -np.inf, deadline.elapsed(), "failed", reason)
        self.best_first = max(self.best_first, scores[0])
        status = "done" if len(scores) == len(self.folds) else "dropped"
        return TunedTrial(params, float(np.mean(scores)), deadline.elapsed(), status)

    def _score(
        self, params: Mapping[str, Any], train: NDArray[np.intp], valid: NDArray[np.intp]
    ) -> float:
        model = self._with(params)
        model.fit(_safe_indexing(self.X, train), _safe_indexing(self.y, train))
        score = self.scorer(model, _safe_indexing(self.X, valid), _safe_indexing(self.y, valid))
        if not np.isfinite(score):
            raise ArithmeticError(f"a score that is not finite: {score}")
        return float(score)

    def _with(self, params: Mapping[str, Any]) -> Any:
        """Return an estimator of a configuration; no object in it is one of the user's."""
        own = {name: clone(value, safe=False) for name, value in params.items()}
        return clone(self.estimator).set_params(**own)

    def _clearly_worse(self, score: float) -> bool:
        return score < self.best_first - CLEARLY_WORSE * abs(self.best_first)

    def result(self, done: list[TunedTrial]) -> Tuned:
        """Return the best configuration, refitted on all rows."""
        ended = [t for t in done if t.status == "done"]
        if not ended:
            reasons = "; ".join(dict.fromkeys(t.reason for t in done[:3]))
            raise FitError(f"expected a configuration that works, but all failed ({reasons})")
        best = max(ended, key=lambda t: t.score)
        model = self._with(best.params).fit(self.X, self.y)
        return Tuned(model, best.params, best.score, tuple(done))
