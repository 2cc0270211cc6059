"""Decisions: which class is predicted of probabilities, where that is not the most probable one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decision:
    """The class of least expected cost (Elkan, 2001).

    `costs[i][j]` is what it costs to predict class j where class i is true, 0 where they are the
    same. Between two classes that is a threshold of the probability of the second one.

    Raises
    ------
    ConfigError
        When it is no square matrix of numbers from 0 on, its diagonal is not 0, or all of it is.

    Examples
    --------
    A second class that is missed costs 20, a first one that is taken for it 1:

    >>> decision = Decision(((0.0, 1.0), (20.0, 0.0)))
    >>> round(decision.threshold, 4), decision.pick(np.array([[0.04], [0.06]])).tolist()
    (0.0476, [0, 1])
    """

    costs: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        n = len(self.costs)
        if n < 2 or any(len(row) != n for row in self.costs):
            raise ConfigError("expected costs as a square matrix, a row and a column a class")
        if not all(math.isfinite(cost) and cost >= 0 for row in self.costs for cost in row):
            raise ConfigError(f"expected costs that are numbers from 0 on, got {list(self.costs)}")
        for i, row in enumerate(self.costs):
            if row[i] != 0:
                raise ConfigError(
                    f"expected costs whose diagonal is 0, what is right costs nothing, "
                    f"got {row[i]:g} in row {i}"
                )
        if not any(map(any, self.costs)):
            raise ConfigError("expected a cost above 0, but all costs are 0")

    @classmethod
    def of(cls, costs: object, classes: Sequence[Any]) -> Self:
        """Return the decision of a matrix as a user has it, a row and a column a class.

        Raises
        ------
        ConfigError
            When it is no such matrix.
        """
        try:
            matrix = np.asarray(costs, dtype=np.float64)
        except (TypeError, ValueError):
            raise ConfigError(f"expected costs as a matrix of numbers, got {costs!r}") from None
        n = len(classes)
        if matrix.shape != (n, n):
            raise ConfigError(
                f"expected costs of shape ({n}, {n}), a row for each true and a column for each "
                f"predicted one of {', '.join(map(str, classes[:8]))}, got shape {matrix.shape}"
            )
        return cls(tuple(map(tuple, matrix.tolist())))

    @classmethod
    def at(cls, threshold: object) -> Self:
        """Return the decision for the second of two classes where its probability is greater.

        Raises
        ------
        ConfigError
            When the threshold is no number strictly between 0 and 1.

        Examples
        --------
        >>> Decision.at(0.3).pick(np.array([[0.3], [0.31]])).tolist()
        [0, 1]
        """
        if not isinstance(threshold, int | float | np.number) or not 0 < threshold < 1:
            raise ConfigError(f"expected a threshold between 0 and 1, got {threshold!r}")
        return cls(((0.0, float(threshold)), (1.0 - float(threshold), 0.0)))

    @cached_property
    def threshold(self) -> float | None:
        """The probability of the second of two classes above which it is predicted; else None."""
        if len(self.costs) > 2:
            return None
        alarm, miss = self.costs[0][1], self.costs[1][0]
        return alarm / (alarm + miss)

    def said(self, classes: Sequence[str]) -> str:
        """Return the decision as a person would say it, given how labels are written.

        Examples
        --------
        >>> Decision.at(0.25).said(["no", "yes"])
        'predicts yes where its probability is above 0.25'
        """
        if self.threshold is None:
            return "predicts the class of least expected cost"
        return f"predicts {classes[1]} where its probability is above {self.threshold:.4g}"

    def expected(self, probabilities: Floats) -> Floats:
        """Return the expected cost float64 (n, K) of predicting each class, given (n, K)."""
        # Class after class, not by a matrix product: a row costs the same alone and among others.
        out = np.zeros_like(probabilities)
        for column, costs in zip(probabilities.T, self.costs, strict=True):
            out += column[:, None] * np.array(costs)
        return out

    def pick(self, predictions: Floats) -> NDArray[np.intp]:
        """Return the class numbers (n,) of a program's output (n, V): of a tie, the first."""
        if self.threshold is not None:
            return (predictions[:, 0] > self.threshold).astype(np.intp)
        return np.asarray(self.expected(predictions).argmin(axis=1), dtype=np.intp)
