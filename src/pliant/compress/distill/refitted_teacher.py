"""A model from a file teaches: on a split by its members, made again as the card says.

The model has seen all rows, also those that students are scored on, and would pass on what it
remembers of them: a student that copies best would seem best. So its members are fitted again on
the rows that the split trains on, and these teach the students that are scored there. They are
also what such students are compared with, where all of them were ready in time; one that was cut
by its deadline teaches, but the model is better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, fields, replace
from typing import Any, get_args

import numpy as np

from pliant.compress.distill.distillation import room_of, scored_on
from pliant.compress.distill.teacher import fold_members, mean, validated
from pliant.compress.standing import Floats, score_of, share_lost
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError
from pliant.ensemble.choose import Selection
from pliant.features.block import View
from pliant.models.base import load_library
from pliant.models.family import default_config
from pliant.models.registry import FAMILIES
from pliant.runtime.coded import Coded
from pliant.runtime.member import Member
from pliant.runtime.model import Predictor
from pliant.training.context import FitContext
from pliant.training.cost import Work
from pliant.training.engines.base import Engine
from pliant.training.experiment import Experiment, of_table
from pliant.training.needs import threads_for
from pliant.training.objective import Objective
from pliant.training.records import Candidate, Job, Outcome, Trial

AGAIN = 0.3
"""Of the seconds, what making members again may take."""

ALL_ROWS = 0.9
"""The share of a fit's rows with which members are as good as those of the file."""


@dataclass(frozen=True)
class Made:
    """How a member was made: by what, in how many rounds, on how many rows (None: all)."""

    trial: int
    candidate: Candidate
    weight: float
    rounds: int
    rows: int | None

    @classmethod
    def of(cls, members: Sequence[Member]) -> Made | None:
        """Return how members of one trial were made; None where they do not say so."""
        first, config = members[0], None
        if first.trial is None or first.view not in get_args(View):
            return None
        if first.family in FAMILIES:
            config = _config(default_config(FAMILIES[first.family]), first.config)
        if config is None:
            return None
        weight = float(sum(member.weight for member in members))
        rounds = round(float(np.mean([member.rounds for member in members])))
        rows = None if all(member.refitted for member in members) else first.rows
        view = next(view for view in get_args(View) if view == first.view)
        candidate = Candidate(first.family, first.name, config, view)
        return cls(first.trial, candidate, weight, rounds, rows)


def made(model: Predictor) -> list[Made]:
    """Return how the members of a model were made, the heaviest first; none where it does not say
    that of all: it is a student, or of an earlier version."""
    by_trial = dict[int | None, list[Member]]()
    for member in model.members:
        by_trial.setdefault(member.trial, []).append(member)
    found = list[Made]()
    for members in by_trial.values():
        told = Made.of(members)
        if told is None:
            return []
        found.append(told)
    return sorted(found, key=lambda m: -m.weight)


def _config(like: Any, values: Any) -> Any:
    """Return a configuration of these values; None where they are not those of its kind."""
    names = [field.name for field in fields(like)]
    if sorted(values) != sorted(names):
        return None
    for name in names:
        wanted = type(getattr(like, name))
        if not isinstance(values[name], (int, float) if wanted is float else wanted):
            return None
    return replace(like, **values)


@dataclass(frozen=True)
class FileTeacher:
    """A model from a file, and what of its members was made again: `selection`, None where nothing.

    `whole` says that these are all members, none of them cut by its deadline, on as many rows as
    those of the file had. Others can teach, but are no measure of what the model is.
    """

    model: Predictor
    experiment: Experiment
    selection: Selection | None
    whole: bool

    @property
    def n_splits(self) -> int:
        """The splits that members were made again on; all, where nobody teaches."""
        return (
            len(self.selection.trials[0].outcomes)
            if self.selection
            else len(self.experiment.splits)
        )

    @property
    def teaches(self) -> bool:
        """Whether there is any member to teach on splits."""
        return self.selection is not None

    def predict(self, split: int | None, coded: Coded) -> Floats:
        """Return the predictions of the model, or, of a split, of the members made on it."""
        if split is None or self.selection is None:
            return self.model.program(coded)
        return mean(fold_members(self.experiment, self.selection, split), coded)

    def held_out(self, splits: Sequence[int]) -> Floats | None:
        """Return what the members say of the rows that these splits validate, if all are there.

        If not, but they are better than the card says that the model is, so is the model.
        """
        if self.selection is None or not (self.whole or self._behind(splits) <= 0):
            return None
        return validated(self.experiment, self.selection, splits)

    def doubt(self, splits: Sequence[int]) -> float:
        """Return how unsure losses are besides what rows tell: a student may gain, when the model
        itself teaches, any part of what those made again are behind it."""
        if self.whole or self.selection is None:
            return 0.0
        return float(max(0.0, self._behind(splits)) / np.sqrt(3.0))

    def _behind(self, splits: Sequence[int]) -> float:
        """Return the share of the card's score that the members give up."""
        assert self.selection is not None
        assert self.model.card.score is not None
        rows = np.concatenate([self.experiment.splits[k].valid for k in splits])
        known = self.experiment.measure.shown(self.model.card.score)
        said = validated(self.experiment, self.selection, splits)
        return share_lost(score_of(self.experiment, rows, said), known)

    def remark(self) -> str:
        """Return what people should know of the losses that are told; "" where that is nothing."""
        against = "what is lost is told beside the score of its card"
        if self.selection is None:
            return (
                "the model's members could not be made again on a part of the rows, so nobody "
                f"teaches students: they learn from the rows alone, and {against}"
            )
        return "" if self.whole else f"not all of the model could be made again in time: {against}"


Found = dict[tuple[int, int], Outcome]
"""What came of making members again, by trial and split."""


def file_teacher(model: Predictor, engine: Engine, context: FitContext) -> FileTeacher:
    """Return the teacher that a model from a file is, its members made again as time allows."""
    recipes = made(model)
    found = made_again(recipes, engine, context) if recipes else {}
    return teacher_of(model, of_table(engine.experiment), recipes, found)


def teacher_of(
    model: Predictor, experiment: Experiment, recipes: Sequence[Made], found: Found
) -> FileTeacher:
    """Return the teacher that a model is whose members were made by these recipes.

    `found` is what came of making them again, by trial and split. A split that not all of them were
    ready on, in time, ends what is scored.
    """
    there = [m for m in recipes if (m.trial, 0) in found]
    if not there:
        return FileTeacher(model, experiment, None, False)
    through = [_through(there, found, split) for split in range(len(experiment.splits))]
    n_splits = max(1, [*through, False].index(False))
    total = sum(m.weight for m in there)
    trials = []
    for m in there:
        outcomes = tuple(found[m.trial, split] for split in range(n_splits))
        trials.append(Trial(m.trial, m.candidate, "done", np.nan, len(experiment.table), outcomes))
    selection = Selection(tuple(trials), tuple(m.weight / total for m in there), np.nan)
    rows = len(experiment.table) >= ALL_ROWS * float(model.card.facts.get("rows", 0))
    return FileTeacher(
        model, experiment, selection, rows and through[0] and len(there) == len(recipes)
    )


def _through(members: Sequence[Made], found: Found, split: int) -> bool:
    """Return whether all members were made on a split, and none was cut by its deadline."""
    fitted = [found[m.trial, split].fitted for m in members if (m.trial, split) in found]
    return len(fitted) == len(members) and all(f is not None and f.finished for f in fitted)


def made_again(recipes: Sequence[Made], engine: Engine, context: FitContext) -> Found:
    """Return the members that were made in time, split after split; where a cluster is lost, those
    that were there.
    """
    left, experiment = context.deadline.remaining(), of_table(engine.experiment)
    deadline = Deadline(AGAIN * left if np.isfinite(left) else None)
    splits = scored_on(experiment, len(experiment.splits))
    pairs = [(m, k) for k in splits for m in recipes if _fits(m, engine, context)]
    threads = engine.threads(max(1, min(engine.workers, len(pairs))))
    found: Found = {}
    jobs = _jobs(pairs, engine, deadline, threads)
    with suppress(ClusterError), closing(engine.run(jobs)) as outcomes:
        for (m, k), outcome in zip(pairs, outcomes, strict=False):
            experiment.costs.learn(_work(m, experiment, threads), outcome)
            if outcome.fitted is not None:
                found[m.trial, k] = outcome
    engine.let_go()
    return found


def _jobs(
    pairs: Sequence[tuple[Made, int]], engine: Engine, deadline: Deadline, threads: int
) -> Iterator[Job]:
    """Yield the fits, of so many threads at most, as long as there is time; what preparing them
    takes here counts.
    """
    for m, split in pairs:
        if deadline.remaining() <= 0:
            return
        if engine.in_process:
            load_library(FAMILIES[m.candidate.family].package)
            engine.experiment.prepared(split, m.candidate.view)
        left = deadline.remaining()
        if left <= 0:
            return
        seconds = left if np.isfinite(left) else None
        work = _work(m, engine.experiment, threads)
        yield Job(m.candidate, split, m.rows, seconds, work.shape.threads, work.rounds, seconds)


def _fits(m: Made, engine: Engine, context: FitContext) -> bool:
    """Return whether there is memory for as many fits of a member as there are at once."""
    return engine.experiment.costs.bytes(_work(m, engine.experiment)) <= room_of(engine, context)


def _work(m: Made, experiment: Objective, threads: int = 1) -> Work:
    """Return the fit of a member, on the rows of a split, with so many threads at most."""
    n_rows = len(experiment.splits[0].train)
    work = experiment.costs.work(m.candidate, min(n_rows, m.rows or n_rows))
    shape = replace(work.shape, threads=threads_for(work.shape.cells, threads))
    return replace(work, shape=shape, rounds=m.rounds or None)
