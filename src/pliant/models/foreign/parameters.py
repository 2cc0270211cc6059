"""Parameters of a user's estimator: what is searched, as plain data, and clones that have it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from pliant.core.errors import ConfigError
from pliant.models.space import Choice, Distribution, Float, Int, Space, inside, plain

AS_GIVEN = "as given"
"""The label of a model as its user has configured it."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of a model by name, as plain data: of a `Choice`, whose values may be any
    objects, the place among them. What is not named stays as the user has it.
    """

    values: Mapping[str, Any]


class ParameterSpace:
    """An estimator, and which of its parameters are searched.

    Raises
    ------
    ConfigError
        When it is no estimator, or the space names a parameter that it does not have.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from pliant import Choice, Float
    >>> of = ParameterSpace(Ridge(), {"alpha": Float(0.1, 10.0), "solver": Choice("auto", "svd")})
    >>> of.given()
    Parameters(values={'alpha': 1.0, 'solver': 0})
    >>> of.model(Parameters({"alpha": 2.0, "solver": 1}), seed=0)
    Ridge(alpha=2.0, random_state=0, solver='svd')
    """

    def __init__(self, estimator: Any, space: Mapping[str, Distribution]) -> None:
        _check_space(estimator, space)
        self.estimator, self.chosen_from = _cloned(estimator), dict(space)
        self.space: Space = with_places(space)

    def given(self) -> Parameters:
        """Return what the estimator has of the space, as far as that lies in it."""
        return given_values(self.chosen_from, self.estimator.get_params())

    def params(self, config: Parameters) -> dict[str, Any]:
        """Return what `set_params` takes: of each name of the space, the user's own object."""
        given, chosen = self.estimator.get_params(), self.chosen(config)
        return {name: chosen.get(name, given[name]) for name in self.space}

    def chosen(self, config: Parameters) -> dict[str, Any]:
        """Return the values that a configuration has, of a `Choice` the user's own object."""
        return chosen_values(self.chosen_from, config)

    def model(self, config: Parameters, seed: int) -> Any:
        """Return a clone that has a configuration; no object in it is one of the user's.

        Each `random_state` of it that is None becomes `seed`.
        """
        own = {name: clone(value, safe=False) for name, value in self.chosen(config).items()}
        return seeded(clone(self.estimator).set_params(**own), seed)

    def variants(self) -> list[Any]:
        """Return the estimator as it is, and with each value of each `Choice` in turn."""
        choices = [
            (name, value)
            for name, kind in self.chosen_from.items()
            if isinstance(kind, Choice)
            for value in kind.values
        ]
        others = [
            clone(self.estimator).set_params(**{name: clone(value, safe=False)})
            for name, value in choices
        ]
        return [clone(self.estimator), *others]

    def described(self) -> dict[str, str]:
        """Return what tells one search from another: the estimator and its space, in words."""
        kind = type(self.estimator)
        params = sorted(self.estimator.get_params().items())
        return {
            "estimator": f"{kind.__module__}.{kind.__qualname__} {in_words(params)}",
            "space": in_words(sorted(self.chosen_from.items())),
        }


def with_places(space: Mapping[str, Distribution]) -> Space:
    """Return the space that is searched: of a `Choice`, the places of its values."""
    return {
        name: Choice(range(len(kind.values))) if isinstance(kind, Choice) else kind
        for name, kind in space.items()
    }


def chosen_values(space: Mapping[str, Distribution], config: Parameters) -> dict[str, Any]:
    """Return the values that a configuration stands for, of a `Choice` the user's own object."""
    kinds = {name: space[name] for name in config.values}
    return {
        name: kind.values[config.values[name]] if isinstance(kind, Choice) else config.values[name]
        for name, kind in kinds.items()
    }


def given_values(space: Mapping[str, Distribution], params: Mapping[str, Any]) -> Parameters:
    """Return what parameters have of a space, as far as that lies in it."""
    found = dict[str, Any]()
    for name, kind in space.items():
        value = plain(params.get(name))
        if isinstance(kind, Choice):
            place = next((k for k, v in enumerate(kind.values) if _same(value, v)), None)
            if place is not None:
                found[name] = place
        elif type(value) in (int, float) and inside(kind, value):
            found[name] = value
    return Parameters(found)


def seeded(model: Any, seed: int) -> Any:
    """Return an estimator whose every random state is fixed."""
    params = model.get_params()
    free = [name for name in params if name.split("__")[-1] == "random_state"]
    return model.set_params(**{name: seed for name in free if params[name] is None})


def in_words(value: object) -> str:
    """Return the words for a value, without addresses in memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def expect_distributions(space: Mapping[str, Distribution]) -> None:
    """Raise ConfigError unless a space maps names to distributions."""
    if not isinstance(space, Mapping):
        raise ConfigError(
            f"expected a space that maps names of parameters, got {type(space).__name__}"
        )
    for name, kind in space.items():
        if not isinstance(kind, Float | Int | Choice):
            raise ConfigError(
                f"expected {name!r} to be a Float, Int or Choice, such as Choice(1, 2), "
                f"got {kind!r}"
            )


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


def _check_space(estimator: Any, space: Mapping[str, Distribution]) -> None:
    if isinstance(space, Mapping) and (
        isinstance(estimator, type) or not hasattr(estimator, "get_params")
    ):
        raise ConfigError(f"expected a scikit-learn estimator, got {estimator!r}")
    expect_distributions(space)
    known = estimator.get_params()
    for name in space:
        if name not in known:
            raise ConfigError(
                f"expected parameters of {type(estimator).__name__}, which has no {name!r}"
            )
