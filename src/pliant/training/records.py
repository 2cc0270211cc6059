"""Records: a candidate, a job, its outcome, and the trial that outcomes make.

They lie below all that makes and reads them: search, engines, journals, ensembles.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.features.block import View
from pliant.models.base import Fitted, ProcessGroup
from pliant.training.training_set import TrainingSet


@dataclass(frozen=True)
class Candidate:
    """What could be fitted: a family's name, a label for people, and a configuration.

    `view` says how it sees the table: which pairs of columns it reads besides the columns.
    """

    family: str
    label: str
    config: Any
    view: View = "plain"

    def __reduce__(self) -> tuple[Callable[..., Candidate], tuple[Any, ...]]:
        """Pickle a configuration from outside so that other processes know its class, also where
        that is of a script or a notebook.
        """
        config = self.config
        if type(config).__module__.partition(".")[0] not in ("pliant", "builtins"):
            import cloudpickle

            config = cloudpickle.dumps(config)
        return _candidate, (self.family, self.label, config, self.view)

    @property
    def name(self) -> str:
        """The family and the label."""
        return f"{self.family} {self.label}"


def _candidate(family: str, label: str, config: Any, view: View) -> Candidate:
    told = pickle.loads(config) if isinstance(config, bytes) else config
    return Candidate(family, label, told, view)


@dataclass(frozen=True)
class Partial:
    """A model so far, from which `partial_fit` goes on; None where it has not begun."""

    fitted: Fitted | None = None


@dataclass(frozen=True)
class Job:
    """One candidate to fit on one split of an experiment, by number; on None, all rows.

    Where there is a `dataset`, it trains on that instead; with `partial` it goes on with a model
    there, for `rounds` further ones. It trains on `rows` rows of a split at most, in `seconds` and
    with `threads`; `rounds`, where given, is how many rounds to train instead of stopping early. It
    must begin within `latest` seconds, or never: None where that does not matter.

    With a `group` it is trained together with the jobs of the others in that. One for the `worker`
    of that name (`engines.places.Place`) has its node to itself, and is not tried again elsewhere.
    """

    candidate: Candidate
    split: int | None = None
    rows: int | None = None
    seconds: float | None = None
    threads: int = 1
    rounds: int | None = None
    latest: float | None = None
    dataset: TrainingSet | None = None
    partial: Partial | None = None
    group: ProcessGroup | None = None
    worker: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    `predictions` float64 (n, V) are of the split's validation rows. Where all rows were trained on,
    `score` is of some of them; that of a dataset is not a number. `reason` says why it failed.
    `rounds` are the model's, `trained` those that were trained for it. `preparing` is how many
    seconds making the features of its split, or reading its dataset, took, when that was done.
    `by_loss` is the score by what models are trained for (`metrics.LOSS`), whatever the metric is.
    `estimator` is a user's own, fitted on all rows, as bytes where it comes from another process
    (`training.estimator_experiment`).
    """

    score: float
    seconds: float
    predictions: NDArray[np.float64] | None = None
    fitted: Fitted | None = None
    reason: str = ""
    rounds: int = 0
    preparing: float = 0.0
    by_loss: float = 0.0
    trained: int = 0
    estimator: Any = None

    def __post_init__(self) -> None:
        if self.fitted is not None:
            object.__setattr__(self, "rounds", self.fitted.rounds)
            object.__setattr__(self, "trained", self.fitted.trained)

    @cached_property
    def nbytes(self) -> int:
        """The bytes of its predictions and its model."""
        arrays = [a for op in self.fitted.ops for a in op.arrays.values()] if self.fitted else []
        return sum(a.nbytes for a in [*arrays, self.predictions] if a is not None)

    @property
    def cut_short(self) -> bool:
        """Whether time ended the fit while it was still gaining on rows that it did not see."""
        return self.fitted is not None and not self.fitted.finished

    def told(self) -> Outcome:
        """Return what is said of it, without its predictions and its model."""
        return replace(self, predictions=None, fitted=None)

    @classmethod
    def failed(cls, seconds: float, reason: str) -> Outcome:
        """Return the outcome of a job that gave no model."""
        return cls(-np.inf, seconds, reason=reason, by_loss=-np.inf)


INTERRUPTED = "stopped before it was through"
"""Why a job failed that was under way when Ctrl-C came: it says nothing of its candidate."""


@dataclass(frozen=True)
class Trial:
    """One candidate and its outcomes, one a split that it was evaluated on.

    `status` is "done", "dropped" (the first fold was clearly worse), "cut" (time ran out before
    every fold was done) or "failed", with `reason`. `rows` is how many rows it trained on.
    `first_step` is its score on fewer rows, where those came first (`search.halving`). Those that
    cannot be chosen any more have no predictions and no models (`search.shelf`).
    """

    number: int
    candidate: Candidate
    status: str
    score: float
    rows: int
    outcomes: tuple[Outcome, ...]
    reason: str = ""
    first_step: float | None = None

    @cached_property
    def by_loss(self) -> float:
        """The mean score by what models are trained for, over the splits that it was tried on."""
        return float(np.mean([o.by_loss for o in self.outcomes]))

    @property
    def merit(self) -> tuple[float, float]:
        """What is greatest for the best trial: of equal scores, what they are trained for decides.

        Where classes are easily told apart many have an AUC of 1, some of them with chances that
        are all near the base rate. What was not tried on every split comes last among its equals.
        """
        return self.score, self.by_loss if self.status == "done" else -np.inf

    @property
    def seconds(self) -> float:
        """The seconds that its fits took."""
        return sum(o.seconds for o in self.outcomes)

    @cached_property
    def mean_seconds(self) -> float:
        """The seconds that one of its fits took."""
        return float(np.mean([o.seconds for o in self.outcomes]))

    @property
    def cut_short(self) -> bool:
        """Whether time ended one of its fits."""
        return any(o.cut_short for o in self.outcomes)

    @property
    def preparing(self) -> float:
        """The most seconds that making the features of a split took."""
        return max(o.preparing for o in self.outcomes)

    @property
    def kept(self) -> bool:
        """Whether its predictions and its models are there."""
        return all(o.predictions is not None for o in self.outcomes)

    @cached_property
    def nbytes(self) -> int:
        """The bytes of its predictions and its models."""
        return sum(o.nbytes for o in self.outcomes)

    def told(self) -> Trial:
        """Return what is said of it, without its predictions and its models."""
        return replace(self, outcomes=tuple(o.told() for o in self.outcomes))

    @property
    def predictions(self) -> NDArray[np.float64]:
        """Out-of-fold predictions float64 (m, V), split after split."""
        return np.concatenate([o.predictions for o in self.outcomes if o.predictions is not None])

    @property
    def rounds(self) -> int:
        """The mean number of rounds kept, 0 for families without rounds."""
        kept = [o.rounds for o in self.outcomes if not o.reason]
        return round(float(np.mean(kept))) if kept else 0
