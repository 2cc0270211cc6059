"""What Classifier and Regressor share: parameters, `fit`, `predict`, `save`, `optimize`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from pliant import artifact
from pliant.automl.fit import Result, Watch, fit
from pliant.automl.hearing import heard, say_result, warn_of
from pliant.automl.validation import column_names, has_names, question_of
from pliant.compress.shrink import optimise
from pliant.core.config import Budget, Clock, Limits, Resources
from pliant.core.errors import DataError, FitError
from pliant.core.memory import parse_bytes
from pliant.core.processors import processors_of
from pliant.data.roles import learn_roles
from pliant.data.stated import stated_columns
from pliant.data.store.store import Store
from pliant.data.table import MIN_ROWS, Statements
from pliant.data.target import Task
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.ensemble.incremental.sample import StoreRows
from pliant.metrics import named
from pliant.models.family import Family
from pliant.runtime.intake import to_frame
from pliant.runtime.model import Model
from pliant.runtime.raw import Frame
from pliant.training.progress import Progress
from pliant.training.request import Request


class Estimator(BaseEstimator):
    """What both estimators share: parameters, `fit`, `predict`, `save`."""

    def __init__(
        self,
        budget: str | float | None = None,
        *,
        trials: int | None = None,
        metric: Any = None,
        models: Sequence[str | Family] | None = None,
        random_state: int | np.random.RandomState | None = 0,
        n_jobs: int | None = None,
        engine: str = "auto",
        memory: str | float | None = None,
        journal: str | Path | None = None,
        limits: Limits | None = None,
        columns: Mapping[str, str] | None = None,
        verbose: int = 0,
    ) -> None:
        self.budget = budget
        self.trials = trials
        self.metric = metric
        self.models = models
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.engine = engine
        self.memory = memory
        self.journal = journal
        self.limits = limits
        self.columns = columns
        self.verbose = verbose

    def fit(
        self,
        X: object,
        y: object = None,
        sample_weight: object = None,
        *,
        groups: object = None,
        time: object = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Self:
        """Find the best model that the budget allows.

        Parameters
        ----------
        X : DataFrame, array or anything that speaks the Arrow C stream interface, n rows
            Numbers, text, categories, booleans and times; missing values are welcome. Or a
            `pliant.Store`, which holds the target and all else: a sample of it that fits into
            `memory` is searched on, and what was chosen is trained on all of its rows.
        y : array-like of shape (n,), or None for a store
            The target: labels of any type, or numbers.
        sample_weight : array-like of shape (n,), or None
            How much each row counts, at least 0; None counts every row once.
        groups : array-like of shape (n,), the name of a column of X, or None
            Rows of one group are never on both sides of a split. A column named here is no feature.
        time : array-like of shape (n,), the name of a column of X, or None
            When each row was: the past is made to predict the future. The column stays a feature.
        progress : callable or None
            Called with a `Progress` when a candidate starts.

        Returns
        -------
        self

        Raises
        ------
        DataError
            When the table or the target cannot be used.
        """
        clock = Clock(self._budget().seconds)
        with heard(self.verbose, clock, progress) as tell:
            watch = Watch(clock, tell, warn_of)
            if isinstance(X, Store):
                self._fit_store(X, (y, sample_weight, groups, time), watch)
            else:
                self._fit_table(X, y, (sample_weight, groups, time), watch)
        if self.verbose:
            say_result(self.model_.card, len(self.trials_), clock)
        return self

    def _fit_store(self, X: Store, others: Sequence[object], watch: Watch) -> None:
        if any(value is not None for value in others):
            raise DataError("expected nothing beside a store: it holds target, weights and all")
        self._keep(
            fit(StoreRows(X), self._request(self._kind), watch),
            [column.name for column in X.schema.columns],
            True,
        )
        self._keep_labels(None)

    def _fit_table(self, X: object, y: object, roles: Sequence[object], watch: Watch) -> None:
        sample_weight, groups, time = roles
        if y is None:
            raise DataError(
                f"expected y: {type(self).__name__} requires y to be passed, "
                "but the target y is None"
            )
        told = Statements(stated_columns(self.columns), [time] if isinstance(time, str) else [])
        frame, names = self._learned(X, told)
        question = question_of(y)
        self._check_rows(frame.n_rows, len(question.column))
        request = self._request(self._task(question))
        learned, left_out = learn_roles(frame, sample_weight, groups, time)
        seen = Frame({k: v for k, v in frame.items() if k not in left_out}, frame.n_rows)
        rows = FrameRows(seen, question, learned, told)
        self._keep(fit(rows, request, watch), names, has_names(X))
        self._keep_labels(question)

    def _learned(self, X: object, told: Statements) -> tuple[Frame, list[str]]:
        """Return the columns to learn from, and the names of all."""
        ignored = {name for name, stated in told.columns.items() if stated.kind == "ignore"}
        names = column_names(X) if ignored else None
        frame = to_frame(X, None if names is None else [n for n in names if n not in ignored])
        told.refuse_unknown(names or list(frame))
        return frame, names or list(frame)

    _kind: Task
    """The task of the estimator; "multiclass" for any number of classes."""

    def _task(self, question: Question) -> Task:
        raise NotImplementedError

    def _keep_labels(self, question: Question | None) -> None:
        """Take what was asked, None of a store, once there is a model."""

    def _check_rows(self, n_rows: int, n_targets: int) -> None:
        if n_rows != n_targets:
            raise DataError(
                f"expected one value of y a row of X, got {n_targets} values for {n_rows} rows"
            )
        if n_rows < MIN_ROWS:
            raise DataError(
                f"expected at least {MIN_ROWS} rows to learn from, got X with n_samples={n_rows}"
            )

    def _budget(self) -> Budget:
        return Budget.of(self.budget, self.trials)

    def _request(self, task: Task) -> Request:
        memory = None if self.memory is None else parse_bytes(self.memory)
        resources = Resources(processors_of(self.n_jobs), self.engine, memory)
        budget, journal = self._budget(), self.journal
        limits = self.limits or Limits()
        return Request(
            budget, named(self.metric), task, self.models, self._seed(), resources, journal, limits
        )

    def _seed(self) -> int:
        """Return what all randomness starts from."""
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _keep(self, result: Result, columns: Sequence[str], named: bool) -> None:
        self.model_: Model = result.model
        self.pareto_: list[dict[str, Any]] = [dict(point) for point in result.points]
        self._result = result
        self.trials_ = result.trials
        self.n_features_in_ = len(columns)
        if named:
            self.feature_names_in_ = np.array(columns, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _checked(self, X: object) -> object:
        """Return rows to predict; where columns have no names, there must be as many as at fit."""
        check_is_fitted(self)
        if hasattr(self, "feature_names_in_"):
            return X
        frame = to_frame(X)
        if len(frame) != self.n_features_in_:
            raise DataError(
                f"X has {len(frame)} features, but {type(self).__name__} "
                f"is expecting {self.n_features_in_} features as input"
            )
        return frame

    def predict(self, X: object) -> NDArray[Any]:
        """Return a label, in the type of `y`, or a number a row, shape (n,)."""
        rows = self._checked(X)
        return self.model_.predict(rows)

    @property
    def leaderboard_(self) -> Any:
        """Every trial, the best first: model, score, weight in the ensemble, seconds, status.

        A DataFrame where pandas is installed, else a list of dicts.
        """
        check_is_fitted(self)
        seconds = {t.number: round(t.seconds, 3) for t in self.trials_}
        rows = [{**row, "seconds": seconds[row["trial"]]} for row in self.model_.card.leaderboard]
        if find_spec("pandas") is None:
            return rows
        import pandas as pd

        return pd.DataFrame(rows)

    def save(self, path: str | Path) -> None:
        """Write the model to one data-only file, whole or not at all.

        Raises
        ------
        SaveError
            When the file cannot be written.
        """
        check_is_fitted(self)
        artifact.save(self.model_, path)

    def optimize(
        self,
        max_latency: str | float | None = None,
        max_size: str | float | None = None,
        max_loss: str | float | None = None,
    ) -> Self:
        """Make the model smaller and faster, until it stays within limits.

        Fewer members, fewer trees and students are tried, and the one with the best score on
        held-out rows is kept; with `max_loss` alone, the fastest. It is then `model_`, which
        `save` writes; `pareto_` tells of all that were tried. Called again, it starts from the
        ensemble again. It takes about as long as the budget at most.

        Parameters
        ----------
        max_latency : str, float or None
            Most time from one row to its prediction, the median: "100us", or seconds.
        max_size : str, float or None
            Most bytes of the model file: "300kB", or a number of bytes.
        max_loss : str, float or None
            Most of the ensemble's score that may be given up: "0.2%", or 0.002.

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            When no limit is given, or one makes no sense.
        FitError
            When no model stays within the limits, or `fit` was not called in this process.
        """
        check_is_fitted(self)
        result: Result | None = getattr(self, "_result", None)
        if result is None:
            raise FitError(
                "expected optimize right after fit, but this estimator was loaded or copied, "
                "without what the fit knew"
            )
        limits = Limits(max_latency, max_size, max_loss)
        chosen = optimise(limits, result.shrinking, Clock(self._budget().seconds))
        self.model_, self.pareto_ = chosen.model, chosen.points
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the model, and not what the fit knew."""
        return {k: v for k, v in super().__getstate__().items() if k != "_result"}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags
