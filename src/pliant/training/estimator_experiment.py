"""The objective of a user's estimator: rows as their owner has them, and a scikit-learn scorer."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.data.split import Split
from pliant.features.block import View
from pliant.metrics import Measure
from pliant.models.base import Shape
from pliant.models.foreign import OwnLearner, OwnRows
from pliant.training.cost import CostModel
from pliant.training.records import Job, Outcome


@dataclass(frozen=True)
class TakenRows:
    """Rows of a split, taken out of all anew for each fit, which may change them.

    There are none in `valid` where all rows are trained on.
    """

    rows: OwnRows
    train: NDArray[np.intp]
    valid: NDArray[np.intp]
    seconds: float = 0.0
    nbytes: int = 0

    @property
    def data(self) -> OwnRows:
        """A copy of the training rows."""
        return self.rows.take(self.train)

    @property
    def held_out(self) -> OwnRows:
        """A copy of the validation rows."""
        return self.rows.take(self.valid)


@dataclass(frozen=True)
class EstimatorExperiment:
    """What all jobs of a tuning have in common; `scorer(estimator, X, y)` is a number.

    Outcomes have scores, and the fitted estimator where all rows were trained on; what an estimator
    predicts is its own affair. Pickled, the estimator, the objects of its space and the scorer go
    by value, so that those of a script or a notebook reach other processes; `here` is False there.
    """

    learner: OwnLearner
    rows: OwnRows
    splits: tuple[Split, ...]
    scorer: Callable[[Any, Any, Any], float]
    measure: Measure
    seed: int = 0
    here: bool = True

    def __reduce__(self) -> tuple[Callable[..., EstimatorExperiment], tuple[Any, ...]]:
        return _arrived, (self.carried, self.rows, self.splits, self.measure, self.seed)

    @cached_property
    def carried(self) -> bytes:
        """The user's objects as bytes that another process can load."""
        import cloudpickle

        found: bytes = cloudpickle.dumps((self.learner, self.scorer))
        return found

    @property
    def n_rows(self) -> int:
        """All rows."""
        return len(self.rows)

    def family(self, name: str) -> OwnLearner:
        """Return the one learner that there is."""
        return self.learner

    @cached_property
    def costs(self) -> CostModel:
        """What fits cost, corrected by those that were measured in this process."""
        return CostModel(self)

    def size(self, view: View) -> Shape:
        """Return the size of a fit on one row: the values that X has of it, and one output."""
        return Shape(1, self.rows.width, 1, 1)

    def prepared(self, split: int | None, view: View) -> TakenRows:
        """Return the rows of a split; of None, all rows and none to check."""
        if split is None:
            return TakenRows(self.rows, np.arange(self.n_rows), np.arange(0))
        return TakenRows(self.rows, self.splits[split].train, self.splits[split].valid)

    def holds(self, split: int | None, view: View) -> bool:
        """Return False: rows are taken when they are trained on, and nothing of them is kept."""
        return False

    def rows_of(self, job: Job) -> TakenRows:
        """Return the rows of a job's split; where it has fewer rows, as many drawn at random."""
        taken = self.prepared(job.split, job.candidate.view)
        most = self.n_rows if job.split is None else len(self.splits[0].train)
        if job.rows is None or job.rows >= most:
            return taken
        drawn = np.random.default_rng(self.seed).permutation(len(taken.train))[: job.rows]
        return TakenRows(self.rows, taken.train[np.sort(drawn)], taken.valid)

    def outcome(self, fitted: Any, prepared: TakenRows) -> Outcome:
        """Return the score of a fitted estimator; of one that was trained on all rows, itself.

        Raises
        ------
        ArithmeticError
            When the score is not finite.
        """
        if not len(prepared.valid):
            return Outcome(np.nan, 0.0, estimator=self._sealed(fitted))
        held_out = prepared.held_out
        score = float(self.scorer(fitted, held_out.X, held_out.y))
        if not np.isfinite(score):
            raise ArithmeticError(f"a score that is not finite: {score}")
        return Outcome(score, 0.0, by_loss=score)

    def let_go(self) -> None:
        """Nothing is kept."""

    def identity(self) -> dict[str, Any]:
        """Return what makes two tunings the same, as plain data."""
        from joblib import hash as checksum

        splits = [(split.train, split.valid) for split in self.splits]
        return {
            "version of pliant": version("pliant"),
            "rows": checksum((self.rows.X, self.rows.y)),
            "splits": checksum(splits),
            "metric": self.measure.name,
            "seed": self.seed,
            **self.learner.described(),
        }

    def _sealed(self, fitted: Any) -> Any:
        """Return an estimator as it leaves this process: by value where another one has asked."""
        if self.here:
            return fitted
        import cloudpickle

        return cloudpickle.dumps(fitted)


def received(outcome: Outcome) -> Any:
    """Return the fitted estimator of an outcome, from whichever process it came."""
    found = outcome.estimator
    return pickle.loads(found) if isinstance(found, bytes) else found


def _arrived(
    carried: bytes, rows: OwnRows, splits: tuple[Split, ...], measure: Measure, seed: int
) -> EstimatorExperiment:
    learner, scorer = pickle.loads(carried)
    return EstimatorExperiment(learner, rows, splits, scorer, measure, seed, here=False)
