"""Pilot fits: a user's estimator on few rows says how long it takes, before the search plans."""

from __future__ import annotations

import math

from pliant.models.foreign import Growth
from pliant.training.engines.base import Engine
from pliant.training.estimator_experiment import EstimatorExperiment
from pliant.training.records import Candidate, Job

FEW, MORE = 500, 2_000
"""Rows of the pilot fits."""

WORTH = 4
"""How many times as many rows a split must have for pilot fits to cost little beside its own."""

SHARE = 0.1
"""Of the seconds, what a pilot fit may take."""

CLEAR_SECONDS, MAX_POWER = 0.02, 3.0
"""Seconds below which a fit says nothing of how its time grows, and the greatest power that it may
grow by."""


def pilot(
    experiment: EstimatorExperiment, candidate: Candidate, engine: Engine, seconds: float
) -> None:
    """Fit a candidate on few rows, then on more, and let its learner know what that took.

    Nothing is learned where they fail: the trials will say why.
    """
    n_train = len(experiment.splits[0].train)
    took: dict[int, float] = {}
    for rows in (FEW, MORE):
        if n_train < WORTH * rows:
            break
        (outcome,) = engine.run([Job(candidate, 0, rows, SHARE * seconds)])
        if outcome.reason and outcome.seconds < SHARE * seconds:
            break
        took[rows] = outcome.seconds
        if outcome.reason:  # it was ended: it takes at least that long
            break
    if took:
        experiment.learner.growth = _growth(took, experiment.rows.width)


def _growth(took: dict[int, float], width: int) -> Growth:
    """Return how the seconds of fits grow that took so many seconds on so many rows."""
    rows, seconds = max(took), took[max(took)]
    power = 1.0
    if len(took) > 1 and took[FEW] > CLEAR_SECONDS:
        power = math.log(seconds / took[FEW]) / math.log(rows / FEW)
    return Growth(seconds, rows * width, min(max(power, 1.0), MAX_POWER))
