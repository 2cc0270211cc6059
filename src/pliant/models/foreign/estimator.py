"""A user's scikit-learn estimator as a learner: its parameters are what is searched."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sklearn.base import clone

from pliant.core.errors import ConfigError
from pliant.features.block import View
from pliant.models.base import Allowance, Shape
from pliant.models.family import Default
from pliant.models.foreign.rows import OwnRows
from pliant.models.space import Choice, Distribution, Float, Int, Space, inside, plain

AS_GIVEN = "as given"
"""The label of the estimator as the user has configured it."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of an estimator by name, as plain data: of a `Choice`, whose values may be any
    objects, the place among them. What is not named stays as the user has it.
    """

    values: Mapping[str, Any]


@dataclass(frozen=True)
class Growth:
    """How the seconds of a fit grow with its values: so many on so many, and by which power.

    Examples
    --------
    >>> Growth(0.5, cells=1_000, power=2.0).seconds_on(10_000)
    50.0
    """

    seconds: float = 1e-3
    cells: int = 1_000
    power: float = 1.0

    def seconds_on(self, cells: int) -> float:
        """Return about how long a fit to so many values takes."""
        return self.seconds * math.pow(cells / self.cells, self.power)


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
    view: ClassVar[View] = "plain"
    anytime: ClassVar[bool] = False
    bytes_per_cell = 24.0
    """A float64 copy of the rows, and twice as much for what an estimator makes of them."""

    def __init__(self, estimator: Any, space: Mapping[str, Distribution], seed: int = 0) -> None:
        _check_space(estimator, space)
        self._seed = seed % 2**32
        self.estimator, self._chosen_from = self._seeded(_cloned(estimator)), dict(space)
        self.growth = Growth()
        self.name = type(estimator).__name__
        self.package = type(estimator).__module__.partition(".")[0]
        self.space: Space = {
            name: Choice(range(len(kind.values))) if isinstance(kind, Choice) else kind
            for name, kind in space.items()
        }
        self.defaults: Mapping[str, Default] = {AS_GIVEN: Default(Parameters(self._given()))}

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
        given = self.estimator.get_params()
        return {
            name: self._object(name, config.values[name]) if name in config.values else given[name]
            for name in self.space
        }

    def fit(self, data: OwnRows, config: Parameters, allowance: Allowance) -> Any:
        """Return a fitted clone; no object in it is one of the user's."""
        chosen = {name: self._object(name, value) for name, value in config.values.items()}
        own = {name: clone(value, safe=False) for name, value in chosen.items()}
        model = self._seeded(clone(self.estimator).set_params(**own))
        return model.fit(data.X, data.y)

    def described(self) -> dict[str, str]:
        """Return what tells one search from another: the estimator and its space, in words."""
        kind = type(self.estimator)
        params = sorted(self.estimator.get_params().items())
        return {
            "estimator": f"{kind.__module__}.{kind.__qualname__} {_words(params)}",
            "space": _words(sorted(self._chosen_from.items())),
        }

    def _object(self, name: str, value: Any) -> Any:
        kind = self._chosen_from[name]
        return kind.values[value] if isinstance(kind, Choice) else value

    def _given(self) -> dict[str, Any]:
        """Return what the estimator has of the space, as far as that lies in it."""
        params, found = self.estimator.get_params(), dict[str, Any]()
        for name, kind in self._chosen_from.items():
            value = plain(params[name])
            if isinstance(kind, Choice):
                place = next((k for k, v in enumerate(kind.values) if _same(value, v)), None)
                if place is not None:
                    found[name] = place
            elif type(value) in (int, float) and inside(kind, value):
                found[name] = value
        return found

    def _seeded(self, model: Any) -> Any:
        """Return an estimator whose every random state is fixed."""
        params = model.get_params()
        free = [name for name in params if name.split("__")[-1] == "random_state"]
        return model.set_params(**{name: self._seed for name in free if params[name] is None})


def _same(value: Any, other: Any) -> bool:
    """Return whether two values of a parameter are one: the same object, or the same in words."""
    written = isinstance(value, bool | int | float | str | tuple) and type(value) is type(other)
    return value is other or (written and repr(value) == repr(other))


def _cloned(estimator: Any) -> Any:
    try:
        return clone(estimator)
    except (RuntimeError, TypeError) as error:
        said = " ".join(str(error).split())[:300]
        raise ConfigError(f"expected an estimator that can be cloned, but: {said}") from None


def _words(value: object) -> str:
    """Return the words for a value, without addresses in memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def _check_space(estimator: Any, space: Mapping[str, Distribution]) -> None:
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
