"""A member: a member of the ensemble on its way through the blocks."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Table
from pliant.ensemble.refit import Weighted, settled
from pliant.features.features import FeatureMap
from pliant.metrics import LOSS, Metric
from pliant.models.base import Fitted
from pliant.models.family import IncrementalFamily
from pliant.models.quantise import with_whole_leaves
from pliant.models.registry import FAMILIES
from pliant.training.cost import block_row_bytes
from pliant.training.experiment import Experiment
from pliant.training.prepared import Pipeline
from pliant.training.records import Job, Outcome, Partial, Trial
from pliant.training.training_set import TrainingSet

PATIENCE, PATIENCE_ROUNDS = 4, 100
"""Blocks and rounds in a row, both of them, that bring nothing before a member ends."""

MAX_LOST = 0.02
"""The share by which the loss that models are trained for may grow where the score gets better."""

GAIN = 1.5
"""How many times as many rows as in the search a family learns from that does not go on."""


@dataclass(frozen=True)
class Judge:
    """Held-out rows, on which models compare."""

    table: Table
    metric: Metric
    _made: dict[int, tuple[FeatureMap, NDArray[np.uint8]]] = field(default_factory=dict, repr=False)

    def predictions(self, member: Pipeline) -> NDArray[np.float64]:
        """Return predictions float64 (n, V) of the held-out rows."""
        features = member.features
        if id(features) not in self._made:
            self._made[id(features)] = features, features(self.table.coded)
        own = features.planes(self.table.coded)
        return member.scale.up(member.fitted.predict(self._made[id(features)][1], own))

    def merit(self, predictions: NDArray[np.float64]) -> tuple[float, float]:
        """Return how good predictions are, by the metric and by what models are trained for; minus
        infinity where some are not finite.
        """
        if not np.isfinite(predictions).all():
            return -np.inf, -np.inf
        target, weight = self.table.target, self.table.roles.weight
        by_loss = LOSS[target.task](target, predictions, weight)
        return self.metric(target, predictions, weight), by_loss


class IncrementalMember:
    """A member as the search left it, the model that goes through the blocks, and the better one.

    `weighted` holds the better one; `predictions` are its own of the held-out rows. `reached` is up
    to which row it has come.
    """

    def __init__(
        self, weighted: Weighted, trial: Trial, judge: Judge, experiment: Experiment
    ) -> None:
        self.weighted, self.trial, self._judge = weighted, trial, judge
        self._experiment = experiment
        self.predictions = judge.predictions(weighted.member)
        self.merit = judge.merit(self.predictions)
        self._least = self.merit[1] - MAX_LOST * abs(self.merit[1])
        self._fitted: Fitted | None = None
        self._stale = self._stale_rounds = self.reached = 0
        self._best, self.reason = (-np.inf, -np.inf), ""

    @property
    def score(self) -> float:
        """The score of the better one on the held-out rows."""
        return self.merit[0]

    @property
    def over(self) -> bool:
        """Whether further blocks bring nothing."""
        return self._stale >= PATIENCE and self._stale_rounds >= PATIENCE_ROUNDS

    @property
    def goes_on(self) -> bool:
        """Whether it learns from block after block, or from one alone."""
        return isinstance(FAMILIES[self.trial.candidate.family], IncrementalFamily)

    @property
    def data_parallel(self) -> bool:
        """Whether several processes, each with a part of a block, can train it together."""
        family = FAMILIES[self.trial.candidate.family]
        return isinstance(family, IncrementalFamily) and family.data_parallel

    def exchanged_bytes(self, n_codes: int, n_outputs: int) -> int:
        """Return about how many bytes of sums these processes add up in a round."""
        family, config = FAMILIES[self.trial.candidate.family], self.trial.candidate.config
        if not isinstance(family, IncrementalFamily):
            return 0
        return family.exchanged_bytes(config, n_codes, n_outputs)

    @property
    def row_bytes(self) -> float:
        """What a row of a block takes."""
        candidate, experiment = self.trial.candidate, self._experiment
        shape = experiment.costs.shape(candidate.view, 1)
        return block_row_bytes(experiment.family(candidate.family), shape)

    def seconds(self, n_rows: int) -> float:
        """Return about how long as many rounds as in the search take on so many rows."""
        return self._experiment.costs.again(self.trial, n_rows)

    def round_seconds(self, n_rows: int) -> float:
        """Return about how long a round takes for each of so many rows."""
        return self.seconds(n_rows) / (max(1, n_rows) * max(1, self.trial.rounds))

    def ready(self, room: int, min_rows: int) -> bool:
        """Return whether so many rows take no more than `room` bytes; else say why not."""
        needed = min_rows * self.row_bytes
        if needed > room:
            self.reason = (
                f"a block of {min_rows:,} rows takes about {needed / 1e9:.2f} GB and "
                f"{room / 1e9:.2f} GB are free; allow more memory"
            )
        return not self.reason

    def worth(self, n_rows: float, room: float, seconds: float) -> int:
        """Return on how many of so many rows it learns at once, in so many bytes and seconds; 0,
        and why, where that is little more than the sample has.
        """
        fitting = int(min(n_rows, room / self.row_bytes))
        most = bisect_right(range(1, fitting + 1), seconds, key=self.seconds)
        if most > GAIN * self.trial.rows:
            return most
        self.reason = (
            "no time, no memory, or no rows, to learn from more at once than the sample has"
        )
        return 0

    def job(self, dataset: TrainingSet, seconds: float, threads: int, rounds: int) -> Job:
        """Return the job that learns from a block; it goes on from the model so far if it can."""
        partial = Partial(self._fitted) if self.goes_on else None
        candidate = settled(self.trial, self._experiment)
        job = Job(candidate, threads=threads, dataset=dataset, partial=partial)
        limit = None if np.isinf(seconds) else max(0.0, seconds)
        return replace(job, seconds=limit, rounds=rounds or None)

    def take(self, outcome: Outcome) -> None:
        """Go on with the model of a block; it is kept where it is better on the held-out rows."""
        if outcome.fitted is None:
            self.reason, self._stale, self._stale_rounds = outcome.reason, PATIENCE, PATIENCE_ROUNDS
            return
        self._stale_rounds += outcome.fitted.rounds - (self._fitted.rounds if self._fitted else 0)
        self._fitted = outcome.fitted
        member = replace(self.weighted.member, fitted=with_whole_leaves(self._fitted))
        predictions = self._judge.predictions(member)
        merit = self._judge.merit(predictions)
        self._stale += 1
        if merit > self._best:
            self._best, self._stale, self._stale_rounds = merit, 0, 0
        if merit > self.merit and merit[1] >= self._least:
            self.weighted = replace(self.weighted, member=member, refitted=True)
            self.predictions, self.merit = predictions, merit
