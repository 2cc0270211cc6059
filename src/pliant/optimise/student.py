"""Students: small models that learn from the rows' answers, or from what the ensemble says of them.

Learning from a teacher is model compression (Bucila et al., 2006; Hinton et al., 2015); it can be
asked about rows that nobody has seen, too. Whether a teacher helps is measured, not believed: a
student learns both ways, and the better one is offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.card import student_card
from pliant.combine.refit import Weighted
from pliant.compile.build import build
from pliant.config import Clock
from pliant.encode.block import View
from pliant.models.base import Allowance, Fitted, Shape, load_library
from pliant.models.catalogue import FAMILIES
from pliant.models.quantise import with_whole_leaves
from pliant.optimise.offer import Offer
from pliant.optimise.recipes import Recipe
from pliant.optimise.school import School
from pliant.optimise.teacher import Floats
from pliant.runtime.model import Model
from pliant.study import Member

WAYS = (True, False)
"""Whether a student is taught, or learns from the rows' own answers: it learns either way."""

SHARE, MOST_SHARE = 0.25, 0.5
"""Of the seconds left, what the fits of a student may take, and of the last ones, which take the
most; their fits to all rows come on top."""


@dataclass(frozen=True)
class Student(Offer):
    """A student on offer, and its `predictions` float64 (n, V) of the held-out `rows`."""

    family: str
    rows: NDArray[np.intp]
    predictions: Floats


def students(school: School, wanted: Sequence[Recipe], view: View) -> Iterator[Student]:
    """Yield the students that are ready in time, each the better of its two ways to learn."""
    left = len(WAYS) * len(wanted)
    for recipe in wanted:
        best: Student | None = None
        for taught in WAYS:
            share = min(MOST_SHARE, max(SHARE, 2 / left))
            left -= 1
            offer = Lesson(school, recipe, view, taught, share).offer()
            if offer is not None and (best is None or offer.score > best.score):
                best = offer
        if best is not None:
            yield best


@dataclass(frozen=True)
class Lesson:
    """One student: what it is made of, how it sees the table and whether it is taught.

    Its fits may take a `share` of the seconds left.
    """

    school: School
    recipe: Recipe
    view: View
    taught: bool
    share: float = SHARE

    def name(self, rounds: int) -> str:
        """Return what people read of it."""
        view = "" if self.view == "plain" else f" {self.view}"
        taught = ", taught" if self.taught else ""
        return f"student {self.recipe.family} {self.recipe.label.format(rounds)}{view}{taught}"

    def offer(self) -> Student | None:
        """Return the student, scored on rows it has not seen; None when time does not allow it."""
        school = self.school
        if school.clock.remaining() <= 0:
            return None
        shape = self._shape
        recipe = school.pace.within(self.recipe, shape, self.taught, self._seconds)
        return None if recipe is None else replace(self, recipe=recipe)._scored(shape)

    def _scored(self, shape: Shape) -> Student | None:
        school, study, fitted = self.school, self.school.study, list[Fitted]()
        for split in school.splits:
            clock = Clock(self._seconds)
            if clock.remaining() <= 0:
                return None
            fitted.append(self._fit(split, Allowance(clock, *self._same, self.recipe.rounds)))
            rounds = fitted[-1].rounds
            school.pace.note(self.recipe, shape, self.taught, rounds, clock.elapsed())
        members = [
            study.member(k, self.view, f) for k, f in zip(school.splits, fitted, strict=True)
        ]
        rows = [study.splits[k].valid for k in school.splits]
        coded = (study.table.coded.take(valid) for valid in rows)
        said = np.concatenate([m.predict(c) for m, c in zip(members, coded, strict=True)])
        held = np.concatenate(rows)
        score, lost = school.compared(held, said)
        rounds = max(1, round(float(np.mean([f.rounds for f in fitted]))))
        tried = self._model(members[0], rounds, score)

        def finish() -> Model:
            return self.final(rounds, score)

        name = self.name(rounds)
        return Student(name, score, lost, tried, finish, self.recipe.family, held, said)

    def final(self, rounds: int, score: float) -> Model:
        """Return the student of all rows."""
        fitted = self._fit(None, Allowance(Clock(None), *self._same, rounds))
        return self._model(self.school.study.member(None, self.view, fitted), rounds, score)

    @property
    def _seconds(self) -> float | None:
        """What a fit may take; None where there is no limit."""
        left = self.school.clock.remaining()
        return self.share * left / len(self.school.splits) if np.isfinite(left) else None

    @property
    def _shape(self) -> Shape:
        """The size of a fit."""
        data = self.school.lessons(0, self.view, self.taught)
        n_features = data.train.X.shape[1]
        return Shape(len(data.train), n_features, data.target.n_outputs, self.school.threads)

    @property
    def _same(self) -> tuple[int, int]:
        """The threads and the seed of every fit."""
        return self.school.threads, self.school.study.seed

    def _fit(self, split: int | None, allowed: Allowance) -> Fitted:
        family = FAMILIES[self.recipe.family]
        load_library(family.package)
        data = self.school.lessons(split, self.view, self.taught)
        return with_whole_leaves(family.fit(data, self.recipe.config, allowed))

    def _model(self, member: Member, rounds: int, score: float) -> Model:
        study = self.school.study
        ops = build([Weighted(member, 1.0, -1, True)])
        card = student_card(self.school.card, self.name(rounds), study.measure.shown(score))
        return Model(study.table.schema, ops, study.table.target.classes, card)
