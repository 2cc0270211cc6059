"""Students: small models that learn from the rows' answers, or from what the ensemble says of them.

Learning from a teacher is model compression (Bucila et al., 2006; Hinton et al., 2015); it can be
asked about rows that nobody has seen, too. Whether a teacher helps is measured, not believed: a
student learns both ways, and the better one is offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.compile.build import build
from pliant.compress.correct import corrected
from pliant.compress.offer import Predicted
from pliant.compress.recipes import Recipe
from pliant.compress.school import School
from pliant.core.config import Clock
from pliant.ensemble.card import student_card
from pliant.ensemble.refit import Weighted
from pliant.features.block import View
from pliant.models.base import Allowance, Data, Fitted, Part, Shape
from pliant.models.family import fit_bytes
from pliant.models.quantise import with_whole_leaves
from pliant.models.registry import FAMILIES
from pliant.runtime.member import Member as MemberOfModel
from pliant.runtime.model import Model
from pliant.training.records import Candidate
from pliant.training.study import Member
from pliant.training.trainer import fit_on

SHARE, MOST_SHARE = 0.25, 0.5
"""Of the seconds left, what the fits of a student may take, and of the last ones, which take the
most; their fits to all rows come on top."""


@dataclass(frozen=True)
class Student(Predicted):
    """A student on offer; `asked` (F,) counts its trees' questions about each feature."""

    lesson: Lesson
    asked: NDArray[np.intp]

    @property
    def family(self) -> str:
        """The family of models that it is of."""
        return self.lesson.recipe.family


def students(school: School, wanted: Sequence[Recipe], view: View) -> Iterator[Student]:
    """Yield the students that are ready in time, each the better of its ways to learn."""
    left = len(school.ways) * len(wanted)
    for recipe in wanted:
        best: Student | None = None
        for taught in school.ways:
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

    Its fits may take a `share` of the seconds left. Columns of features may be `hidden` from it.
    """

    school: School
    recipe: Recipe
    view: View
    taught: bool
    share: float = SHARE
    hidden: tuple[int, ...] = ()

    def name(self, rounds: int) -> str:
        """Return what people read of it."""
        view = "" if self.view == "plain" else f" {self.view}"
        taught = ", taught" if self.taught else ""
        fewer = ", fewer columns" if self.hidden else ""
        made = self.recipe.label.format(rounds)
        return f"student {self.recipe.family} {made}{view}{taught}{fewer}"

    def on_fewer(self, hidden: tuple[int, ...]) -> Lesson:
        """Return the same lesson with some columns hidden."""
        return replace(self, hidden=hidden)

    def offer(self) -> Student | None:
        """Return the student, scored on rows it has not seen; None where means do not allow it."""
        school = self.school
        if school.clock.remaining() <= 0:
            return None
        shape = self._shape
        if fit_bytes(FAMILIES[self.recipe.family], shape) > school.means.room():
            return None
        recipe = school.pace.within(self.recipe, shape, self.taught, self._seconds)
        return None if recipe is None else replace(self, recipe=recipe)._scored(shape)

    def _scored(self, shape: Shape) -> Student | None:
        school, study, fitted = self.school, self.school.study, list[Fitted]()
        for split in school.splits:
            clock = Clock(self._seconds)
            if clock.remaining() <= 0:
                return None
            one = self._fit(split, Allowance(clock, *self._same, self.recipe.rounds))
            if one is None:
                return None
            fitted.append(one)
            school.pace.note(self.recipe, shape, self.taught, one.rounds, clock.elapsed())
        members = [
            study.member(k, self.view, f) for k, f in zip(school.splits, fitted, strict=True)
        ]
        rows = [study.splits[k].valid for k in school.splits]
        coded = (study.table.coded.take(valid) for valid in rows)
        said = np.concatenate([m.predict(c) for m, c in zip(members, coded, strict=True)])
        standing = school.yardstick.standing(said)
        rounds = max(1, round(float(np.mean([f.rounds for f in fitted]))))
        tried = self._model(members[0], rounds, standing.score)

        def finish() -> Model:
            return self.final(rounds, standing.score) or tried

        asked = np.sum([questions(f, len(self._data(0).features)) for f in fitted], axis=0)
        held, name = school.yardstick.rows, self.name(rounds)
        return Student(name, standing, tried, finish, held, said, self, asked)

    def final(self, rounds: int, score: float) -> Model | None:
        """Return the student of all rows; None where it cannot be fitted. It is not cut: what is
        told of it would not be true.
        """
        fitted = self._fit(None, Allowance(Clock(None), *self._same, rounds))
        if fitted is None:
            return None
        return self._model(self.school.study.member(None, self.view, fitted), rounds, score)

    @property
    def _seconds(self) -> float | None:
        """What a fit may take; None where there is no limit."""
        left = self.school.clock.remaining()
        return self.share * left / len(self.school.splits) if np.isfinite(left) else None

    @property
    def _shape(self) -> Shape:
        """The size of a fit."""
        data = self._data(0)
        n_features, (threads, _) = data.train.X.shape[1], self._same
        return Shape(len(data.train), n_features, data.target.n_outputs, threads)

    @property
    def _same(self) -> tuple[int, int]:
        """The threads and the seed of every fit."""
        threads = self.school.means.threads_of(self._data(0).train.X.size)
        return threads, self.school.study.seed

    def _fit(self, split: int | None, allowed: Allowance) -> Fitted | None:
        """Return the fitted student; None where it failed, which ends no more than itself."""
        data, recipe = self._data(split), self.recipe
        candidate = Candidate(recipe.family, self.name(recipe.rounds), recipe.config, self.view)
        fitted = fit_on(data, candidate, allowed).fitted
        if fitted is None:
            return None
        if self.taught:
            fitted = corrected(fitted, data.train, allowed.clock)
        return with_whole_leaves(fitted)

    def _data(self, split: int | None) -> Data:
        data = self.school.lessons(split, self.view, self.taught)
        if not self.hidden:
            return data
        return data.cached(f"without {self.hidden}", lambda: without(data, self.hidden))

    def _model(self, member: Member, rounds: int, score: float) -> Model:
        study, name, recipe = self.school.study, self.name(rounds), self.recipe
        built = build([Weighted(member, 1.0, -1, True)])
        card = student_card(self.school.card, name, study.measure.shown(score))
        config, n_rows = asdict(recipe.config), card.facts["rows"]
        own = MemberOfModel(
            name, 1.0, built.places[0], recipe.family, config, self.view, None, rounds, n_rows
        )
        return Model(study.table.schema, built.ops, study.table.target.classes, card, [own])


def without(data: Data, hidden: Sequence[int]) -> Data:
    """Return rows in which some columns are the same everywhere: nothing asks about them."""

    def hide(part: Part) -> Part:
        X = part.X.copy()
        X[:, list(hidden)] = 0
        return replace(part, X=X)

    valid = None if data.valid is None else hide(data.valid)
    return Data(hide(data.train), valid, data.features)


def questions(fitted: Fitted, n_features: int) -> NDArray[np.intp]:
    """Return how often trees ask about each feature, (F,)."""
    found = np.zeros(n_features, dtype=np.intp)
    for op in fitted.ops:
        if op.name in ("trees", "oblivious"):
            asked = op.arrays["feature"][op.arrays["threshold"] < 255]  # beyond, no code can be
            found += np.bincount(asked.astype(np.intp), minlength=n_features)
    return found
