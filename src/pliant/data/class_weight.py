"""Weights of classes: how much the rows of each one count, beside what each row counts itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.table import ByClass, Table
from pliant.data.target import Target, class_numbers

ClassWeight = Literal["balanced"] | Mapping[Any, float]
"""Classes that count alike, or the weight of each by its label, 1 where it is not named."""


def class_factors(
    given: ClassWeight, target: Target, weight: NDArray[np.float64] | None
) -> tuple[float, ...]:
    """Return what a row of each class counts, in the order of the classes.

    "balanced" is as in scikit-learn: the rows, or their weights, over K times those of the class.

    Raises
    ------
    ConfigError
        When the target is a regression's, or a label is none of its classes, or a weight is no
        number above 0.

    Examples
    --------
    >>> target = Target("binary", np.array([0, 0, 0, 1], dtype=np.uint8), ("no", "yes"))
    >>> class_factors({"yes": 5}, target, None)
    (1.0, 5.0)
    >>> [round(factor, 3) for factor in class_factors("balanced", target, None)]
    [0.667, 2.0]
    """
    classes = target.classes
    if not classes:
        raise ConfigError("expected class_weight for a classification, got one for a regression")
    if isinstance(given, str):
        if given != "balanced":
            raise ConfigError(
                f"expected class_weight to be 'balanced' or a dict of weights, got {given!r}"
            )
        sums = np.bincount(target.values.astype(np.intp), weight, len(classes))
        return tuple((sums.sum() / (len(classes) * sums)).tolist())
    if not isinstance(given, Mapping):
        raise ConfigError(
            f"expected class_weight to be 'balanced' or a dict of weights, got {given!r}"
        )
    factors = [1.0] * len(classes)
    for (label, factor), number in zip(
        given.items(), class_numbers(list(given), classes), strict=True
    ):
        if number < 0:
            known = ", ".join(map(repr, classes[:8]))
            raise ConfigError(
                f"expected class_weight for labels of the target, {known}, got {label!r}"
            )
        factors[number] = _weight(label, factor)
    return tuple(factors)


def _weight(label: object, factor: object) -> float:
    if isinstance(factor, int | float | np.number) and math.isfinite(factor) and factor > 0:
        return float(factor)
    raise ConfigError(f"expected a class_weight above 0 for {label!r}, got {factor!r}")


def weighed(table: Table, factors: Sequence[float], mean: float | None = None) -> Table:
    """Return a table whose rows count by their class, too; 1 in the mean, unless that is given."""
    own = table.roles.weight
    weight = np.array(factors)[table.target.values.astype(np.intp)]
    weight = weight if own is None else weight * own
    weight /= mean_weight(table, factors) if mean is None else mean
    by_class = ByClass(tuple(factors), alone=own is None)
    return replace(table, roles=replace(table.roles, weight=weight, by_class=by_class))


def mean_weight(table: Table, factors: Sequence[float]) -> float:
    """Return what a row of a table counts in the mean."""
    weight, own = np.array(factors)[table.target.values.astype(np.intp)], table.roles.weight
    return float(np.mean(weight if own is None else weight * own))


def parse_class_weight(text: str) -> ClassWeight:
    """Return what an option such as "balanced" or "no=1,yes=5" says.

    Raises
    ------
    ConfigError
        When it is neither.

    Examples
    --------
    >>> parse_class_weight("no=1,yes=2.5")
    {'no': 1.0, 'yes': 2.5}
    """
    return "balanced" if text == "balanced" else dict(_pairs(text))


def _pairs(text: str) -> Iterable[tuple[str, float]]:
    for part in text.split(","):
        label, mark, number = part.rpartition("=")
        try:
            yield label, float(number if mark else "")
        except ValueError:
            raise ConfigError(
                f"expected --class-weight balanced or LABEL=NUMBER,..., got {part!r}"
            ) from None
