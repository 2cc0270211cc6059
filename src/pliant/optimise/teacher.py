"""Teachers: who labels the rows that a student learns from, and what students are compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from pliant.combine.choose import Choice
from pliant.combine.refit import Weighted
from pliant.optimise.offer import Floats
from pliant.runtime.model import Model
from pliant.runtime.schema import Coded
from pliant.stream.extension import Ensemble
from pliant.study import Study

Finish = Callable[[Choice], Ensemble]
"""What trains the members of an ensemble on all rows, and may weigh them anew."""


class Teacher(Protocol):
    """The ensemble, seen by students. Predictions are float64 (n, V)."""

    trust: ClassVar[float]
    """What is believed of a student's gain on it: 1, or hardly anything, enough for an order, where
    the teacher has seen the rows that students are scored on, and passes on what it knows."""

    @property
    def n_splits(self) -> int:
        """How many splits it can be compared on."""
        ...

    def predict(self, split: int | None, coded: Coded) -> Floats:
        """Return what it says of rows that train on a split, or of all rows on None."""
        ...

    def score(self, splits: Sequence[int]) -> float:
        """Return its score on the rows that these splits validate."""
        ...


@dataclass(frozen=True)
class FoldTeacher:
    """An ensemble right after its fit: on a split it teaches with the models of that split.

    So neither teacher nor student has seen the rows that the student is scored on.
    """

    study: Study
    choice: Choice
    finish: Finish
    trust: ClassVar[float] = 1.0

    @property
    def n_splits(self) -> int:
        """The splits that every member was evaluated on."""
        return min(len(trial.outcomes) for trial in self.choice.trials)

    def predict(self, split: int | None, coded: Coded) -> Floats:
        """Return the weighted mean of the members' predictions."""
        members: Sequence[Weighted]
        if split is None:
            members = self.finish(self.choice).members
        else:
            members = fold_members(self.study, self.choice, split)
        total = sum(m.weight for m in members)
        return np.asarray(sum(m.weight / total * m.member.predict(coded) for m in members))

    def score(self, splits: Sequence[int]) -> float:
        """Return the score of the out-of-fold predictions."""
        rows = np.concatenate([self.study.splits[k].valid for k in splits])
        return score_of(self.study, rows, self.held_out(splits))

    def held_out(self, splits: Sequence[int]) -> Floats:
        """Return the out-of-fold predictions of the rows that these splits validate."""
        ends = np.cumsum([0, *(len(split.valid) for split in self.study.splits)])
        mixed = mixture(self.choice)
        return np.concatenate([mixed[ends[k] : ends[k + 1]] for k in splits])


@dataclass(frozen=True)
class FileTeacher:
    """An ensemble from a file: it has seen all rows, and its card holds its score on unseen ones.

    `known` is that score, greater is better.
    """

    model: Model
    known: float
    n_splits: int
    trust: ClassVar[float] = 1e-6

    def predict(self, split: int | None, coded: Coded) -> Floats:
        """Return the model's predictions."""
        return self.model.program(coded)

    def score(self, splits: Sequence[int]) -> float:
        """Return the score of the card."""
        return self.known


def fold_members(study: Study, choice: Choice, split: int) -> list[Weighted]:
    """Return the members of an ensemble with the models that were fitted on one split."""
    members = []
    for trial, weight in zip(choice.trials, choice.weights, strict=True):
        fitted = trial.outcomes[split].fitted
        assert fitted is not None
        member = study.member(split, trial.candidate.view, fitted)
        members.append(Weighted(member, weight, trial.number, False))
    return members


def mixture(choice: Choice) -> Floats:
    """Return the out-of-fold predictions of an ensemble, float64 (m, V), split after split."""
    pairs = zip(choice.trials, choice.weights, strict=True)
    return np.asarray(np.sum([trial.predictions * weight for trial, weight in pairs], axis=0))


def score_of(study: Study, rows: NDArray[np.intp], predictions: Floats) -> float:
    """Return the score of predictions of some rows, greater is better."""
    table = study.table
    return study.measure(table.target.take(rows), predictions, table.roles.take(rows).weight)
