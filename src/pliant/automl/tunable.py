"""What can be tuned: an estimator with a space, or a learner that has one of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sklearn.metrics import check_scoring

from pliant.core.errors import ConfigError
from pliant.metrics import Measure, scoring_of
from pliant.metrics.scorers import measure_of
from pliant.models.foreign import EstimatorLearner, OwnLearner, OwnRows
from pliant.models.foreign.networks.family import Network
from pliant.models.foreign.sklearn import Learner
from pliant.models.space import Distribution
from pliant.runtime.array_rows import ArrayRows


@dataclass(frozen=True)
class Tunable:
    """What is tuned, on which rows.

    `estimator` is what scikit-learn asks whether there are classes, `scored` what it makes a scorer
    of, None where `metric` must say it.
    """

    learner: OwnLearner
    rows: OwnRows
    estimator: Any
    scored: Any
    metric: str | None = None

    def scorer(self, metric: Any) -> tuple[Callable[[Any, Any, Any], float], Measure]:
        """Return what scores a fitted estimator, and how its scores compare.

        Raises
        ------
        ConfigError
            When scikit-learn has no such metric.
        """
        scoring = scoring_of(self.metric if metric is None else metric)
        try:
            if not (scoring is None or isinstance(scoring, str) or callable(scoring)):
                raise TypeError(f"one metric is needed, got {scoring!r}")
            scorer = check_scoring(self.scored, scoring=scoring)
        except (TypeError, ValueError) as error:
            said = " ".join(str(error).split())[:300]
            what = f"expected a metric of scikit-learn for {self.estimator!r}"
            raise ConfigError(f"{what}: {said}") from None
        measure = measure_of(scorer)
        return scorer, replace(measure, name=scoring) if isinstance(scoring, str) else measure


def tunable(
    model: Any, space: Mapping[str, Distribution] | None, X: Any, y: Any, seed: int
) -> Tunable:
    """Return what a user wants to be tuned.

    Raises
    ------
    ConfigError
        When the space makes no sense, or a network does not take the rows or cannot be written to a
        file.
    DataError
        When X and y are not of as many rows each, two at least.
    """
    if isinstance(model, Network):
        from pliant.models.foreign.networks.learner import NetworkLearner

        rows = OwnRows.of(ArrayRows.of(X), y)
        learner = NetworkLearner(model.blueprint, rows.y)
        learner.expect_usable(rows)
        return Tunable(learner, rows, learner, None, learner.default_metric)
    if isinstance(model, Learner):
        model, space = model.parameters.estimator, model.parameters.chosen_from
    rows = OwnRows.of(X, y)
    estimator_learner = EstimatorLearner(model, {} if space is None else space, seed)
    return Tunable(estimator_learner, rows, model, model)


def arranged(model: Any, space: Any, X: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return the space, X and y of a call: a model that has a space of its own is followed by X
    and y alone.

    Raises
    ------
    ConfigError
        When one of them is missing, or a space is given twice.
    """
    if isinstance(model, Network | Learner):
        given = [value for value in (space, X, y) if value is not None]
        if len(given) == 2:
            return None, *given
        raise ConfigError(
            f"expected X and y after a model with a space of its own, {type(model).__name__}, "
            f"got {len(given)} of them"
        )
    for name, value in (("space", space), ("X", X), ("y", y)):
        if value is None and name != "y":
            raise ConfigError(f"expected an estimator, a space, X and y, got no {name}")
    return space, X, y
