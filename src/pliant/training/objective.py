"""The objective: what candidates are tried on, as search, trainer and engines know it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pliant.data.split import Split
from pliant.features.block import View
from pliant.metrics import Measure
from pliant.models.base import Shape
from pliant.models.learner import Learner
from pliant.training.cost import CostModel
from pliant.training.records import Job, Outcome


class Prepared(Protocol):
    """Rows that are ready for a learner, and what making them took."""

    @property
    def data(self) -> Any:
        """What `Learner.fit` is given; `lent()` of it lends it to one fit."""
        ...

    @property
    def seconds(self) -> float:
        """What making it took."""
        ...

    @property
    def nbytes(self) -> int:
        """The bytes that are held for it."""
        ...


class Objective(Protocol):
    """Rows with their splits and metric, and learners by name that can be trained on them.

    An `experiment.Experiment` is that of a table, whose families learn from codes, and an
    `estimator_experiment.EstimatorExperiment` that of rows as their owner has them. A further kind
    of data or of models is a further objective: search, journal, trainer and engines stay as they
    are. It is pickled to where jobs run; what was prepared stays where it was made.
    """

    @property
    def seed(self) -> int:
        """What all randomness starts from."""
        ...

    @property
    def n_rows(self) -> int:
        """All rows."""
        ...

    @property
    def splits(self) -> Sequence[Split]:
        """Which rows train and which validate, split after split."""
        ...

    @property
    def measure(self) -> Measure:
        """How scores compare."""
        ...

    def family(self, name: str) -> Learner:
        """Return a learner that a job names."""
        ...

    @property
    def costs(self) -> CostModel:
        """What fits cost, corrected by those that were measured in this process."""
        ...

    def size(self, view: View) -> Shape:
        """Return the size of a fit on one row; nothing is made to know it."""
        ...

    def prepared(self, split: int | None, view: View) -> Prepared:
        """Return a split ready to be trained on; of None, all rows and none to check."""
        ...

    def holds(self, split: int | None, view: View) -> bool:
        """Return whether a split is ready to be trained on."""
        ...

    def rows_of(self, job: Job) -> Prepared:
        """Return what a job trains on: its split, or some of the rows of that."""
        ...

    def outcome(self, fitted: Any, prepared: Any) -> Outcome:
        """Return what came of a model on what it was trained on, but for the seconds.

        Raises
        ------
        Exception
            Any; the trainer makes a failed outcome of it.
        """
        ...

    def let_go(self) -> None:
        """Forget what was prepared."""
        ...

    def identity(self) -> dict[str, Any]:
        """Return what makes two objectives the same, as plain data."""
        ...
