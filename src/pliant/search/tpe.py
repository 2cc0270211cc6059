"""The tree-structured Parzen estimator: where good configurations are likely and others are not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pliant.models.space import Space
from pliant.search.axes import Axes
from pliant.search.parzen import ParzenEstimator


class TPE:
    """Proposes configurations of a space, by the scores of others: the higher, the better.

    Bergstra et al., "Algorithms for Hyper-Parameter Optimization" (2011). What was tried is divided
    into the best tenth, at most 25, and the rest, and a density is learned of each. Of
    `n_ei_candidates` that are drawn from the first, the one is proposed that is likeliest there as
    against the second: it has the greatest expected improvement. Before `n_startup_trials` scores
    are known, proposals are drawn at random.

    What is pending counts with the rest, so that proposals made before it is known lie apart: the
    "constant liar" of Ginsbourger et al. (2010). With hundreds of workers most is pending.

    The shares, weights and widths are those of Optuna's multivariate estimator, and so is what it
    finds; but that takes 35 ms a proposal after 1,000 trials, and this one 4, since it computes on
    arrays (`benchmarks/scaling/proposals.py`).

    Examples
    --------
    >>> from pliant.models.space import Float
    >>> tpe, best = TPE({"x": Float(-3, 3)}, seed=0), -math.inf
    >>> for _ in range(40):
    ...     number, values = tpe.ask()
    ...     score = -((values["x"] - 1) ** 2)
    ...     tpe.tell(number, score)
    ...     best = max(best, score)
    >>> best > -0.01
    True
    """

    def __init__(
        self, space: Space, seed: int, n_startup_trials: int = 5, n_ei_candidates: int = 24
    ) -> None:
        self.axes = Axes(space)
        self._rng = np.random.default_rng(seed)
        self._n_startup_trials, self._n_ei_candidates = n_startup_trials, n_ei_candidates
        self._points = self._rooms = np.empty((0, len(space)))
        self._scores = np.empty(0)  # not a number while it is pending

    def __len__(self) -> int:
        return len(self._scores)

    @property
    def pending(self) -> int:
        """How many proposals have no score yet."""
        return int(np.isnan(self._scores).sum())

    def ask(self) -> tuple[int, dict[str, Any]]:
        """Return a configuration to try, and the number by which it is told of."""
        point = self.axes.settled(self._proposed())[0]
        return self._add(point, math.nan), self.axes.values(point)

    def tell(self, number: int, score: float) -> None:
        """Learn the score of a proposal; minus infinity where it failed."""
        self._scores[number] = score

    def add(self, values: Mapping[str, Any], score: float) -> None:
        """Learn the score of a configuration that others proposed."""
        self._add(self.axes.point(values), score)

    def _add(self, point: np.ndarray, score: float) -> int:
        self._points = np.vstack([self._points, point])
        self._rooms = np.vstack([self._rooms, self.axes.rooms(point[None])])
        self._scores = np.append(self._scores, score)
        return len(self._scores) - 1

    def _proposed(self) -> np.ndarray:
        """Return a point (1, d)."""
        known = np.flatnonzero(~np.isnan(self._scores))
        if len(known) < self._n_startup_trials:
            drawn = self._rng.random((1, len(self.axes)))
            return np.where(self.axes.choices, np.floor(drawn * self.axes.choices), drawn)
        best = known[np.argsort(-self._scores[known], kind="stable")[: _n_best(len(known))]]
        good = np.zeros(len(self), bool)
        good[best] = True
        below, above = (
            ParzenEstimator(self.axes, self._points[part], self._rooms[part])
            for part in (good, ~good)
        )
        drawn = below.sample(self._rng, self._n_ei_candidates)
        gain = below.log_density(drawn) - above.log_density(drawn)
        return drawn[[np.argmax(gain)]]


def _n_best(known: int) -> int:
    """Return how many of those that are known make up the first density."""
    return min(math.ceil(0.1 * known), 25)
