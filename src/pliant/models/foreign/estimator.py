"""A user's scikit-learn estimator as a learner: its parameters are what is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pliant.core.errors import ConfigError
from pliant.features.block import View
from pliant.models.base import Allowance, Shape
from pliant.models.family import Default
from pliant.models.foreign.growth import Growth
from pliant.models.foreign.parameters import AS_GIVEN, Parameters, ParameterSpace, seeded
from pliant.models.foreign.rows import OwnRows
from pliant.models.space import Distribution, Space


class EstimatorLearner:
    """A user's estimator and the space of its parameters, as `models.learner.Learner` says.

    Each fit is one of a clone. Whatever `random_state` of it is None becomes `seed`, so that the
    same search gives the same result everywhere. Its `n_jobs` is left as it is.

    Raises
    ------
    ConfigError
        When it is no estimator, or the space is empty or names a parameter that it does not have.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from pliant import Choice, Float
    >>> space = {"alpha": Float(0.1, 10.0), "solver": Choice("auto", "svd")}
    >>> learner = EstimatorLearner(Ridge(), space)
    >>> learner.defaults["as given"].config
    Parameters(values={'alpha': 1.0, 'solver': 0})
    >>> learner.params(learner.configured({"alpha": 2.0, "solver": 1}))
    {'alpha': 2.0, 'solver': 'svd'}
    """

    import_seconds = 1.0
    punctual = False
    view: ClassVar[View] = "plain"
    anytime: ClassVar[bool] = False
    bytes_per_cell = 24.0
    """A float64 copy of the rows, and twice as much for what an estimator makes of them."""

    def __init__(self, estimator: Any, space: Mapping[str, Distribution], seed: int = 0) -> None:
        if isinstance(space, Mapping) and not space:
            raise ConfigError("expected a space with one parameter at least, got none")
        self._seed = seed % 2**32
        self._parameters = ParameterSpace(estimator, space)
        self.estimator = seeded(self._parameters.estimator, self._seed)
        self.growth = Growth()
        self.name = type(estimator).__name__
        self.package = type(estimator).__module__.partition(".")[0]
        self.space: Space = self._parameters.space
        self.defaults: Mapping[str, Default] = {AS_GIVEN: Default(self._parameters.given())}

    def seconds(self, config: Parameters, shape: Shape) -> float:
        """Return a guess, a microsecond a value unless a pilot fit has told another `growth`."""
        return self.growth.seconds_on(shape.cells)

    def expected_rounds(self, config: Parameters) -> float:
        """Return 0: it has no rounds that we count."""
        return 0.0

    def cheaper(self, config: Parameters, factor: float) -> Parameters:
        """Return the same: what makes an estimator cheaper, its user knows."""
        return config

    def configured(self, settings: Mapping[str, Any]) -> Parameters:
        """Return parameters with these values."""
        return Parameters(dict(settings))

    def settings(self, config: Parameters) -> dict[str, Any]:
        """Return the values of what is searched, by name."""
        return dict(config.values)

    def params(self, config: Parameters) -> dict[str, Any]:
        """Return what `set_params` takes: of each name of the space, the user's own object."""
        return self._parameters.params(config)

    def fit(self, data: OwnRows, config: Parameters, allowance: Allowance) -> Any:
        """Return a fitted clone; no object in it is one of the user's."""
        return self._parameters.model(config, self._seed).fit(data.X, data.y)

    def described(self) -> dict[str, str]:
        """Return what tells one search from another: the estimator and its space, in words."""
        return self._parameters.described()
