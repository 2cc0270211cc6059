"""Standing: what a smaller model loses beside the ensemble, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.training.experiment import Experiment

Floats = NDArray[np.float64]

BLOCKS = 20
"""Parts of the held-out rows, each left out once to see how far what is lost depends on it."""

MAX_ROWS = 4_000
"""Rows, drawn at random, that this is done with; the error of more is smaller by a known factor."""


@dataclass(frozen=True)
class Standing:
    """How a model stands beside the ensemble, by rows that neither has seen.

    `score`, greater is better, is that of the ensemble on all its held-out rows less what is lost;
    `lost` is the share of the ensemble's score that is given up, `error` its standard error.
    """

    score: float
    lost: float
    error: float

    @classmethod
    def as_good(cls, score: float) -> Standing:
        """Return that of the ensemble itself, which has this score."""
        return cls(score, 0.0, 0.0)


@dataclass(frozen=True)
class Yardstick:
    """What models are compared with: the score of the ensemble on all its held-out rows, `whole`,
    and, where they are known, its predictions `expected` float64 (n, V) of `rows` intp (n,).

    With these both are compared row by row. Where they are not known, a score on `rows` is
    compared with that of other rows, and what is lost is known less well. `doubt` is a standard
    error of what is lost that comes on top.
    """

    experiment: Experiment
    whole: float
    rows: NDArray[np.intp]
    expected: Floats | None = None
    doubt: float = 0.0

    def standing(self, predictions: Floats) -> Standing:
        """Return how the model stands that predicts float64 (n, V) of the rows."""
        lost = self._lost(np.arange(len(self.rows)), predictions)
        error = float(np.hypot(self._error(predictions), self.doubt))
        return Standing(self.whole - lost * abs(self.whole), lost, error)

    def _lost(self, places: NDArray[np.intp], predictions: Floats) -> float:
        rows = self.rows[places]
        score, whole = score_of(self.experiment, rows, predictions[places]), self.whole
        if self.expected is not None:
            whole = score_of(self.experiment, rows, self.expected[places])
        return share_lost(score, whole)

    def _error(self, predictions: Floats) -> float:
        """Return the standard error of what is lost, by the jackknife over blocks of rows."""
        if predictions is self.expected:
            return 0.0
        places, factor = np.arange(len(self.rows)), 1.0
        grouped = self.experiment.table.roles.groups is not None
        if len(places) > MAX_ROWS and not grouped:
            drawn = np.random.default_rng(self.experiment.seed).permutation(len(places))[:MAX_ROWS]
            places, factor = np.sort(drawn), np.sqrt(MAX_ROWS / len(places))
        block = self._blocks(self.rows[places])
        n = int(block.max()) + 1
        if n < 2:
            return 1.0
        found = [self._lost(places[block != k], predictions) for k in range(n)]
        error = float(factor * np.sqrt((n - 1) * np.var(found)))
        return error if self.expected is not None else float(np.sqrt(2) * error)

    def _blocks(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the block of each row; rows of one group are in one, and so is a row that is there
        more than once."""
        groups = self.experiment.table.roles.groups
        _, place = np.unique(rows if groups is None else groups[rows], return_inverse=True)
        shuffled = np.random.default_rng(self.experiment.seed).permutation(int(place.max()) + 1)
        return np.asarray(shuffled[place] % BLOCKS, dtype=np.intp)


def share_lost(score: float, ensemble: float) -> float:
    """Return the share of the ensemble's score that another score gives up; less than 0 if none.

    Scores are greater where they are better: those of losses are negative.

    Examples
    --------
    >>> round(share_lost(0.891, 0.9), 4), round(share_lost(-0.303, -0.3), 4)
    (0.01, 0.01)
    """
    return (ensemble - score) / max(abs(ensemble), 1e-12)


def score_of(experiment: Experiment, rows: NDArray[np.intp], predictions: Floats) -> float:
    """Return the score of predictions of some rows, greater is better."""
    table = experiment.table
    return experiment.measure(table.target.take(rows), predictions, table.roles.take(rows).weight)
