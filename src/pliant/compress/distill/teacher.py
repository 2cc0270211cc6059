"""Teachers: who labels the rows that a student learns from, and what students are compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from pliant.compress.standing import Floats
from pliant.ensemble.choose import Selection
from pliant.ensemble.incremental.extension import Ensemble
from pliant.ensemble.refit import Weighted
from pliant.runtime.coded import Coded
from pliant.training.experiment import Experiment

Finish = Callable[[Selection], Ensemble]
"""What trains the members of an ensemble on all rows, and may weigh them anew."""


class Teacher(Protocol):
    """The ensemble, seen by students. Predictions are float64 (n, V)."""

    @property
    def n_splits(self) -> int:
        """How many splits it can be compared on."""
        ...

    @property
    def teaches(self) -> bool:
        """Whether there is a teacher for splits, that has not seen the rows they hold out."""
        ...

    def predict(self, split: int | None, coded: Coded) -> Floats:
        """Return what it says of rows that train on a split, or of all rows on None."""
        ...

    def held_out(self, splits: Sequence[int]) -> Floats | None:
        """Return what it says of the rows that these splits validate, where it has not seen them
        and is as good as the ensemble; else None."""
        ...

    def doubt(self, splits: Sequence[int]) -> float:
        """Return the standard error that comes on top of what rows tell, a share of the score."""
        ...


@dataclass(frozen=True)
class FoldTeacher:
    """An ensemble right after its fit: on a split it teaches with the models of that split.

    So neither teacher nor student has seen the rows that the student is scored on. `grown` says
    that the ensemble has learned from more rows than the splits have, and is better than these.
    """

    experiment: Experiment
    selection: Selection
    finish: Finish
    grown: bool = False
    teaches: ClassVar[bool] = True

    @property
    def n_splits(self) -> int:
        """The splits that every member was evaluated on."""
        return min(len(trial.outcomes) for trial in self.selection.trials)

    def predict(self, split: int | None, coded: Coded) -> Floats:
        """Return the weighted mean of the members' predictions."""
        members: Sequence[Weighted]
        if split is None:
            members = self.finish(self.selection).members
        else:
            members = fold_members(self.experiment, self.selection, split)
        return mean(members, coded)

    def held_out(self, splits: Sequence[int]) -> Floats | None:
        """Return the out-of-fold predictions, but of an ensemble that has grown."""
        return None if self.grown else self.out_of_fold(splits)

    def doubt(self, splits: Sequence[int]) -> float:
        """Return none: the members distilled on the splits as they did in the fit."""
        return 0.0

    def out_of_fold(self, splits: Sequence[int]) -> Floats:
        """Return the out-of-fold predictions of the rows that these splits validate."""
        return validated(self.experiment, self.selection, splits)


def mean(members: Sequence[Weighted], coded: Coded) -> Floats:
    """Return the weighted mean of what members predict."""
    total = sum(m.weight for m in members)
    return np.asarray(sum(m.weight / total * m.member.predict(coded) for m in members))


def fold_members(experiment: Experiment, selection: Selection, split: int) -> list[Weighted]:
    """Return the members of an ensemble with the models that were fitted on one split."""
    members = []
    for trial, weight in zip(selection.trials, selection.weights, strict=True):
        fitted = trial.outcomes[split].fitted
        assert fitted is not None
        member = experiment.pipeline(split, trial.candidate.view, fitted)
        members.append(Weighted(member, weight, trial.number, False))
    return members


def validated(experiment: Experiment, selection: Selection, splits: Sequence[int]) -> Floats:
    """Return the out-of-fold predictions of the rows that some splits validate."""
    ends = np.cumsum([0, *(len(split.valid) for split in experiment.splits)])
    mixed = selection.predictions
    return np.concatenate([mixed[ends[k] : ends[k + 1]] for k in splits])
