"""Search spaces: what a hyperparameter may be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pliant.core.errors import ConfigError


@dataclass(frozen=True)
class Float:
    """A real number between `low` and `high`, drawn on a log scale when `log`.

    Examples
    --------
    >>> Float(1e-3, 1e3, log=True)
    Float(low=0.001, high=1000.0, log=True)
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        _settle(self, "number", _number)


@dataclass(frozen=True)
class Int:
    """A whole number from `low` to `high`, both included, drawn on a log scale when `log`.

    Examples
    --------
    >>> Int(1, 64)
    Int(low=1, high=64, log=False)
    """

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        _settle(self, "whole number", _whole)


@dataclass(frozen=True, init=False)
class Choice:
    """One of the given values, which may also come as one list, tuple, range or array.

    NumPy's numbers become plain ones. What `tune` is to choose from may be any objects.

    Examples
    --------
    >>> Choice("l1", "l2").values
    ('l1', 'l2')
    >>> Choice([0.1, 1.0]).values
    (0.1, 1.0)
    """

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        given: Any = values
        if len(values) == 1 and isinstance(values[0], list | tuple | range | np.ndarray):
            given = np.atleast_1d(values[0]) if isinstance(values[0], np.ndarray) else values[0]
        if not len(given):
            raise ConfigError("expected a Choice between values, got none")
        object.__setattr__(self, "values", tuple(map(plain, given)))


Distribution = Float | Int | Choice
Space = Mapping[str, Distribution]


def plain(value: Any) -> Any:
    """Return the plain number, truth or text that a scalar of NumPy is; all else as it is."""
    return value.item() if isinstance(value, np.number | np.bool_ | np.str_) else value


def _settle(space: Float | Int, kind: str, convert: Callable[[Any], float | None]) -> None:
    """Make the bounds of a range plain numbers.

    Raises
    ------
    ConfigError
        When they are none, or no range.
    """
    low, high = convert(space.low), convert(space.high)
    if low is None or high is None or low > high:
        raise ConfigError(
            f"expected a range of {kind}s with low <= high, got {space.low!r} to {space.high!r}"
        )
    if space.log and low <= 0:
        raise ConfigError(f"expected a range above 0 for a log scale, got {low} to {high}")
    for name, value in (("low", low), ("high", high), ("log", bool(space.log))):
        object.__setattr__(space, name, value)


def _number(value: Any) -> float | None:
    """Return a finite number, or None."""
    value = plain(value)
    whole_or_not = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if whole_or_not and math.isfinite(value) else None


def _whole(value: Any) -> int | None:
    """Return a whole number, be it written as a float or not, or None."""
    number = _number(value)
    return int(plain(value)) if number is not None and number == int(number) else None


def suggest(trial: Any, name: str, space: Float | Int | Choice) -> Any:
    """Return a value that an Optuna trial suggests."""
    if isinstance(space, Float):
        return trial.suggest_float(name, space.low, space.high, log=space.log)
    if isinstance(space, Int):
        return trial.suggest_int(name, space.low, space.high, log=space.log)
    return trial.suggest_categorical(name, space.values)


def distributions(space: Space) -> dict[str, Any]:
    """Return a space in Optuna's words."""
    from optuna import distributions as d

    out: dict[str, Any] = {}
    for name, kind in space.items():
        if isinstance(kind, Float):
            out[name] = d.FloatDistribution(kind.low, kind.high, log=kind.log)
        elif isinstance(kind, Int):
            out[name] = d.IntDistribution(kind.low, kind.high, log=kind.log)
        else:
            out[name] = d.CategoricalDistribution(kind.values)
    return out


def inside(space: Float | Int | Choice, value: Any) -> bool:
    """Return whether a value lies in a space."""
    if isinstance(space, Choice):
        return value in space.values
    return bool(space.low <= value <= space.high)
