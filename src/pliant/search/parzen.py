"""A Parzen estimator: a density over a search space, learned from configurations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.search.axes import Axes, Points

LATEST = 25
"""Configurations that count in full; those before them count less the older they are."""

NARROWEST = 100.0
"""A kernel is no narrower than one of so many parts of its axis."""


class ParzenEstimator:
    """A mixture of one kernel around each of `points` (n, d), in the order in which they were
    tried, and of a wide one that is the same everywhere or nearly so (the prior). `rooms` (n, d)
    is how much of each axis their values have (`Axes.rooms`).

    A kernel is a product over the axes: a normal distribution that ends where its range does, as
    wide as its neighbours are far; or, of a choice, its value, and a little of the others. All axes
    together are what is called multivariate: Falkner et al. (BOHB, 2018); the widths are those of
    Bergstra et al. (2011), as Optuna and Hyperopt have them. Arrays alone, no loop over points: a
    thousand of them take a millisecond or two.
    """

    def __init__(self, axes: Axes, points: Points, rooms: Points) -> None:
        from scipy.special import ndtr

        self._axes, n = axes, len(points)
        self._range, choices = axes.choices == 0, axes.choices
        self._centres = np.vstack([points, np.where(self._range, 0.5, -1.0)])
        weights = np.append(_weights(n), 1.0)
        self._weights = weights / weights.sum()
        centres = self._centres[:, self._range]
        widths = _widths(centres[:-1], rooms[:, self._range])
        self._widths = np.vstack([widths, np.ones(centres.shape[1])])
        self._ends = ndtr(-centres / self._widths), ndtr((1 - centres) / self._widths)
        other = 1 / (n + 1) / (1 + choices[~self._range] / (n + 1))
        self._same, self._other = np.log(other * (n + 2)), np.log(other)
        self._any = -np.log(choices[~self._range])
        logs = np.log(self._weights) - np.log(self._widths).sum(axis=1)
        self._heights = logs - np.log(self._ends[1] - self._ends[0]).sum(axis=1)

    def sample(self, rng: np.random.Generator, size: int) -> Points:
        """Return so many configurations (size, d) that are drawn at random."""
        from scipy.special import ndtri

        kernels = rng.choice(len(self._weights), size, p=self._weights)
        out = self._centres[kernels]
        low, high = (ends[kernels] for ends in self._ends)
        drawn = ndtri(low + rng.random(low.shape) * (high - low))
        out[:, self._range] += self._widths[kernels] * drawn
        out[:, self._range] = np.clip(out[:, self._range], 0, 1)
        for axis, other in zip(np.flatnonzero(~self._range), self._other, strict=True):
            n_choices = self._axes.choices[axis]
            unsure = (out[:, axis] < 0) | (rng.random(size) < n_choices * np.exp(other))
            out[unsure, axis] = rng.integers(0, n_choices, unsure.sum())
        return self._axes.settled(out)

    def log_density(self, points: Points) -> NDArray[np.float64]:
        """Return the log of the density, up to a constant, at points (m, d)."""
        places, centres = points[:, self._range], self._centres[:, self._range]
        narrow = self._widths**-2.0
        far = places**2 @ narrow.T - 2 * places @ (centres * narrow).T
        far += (centres**2 * narrow).sum(axis=1)
        logs = self._heights - 0.5 * far
        same = points[:, None, ~self._range] == self._centres[:-1, ~self._range]
        logs[:, :-1] += np.where(same, self._same, self._other).sum(axis=2)
        logs[:, -1] += self._any.sum()
        most = logs.max(axis=1, keepdims=True)
        return np.asarray(np.log(np.exp(logs - most).sum(axis=1)) + most[:, 0])


def _weights(n: int) -> NDArray[np.float64]:
    """Return how much each of n configurations counts, the oldest first."""
    if n <= LATEST:
        return np.ones(n)
    return np.concatenate([np.linspace(1 / n, 1, n - LATEST), np.ones(LATEST)])


def _widths(centres: Points, rooms: Points) -> Points:
    """Return how wide the kernels around centres (n, a) are on each axis: as far as the farther
    neighbour is, and no narrower than half the room of a whole number.
    """
    n = len(centres)
    order = np.argsort(centres, axis=0, kind="stable")
    edge = np.zeros((1, centres.shape[1]))
    ordered = np.vstack([edge, np.take_along_axis(centres, order, axis=0), edge + 1])
    gaps = np.diff(ordered, axis=0)
    widths = np.maximum(gaps[:-1], gaps[1:])
    if n > 1:  # an end of the range is no neighbour
        widths[0], widths[-1] = gaps[1], gaps[-2]
    out = np.empty_like(widths)
    np.put_along_axis(out, order, widths, axis=0)
    return np.clip(np.maximum(out, rooms / 2), 1 / min(NARROWEST, n + 2), 1.0)
