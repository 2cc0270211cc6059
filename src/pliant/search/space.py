"""Search spaces: what a hyperparameter may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pliant.errors import ConfigError

Value = float | int | str | bool | None


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
        _expect_range(self.low, self.high, self.log)


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
        _expect_range(self.low, self.high, self.log)


@dataclass(frozen=True, init=False)
class Choice:
    """One of the given values.

    Examples
    --------
    >>> Choice("l1", "l2").values
    ('l1', 'l2')
    """

    values: tuple[Value, ...]

    def __init__(self, *values: Value) -> None:
        if not values:
            raise ConfigError("expected a Choice between values, got none")
        object.__setattr__(self, "values", values)


Distribution = Float | Int | Choice
Space = Mapping[str, Distribution]


def _expect_range(low: float, high: float, log: bool) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ConfigError(f"expected a range with low <= high, got {low} to {high}")
    if log and low <= 0:
        raise ConfigError(f"expected a range above 0 for a log scale, got {low} to {high}")
