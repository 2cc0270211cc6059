"""A scikit-learn estimator as a member of ensembles: a family that learns as it does, and leaves
ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits

from pliant.core.errors import ConfigError
from pliant.models.base import Allowance, Data, Fitted
from pliant.models.family import Default, Family
from pliant.models.foreign.convert import converted, expect_convertible, final_of, reads
from pliant.models.foreign.inputs import Inputs, code_inputs, number_inputs
from pliant.models.foreign.parameters import AS_GIVEN, Parameters, ParameterSpace
from pliant.models.space import Distribution

CHECKED, TOLERANCE = 200, 1e-4
"""Rows on which the ops of a model are compared with it, and by how much they may differ."""


class Learner(Family):
    """A scikit-learn estimator, or a pipeline, as a member of ensembles.

    To be named among the models of a `Classifier` or a `Regressor`. It is tried as it is given,
    then with parameters from its space, as every family is; each fit is one of a clone, whose
    `random_state`, where it is None, is set from the seed of the fit. What leaves is data: the
    fitted model is written as ops, which are compared with it, and which are what is scored, saved
    and loaded. Estimators whose models cannot be written so are refused by name.

    Trees, forests and boosted trees learn from codes: float32 (n, F), the bins of numbers, target
    statistics and the ids of categories, 0 where a value is missing. All others learn from numbers,
    float32 (n, P): each number in its own unit, its median where it is missing, and an input more
    that says so; an input, 0 or 1, for each value of a category with up to 32. A regression's
    target is standardised.

    Parameters
    ----------
    estimator : scikit-learn estimator or Pipeline
        Linear models, trees, forests, boosted trees, multilayer perceptrons and calibrated linear
        classifiers, behind scalers and selections of columns.
    space : mapping of parameter names to Float, Int or Choice, optional
        What is searched, by names as `set_params` takes them; by default nothing.
    name : str, optional
        What leaderboards call it; by default the name of the class of the estimator, of a
        pipeline's last step.

    Raises
    ------
    ConfigError
        When it is no estimator, cannot be written as ops, or the space does not fit it.

    Examples
    --------
    >>> import numpy as np, pliant
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> space = {"C": pliant.Float(1e-3, 1e3, log=True)}
    >>> learner = pliant.sklearn.Learner(LogisticRegression(), space)
    >>> model = pliant.Classifier(trials=2, models=["additive", learner]).fit(X, X[:, 0] > 0)
    >>> [trial.candidate.name for trial in model.trials_]
    ['additive default', 'LogisticRegression as given']
    """

    package = "sklearn"
    import_seconds = 2.6
    bytes_per_cell = 40.0

    def __init__(
        self,
        estimator: Any,
        space: Mapping[str, Distribution] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        self.parameters = ParameterSpace(estimator, {} if space is None else space)
        for variant in self.parameters.variants():
            expect_convertible(variant)
        default = Default(self.parameters.given())
        # What a family says for its class, this one says for its estimator.
        vars(self).update(
            name=type(final_of(estimator)).__name__ if name is None else name,
            defaults={AS_GIVEN: default},
            space=self.parameters.space,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.parameters.estimator!r})"

    def configured(self, settings: Mapping[str, Any]) -> Parameters:
        """Return parameters with these values."""
        return Parameters(dict(settings))

    def settings(self, config: Parameters) -> dict[str, Any]:
        """Return the values of what is searched, by name."""
        return dict(config.values)

    def fit(self, data: Data, config: Parameters, allowance: Allowance) -> Fitted:
        """Return the fitted model as ops.

        Raises
        ------
        ConfigError
            When it takes no weights and there are some, or cannot be written as ops.
        ArithmeticError
            When its ops do not predict what it does.
        """
        model = self.parameters.model(config, allowance.seed % 2**32)
        expect_convertible(model)
        target, inputs = data.target, _inputs(model, data)
        if target.of_chances or (target.classes and len(np.unique(target.values)) < 2):
            raise ConfigError(f"expected labels of two classes or more for {self.name}")
        weights = _weights(model, data.train.weight)
        with threadpool_limits(allowance.threads, user_api="openmp"):
            model.fit(inputs(data.train.X), target.values, **weights)
        found = converted(model, inputs, len(target.classes))
        fitted = Fitted(found.ops, found.link)
        _compare(fitted, model, inputs, data)
        return fitted


def _inputs(model: Any, data: Data) -> Inputs:
    if reads(model) == "codes":
        return code_inputs(data.features)
    return number_inputs(data.features, data.train.X)


def _weights(model: Any, weight: NDArray[np.float64] | None) -> dict[str, Any]:
    """Return how `fit` is told the weights of rows, by the name that it has for them."""
    if weight is None:
        return {}
    final = final_of(model)
    if not has_fit_parameter(final, "sample_weight"):
        raise ConfigError(f"{type(final).__name__} takes no sample weights, and the rows have some")
    name = "sample_weight"
    return {name if final is model else f"{model.steps[-1][0]}__{name}": weight}


def _compare(fitted: Fitted, model: Any, inputs: Inputs, data: Data) -> None:
    """Raise ArithmeticError unless ops predict what a model does on some of the training rows."""
    X = data.train.X[:CHECKED]
    made = fitted.predict(X)
    if data.target.classes:
        wanted = np.zeros((len(X), len(data.target.classes)))
        seen = np.asarray(final_of(model).classes_, dtype=np.intp)
        wanted[:, seen] = model.predict_proba(inputs(X))
        wanted = wanted[:, 1:] if data.target.task == "binary" else wanted
    else:
        wanted = np.reshape(model.predict(inputs(X)), (-1, 1))
    most = float(np.abs(made - wanted).max(initial=0.0))
    if not most <= TOLERANCE * max(1.0, float(np.abs(wanted).max(initial=0.0))):
        raise ArithmeticError(
            f"expected ops that predict what {type(final_of(model)).__name__} does, "
            f"but they differ by {most:.2g}"
        )
