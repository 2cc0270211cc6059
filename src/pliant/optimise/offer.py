"""An offer: a model that could ship instead of the ensemble, its score and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.figures import Figures
from pliant.metrics import Metric
from pliant.runtime.model import Model

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Offer:
    """A way to shrink, carried out on a part of the rows.

    `score`, greater is better, is that of rows which the model has never seen; `lost` is the share
    of the ensemble's score that it gives up on the same rows. `tried` learned from a part of the
    rows; `finish` returns the model to ship, trained on all of them.
    """

    name: str
    score: float
    lost: float
    tried: Model
    finish: Callable[[], Model]


@dataclass(frozen=True)
class Predicted(Offer):
    """An offer, and its `predictions` float64 (n, V) of the held-out `rows`."""

    rows: NDArray[np.intp]
    predictions: Floats


@dataclass(frozen=True)
class Point:
    """An offer with its figures, measured on a file."""

    offer: Offer
    figures: Figures

    @property
    def costs(self) -> tuple[float, float, float, float]:
        """What it would be good to have less of: minus the score, seconds a row (one row, and one
        of many), bytes."""
        found = self.figures
        return -self.offer.score, found.p50, 1 / found.rows_per_second, float(found.size)


def share_lost(score: float, ensemble: float) -> float:
    """Return the share of the ensemble's score that another score gives up; less than 0 if none.

    Scores are greater where they are better: those of losses are negative.

    Examples
    --------
    >>> round(share_lost(0.891, 0.9), 4), round(share_lost(-0.303, -0.3), 4)
    (0.01, 0.01)
    """
    return (ensemble - score) / max(abs(ensemble), 1e-12)


def described(point: Point, metric: Metric, chosen: bool, on_front: bool) -> dict[str, Any]:
    """Return a point as plain data: seconds, rows a second, bytes."""
    found = point.figures
    return {
        "model": point.offer.name,
        "score": float(f"{metric.shown(point.offer.score):.6g}"),
        "lost": float(f"{point.offer.lost:.3g}"),
        "p50": found.p50,
        "p99": found.p99,
        "rows_per_second": found.rows_per_second,
        "bytes": found.size,
        "front": on_front,
        "chosen": chosen,
    }
