"""A model from a file teaches: on a split by its members, made again as the card says.

The model has seen all rows, also those that students are scored on, and would pass on what it
remembers of them: a student that copies best would seem best. So its members are fitted again on
the rows that the split trains on, and these teach the students that are scored there. They are
also what such students are compared with, where all of them were ready in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from typing import Any, get_args

import numpy as np

from pliant.combine.choose import Choice
from pliant.config import Clock, Resources
from pliant.encode.block import View
from pliant.engine.base import Engine
from pliant.engine.select import make_engine
from pliant.evaluate import Candidate, Job, Outcome
from pliant.means import Means
from pliant.models.base import Shape, memory_of
from pliant.models.catalogue import FAMILIES
from pliant.optimise.school import scored_on
from pliant.optimise.standing import Floats
from pliant.optimise.teacher import fold_members, mean
from pliant.runtime.model import Card, Model
from pliant.runtime.schema import Coded
from pliant.search.trial import Trial
from pliant.study import Study

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
    def told(cls, row: Any, members: Sequence[Any]) -> Made | None:
        """Return what a card tells of a trial, by its row of the leaderboard, and of the members
        that came of it; None where that is not all that there is to know."""
        if not row.keys() >= {"family", "view", "config"} or row["view"] not in get_args(View):
            return None
        family, config = FAMILIES.get(row["family"]), None
        if family is not None:
            config = _config(next(iter(family.variants.values())), row["config"])
        if config is None or any("rounds" not in member for member in members):
            return None
        candidate = Candidate(row["family"], row["model"], config, row["view"])
        weight = float(sum(member["weight"] for member in members))
        rounds = round(float(np.mean([member["rounds"] for member in members])))
        rows = None if all(member["refitted"] for member in members) else int(row["rows"])
        return cls(row["trial"], candidate, weight, rounds, rows)


def made(card: Card) -> list[Made]:
    """Return how the members of a model were made, the heaviest first; none where its card does not
    say that of all: it is a student, or of an earlier version."""
    rows = {row["trial"]: row for row in card.leaderboard}
    by_trial = dict[int, list[Any]]()
    for member in card.members:
        by_trial.setdefault(member["trial"], []).append(member)
    found = list[Made]()
    for trial, members in by_trial.items():
        told = Made.told(rows[trial], members) if trial in rows else None
        if told is None:
            return []
        found.append(told)
    return sorted(found, key=lambda m: -m.weight)


def _config(like: Any, values: Any) -> Any:
    """Return a configuration of these values; None where they are not those of its kind."""
    names = [field.name for field in fields(like)]
    if not isinstance(values, dict) or sorted(values) != sorted(names):
        return None
    for name in names:
        wanted = type(getattr(like, name))
        if not isinstance(values[name], (int, float) if wanted is float else wanted):
            return None
    return replace(like, **values)


@dataclass(frozen=True)
class FileTeacher:
    """A model from a file, and what of its members was made again: `choice`, None where nothing.

    `whole` says that these are all members, on as many rows as those of the file had.
    """

    model: Model
    study: Study
    choice: Choice | None
    whole: bool

    @property
    def n_splits(self) -> int:
        """All splits: members were made again on those that students are scored on."""
        return len(self.study.splits)

    @property
    def teaches(self) -> bool:
        """Whether there is any member to teach on splits."""
        return self.choice is not None

    def predict(self, split: int | None, coded: Coded) -> Floats:
        """Return the predictions of the model, or, of a split, of the members made on it."""
        if split is None or self.choice is None:
            return self.model.program(coded)
        return mean(fold_members(self.study, self.choice, split), coded)

    def held_out(self, splits: Sequence[int]) -> Floats | None:
        """Return what the members say of the rows that these splits validate, if all are there."""
        return self.choice.predictions if self.whole and self.choice is not None else None

    def remark(self) -> str:
        """Return what people should know of the losses that are told; "" where that is nothing."""
        against = "what is lost is told beside the score of its card"
        if self.choice is None:
            return (
                "the model's members could not be made again on a part of the rows, so nobody "
                f"teaches students: they learn from the rows alone, and {against}"
            )
        return "" if self.whole else f"not all members of the model could be made again: {against}"


def file_teacher(model: Model, study: Study, means: Means) -> FileTeacher:
    """Return the teacher that a model from a file is, its members made again as time allows."""
    recipes = made(model.card)
    ready = _made_again(recipes, study, means) if recipes else []
    if not ready:
        return FileTeacher(model, study, None, False)
    total = sum(m.weight for m, _ in ready)
    trials = tuple(
        Trial(m.trial, m.candidate, "done", np.nan, len(study.table), tuple(outcomes))
        for m, outcomes in ready
    )
    choice = Choice(trials, tuple(m.weight / total for m, _ in ready), np.nan)
    rows = len(study.table) >= ALL_ROWS * float(model.card.facts.get("rows", 0))
    return FileTeacher(model, study, choice, rows and len(ready) == len(recipes))


def _made_again(
    recipes: Sequence[Made], study: Study, means: Means
) -> list[tuple[Made, list[Outcome]]]:
    """Return the members that were ready in time, with an outcome a split."""
    splits = scored_on(study, len(study.splits))
    left = means.clock.remaining()
    clock = Clock(AGAIN * left if np.isfinite(left) else None)
    pairs = [(m, k) for m in recipes for k in splits if _fits(m, study, means)]
    found = dict[int, list[Outcome]]()
    with make_engine(Resources(means.threads, "threads"), None) as engine:
        engine.start(study)
        with closing(engine.run(_jobs(pairs, engine, clock))) as outcomes:
            for (m, _), outcome in zip(pairs, outcomes, strict=False):
                if outcome.fitted is not None and outcome.fitted.finished:
                    found.setdefault(m.trial, []).append(outcome)
    return [(m, found[m.trial]) for m in recipes if len(found.get(m.trial, ())) == len(splits)]


def _jobs(pairs: Sequence[tuple[Made, int]], engine: Engine, clock: Clock) -> Iterator[Job]:
    """Yield the fits as long as there is time."""
    threads = engine.threads(max(1, min(engine.workers, len(pairs))))
    for m, split in pairs:
        left = clock.remaining()
        if left <= 0:
            return
        seconds = left if np.isfinite(left) else None
        yield Job(m.candidate, split, m.rows, seconds, threads, m.rounds or None)


def _fits(m: Made, study: Study, means: Means) -> bool:
    """Return whether there is memory for as many fits of a member as there are at once."""
    table = study.table
    n_features = len(table.schema.code_columns) + 2 * len(table.schema.id_columns)
    shape = Shape(len(table), n_features, table.target.n_outputs, 1)
    return means.threads * memory_of(FAMILIES[m.candidate.family], shape) <= means.room()
