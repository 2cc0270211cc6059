"""What Classifier and Regressor share: parameters, `fit`, and what is done with the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from pliant.automl.explaining_estimator import ExplainingEstimator
from pliant.automl.fit import Result, fit
from pliant.automl.hearing import heard, say_result, warn_of
from pliant.automl.leaderboard import leaderboard_of
from pliant.automl.model import Model
from pliant.automl.opener import Opened, Opener, given
from pliant.automl.rows import threads_of
from pliant.automl.spec import spec_of
from pliant.automl.validation import question_of
from pliant.core.config import Budget, Limits
from pliant.core.deadline import Deadline
from pliant.core.errors import DataError
from pliant.data.class_weight import ClassWeight
from pliant.data.dataset import Unread
from pliant.data.target import Task
from pliant.ensemble.incremental.rows import Question
from pliant.models.family import Family
from pliant.runtime.intake import are_files, to_frame
from pliant.training.context import FitContext
from pliant.training.folds import Folds
from pliant.training.progress import Progress

if TYPE_CHECKING:
    from pliant.compile.export import Exported


class Estimator(ExplainingEstimator, BaseEstimator):
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
        cv: int | Folds | None = None,
        class_weight: ClassWeight | None = None,
        costs: object = None,
        intervals: bool = False,
        monotone: Mapping[str, int | str] | None = None,
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
        self.cv = cv
        self.class_weight = class_weight
        self.costs = costs
        self.intervals = intervals
        self.monotone = monotone
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
        X : DataFrame, array, anything that speaks the Arrow C stream interface, files, or a Dataset
            The table of n rows: numbers, text, categories, booleans and times; missing values are
            welcome. Or where it is: a path, a glob, a URL or a list of them. Or what
            `pliant.data.open` returns, or a `pliant.Store`, which hold the target and all else. A
            sample of a store that fits into `memory` is searched on, and what was chosen is
            trained on all of its rows; files that memory does not hold become one first.
        y : array-like of shape (n,), the name of a column of X, or None
            The target: labels of any type, or numbers. None for a dataset or a store.
        sample_weight, groups, time : as y
            How much each row counts, at least 0; which rows belong together, and are never on both
            sides of a split; and when each was: the past is made to predict the future. A column of
            X with weights or groups is no feature, one of times stays one.
        progress : callable or None
            Called with a `Progress` when a candidate starts.

        Returns
        -------
        self

        Raises
        ------
        DataError
            When the table or the target cannot be used.

        Examples
        --------
        >>> import pliant
        >>> rows = {"age": [23, 61, 35, 70] * 9, "rich": ["no", "yes", "no", "yes"] * 9}
        >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, "rich")
        >>> model.predict({"age": 65}).tolist(), model.feature_names_in_.tolist()
        (['yes'], ['age'])
        """
        deadline = Deadline(Budget.of(self.budget, self.trials).seconds)
        data = given(X, y, (sample_weight, groups, time), self)
        with heard(self.verbose, deadline, progress) as tell:
            context = FitContext(deadline, tell=tell, remark=warn_of)
            spec = spec_of(self, data, self._kind)
            with Opener(spec, context).opened(data) as found:
                self._refuse(found.question)
                self._keep(fit(found.rows, spec, context), found)
        if self.verbose:
            say_result(self.model_.card, len(self.trials_), deadline)
        return self

    _kind: Task
    """The task of the estimator; "multiclass" for any number of classes."""

    def _refuse(self, question: Question | None) -> None:
        """Raise DataError when a target, None of a store, is none for this estimator."""

    def _keep(self, result: Result, found: Opened) -> None:
        self.model_ = Model(result.model, shrinking=result.shrinking, pareto=result.points)
        self.trials_ = result.trials
        self.n_features_in_ = len(found.names)
        if found.named:
            self.feature_names_in_ = np.array(found.names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    @property
    def pareto_(self) -> list[dict[str, Any]]:
        """What limits, or `optimize`, made choose from: `Model.pareto_`."""
        check_is_fitted(self)
        return self.model_.pareto_

    def _checked(self, X: object) -> object:
        """Return rows to predict; where columns have no names, there must be as many as at fit."""
        check_is_fitted(self)
        named = hasattr(self, "feature_names_in_") or isinstance(X, Unread | str | PurePath)
        if named or (are_files(X) and self.n_features_in_ == 1):
            return X
        frame = to_frame(X)
        if len(frame) != self.n_features_in_:
            raise DataError(
                f"X has {len(frame)} features, but {type(self).__name__} "
                f"is expecting {self.n_features_in_} features as input"
            )
        return frame

    def predict(self, X: object) -> NDArray[Any]:
        """Return a label, in the type of `y`, or a number a row of a table or of files, shape (n,).

        Examples
        --------
        >>> from pliant import Regressor
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> Regressor(trials=1, models=["additive"]).fit(rows, values).predict({"x": 2.0}).round()
        array([20.])
        """
        rows = self._checked(X)
        return self.model_.predict(rows, threads=threads_of(rows, self.n_jobs))

    def _score(self, X: object, y: object, sample_weight: object) -> float:
        rows = self._checked(X)
        answers = y if y is None or isinstance(y, str) else question_of(y).column
        return self.model_.score(rows, answers, sample_weight=sample_weight)

    @property
    def leaderboard_(self) -> Any:
        """Every trial, the best first: model, score, weight in the ensemble, seconds, status.

        A DataFrame where pandas is installed, else a list of dicts.
        """
        check_is_fitted(self)
        return leaderboard_of(self.model_.card, self.trials_)

    def save(self, path: str | Path) -> None:
        """Write the model to one data-only file, whole or not at all.

        Raises
        ------
        SaveError
            When the file cannot be written.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> model = pliant.Regressor(trials=1, models=["additive"]).fit(rows, values)
        >>> model.save(f"{folder.name}/m.pliant")
        >>> pliant.load(f"{folder.name}/m.pliant").predict({"x": 2.0}) == model.predict({"x": 2.0})
        array([ True])
        >>> folder.cleanup()
        """
        check_is_fitted(self)
        self.model_.save(path)

    def export(self, path: str | Path, to: str = "onnx") -> Exported:
        """Write the model in another format, checked before it is written: see `Model.export`.

        Examples
        --------
        >>> import tempfile, pliant
        >>> folder = tempfile.TemporaryDirectory()
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> model = pliant.Regressor(trials=1, models=["additive"]).fit(rows, values)
        >>> model.export(f"{folder.name}/m.onnx").size > 0
        True
        >>> folder.cleanup()
        """
        check_is_fitted(self)
        return self.model_.export(path, to)

    def optimize(
        self,
        max_latency: str | float | None = None,
        max_size: str | float | None = None,
        max_loss: str | float | None = None,
        *,
        data: object = None,
    ) -> Self:
        """Make the model smaller and faster, until it stays within limits.

        What `Model.optimize` returns is then `model_`, which `save` writes; `pareto_` tells of all
        that were tried. Called again, it starts from the ensemble again. It takes about as long as
        the budget at most.

        Parameters
        ----------
        max_latency, max_size, max_loss, data
            As `Model.optimize` has them.

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            When no limit is given, or one makes no sense.
        FitError
            When no model stays within the limits.
        DataError
            When the estimator was fitted in another process, and not on files that can be read.

        Examples
        --------
        >>> import pliant
        >>> rows, values = {"x": [1.0, 2.0, 3.0, 4.0] * 9}, [10.0, 20.0, 30.0, 40.0] * 9
        >>> model = pliant.Regressor(trials=1, models=["additive"]).fit(rows, values)
        >>> model.optimize(max_size="20kB").model_.size <= 20_000
        True
        """
        check_is_fitted(self)
        self.model_ = self.model_.optimize(
            data,
            max_latency=max_latency,
            max_size=max_size,
            max_loss=max_loss,
            budget=Budget.of(self.budget, self.trials).seconds,
            n_jobs=self.n_jobs,
        )
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags
