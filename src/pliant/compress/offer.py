"""An offer: a model that could ship instead of the ensemble, its score and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.artifact.profile import Profile
from pliant.compress.standing import Floats, Standing
from pliant.metrics import Metric
from pliant.runtime.model import Predictor


@dataclass(frozen=True)
class Offer:
    """A way to shrink, carried out on a part of the rows.

    `standing` is how good it is on rows that it has never seen. `tried` learned from a part of the
    rows; `finish` returns the model to ship, trained on all of them.
    """

    name: str
    standing: Standing
    tried: Predictor
    finish: Callable[[], Predictor]

    @property
    def score(self) -> float:
        """Its score on rows that it has never seen, greater is better."""
        return self.standing.score

    @property
    def lost(self) -> float:
        """The share of the ensemble's score that it gives up."""
        return self.standing.lost


@dataclass(frozen=True)
class Predicted(Offer):
    """An offer, and its `predictions` float64 (n, V) of the held-out `rows`."""

    rows: NDArray[np.intp]
    predictions: Floats


@dataclass(frozen=True)
class Point:
    """An offer with its figures, measured on a file."""

    offer: Offer
    figures: Profile

    @property
    def costs(self) -> tuple[float, float, float, float]:
        """What it would be good to have less of: minus the score, seconds a row (one row, and one
        of many), bytes."""
        found = self.figures
        return -self.offer.score, found.p50, 1 / found.rows_per_second, float(found.size)


def described(point: Point, metric: Metric, chosen: bool, on_front: bool) -> dict[str, Any]:
    """Return a point as plain data: seconds, rows a second, bytes."""
    found = point.figures
    return {
        "model": point.offer.name,
        "score": float(f"{metric.shown(point.offer.score):.6g}"),
        "lost": float(f"{point.offer.lost:.3g}"),
        "lost_error": float(f"{point.offer.standing.error:.3g}"),
        "p50": found.p50,
        "p99": found.p99,
        "rows_per_second": found.rows_per_second,
        "bytes": found.size,
        "front": on_front,
        "chosen": chosen,
    }
