"""Students: small models that learn from the rows' answers, or from what the ensemble says of them.

Learning from a teacher is model compression (Bucila et al., 2006; Hinton et al., 2015); it can be
asked about rows that nobody has seen, too. Whether a teacher helps is measured, not believed: a
student learns both ways, and the better one is offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pliant.compile.build import build
from pliant.compress.offer import Predicted
from pliant.compress.recipes import Recipe
from pliant.compress.school import School
from pliant.ensemble.card import student_card
from pliant.ensemble.refit import Weighted
from pliant.features.block import View
from pliant.models.base import Data, Fitted, Part, Shape
from pliant.models.family import fit_bytes
from pliant.models.registry import FAMILIES
from pliant.runtime.model import Model
from pliant.training.dataset import Dataset
from pliant.training.means import threads_for
from pliant.training.records import Candidate, Job, Outcome
from pliant.training.study import Member

SHARE, MOST_SHARE = 0.25, 0.5
"""Of the seconds left, what the fits of a student may take, and of the last ones, which take the
most; their fits to all rows come on top."""

LONGEST, LONGEST_SECONDS = 3.0, 2.0
"""How many times as long as on a part of the rows the fit to all of them may take for each row, and
the seconds on top, where no more time is left: so a library that hangs ends there too."""


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
    """Yield the students that are ready in time, each the better of its ways to learn.

    As many recipes as keep the engine busy are tried together. Nothing is trained while a student
    is looked at: how fast it predicts is measured then.
    """
    for start in range(0, len(wanted), school.at_once):
        left = len(school.ways) * (len(wanted) - start)
        some = wanted[start : start + school.at_once]
        choices = [[Lesson(school, r, view, taught) for taught in school.ways] for r in some]
        yield from best_of(choices, min(MOST_SHARE, max(SHARE, 2 / left)))


def best_of(choices: Sequence[Sequence[Lesson]], share: float = SHARE) -> Iterator[Student]:
    """Yield the best student of each choice of lessons, if one is ready; all their fits run side by
    side. Those of a lesson may take a `share` of the seconds that the ones before it leave.

    Ctrl-C is heard when those that were through by then are yielded.
    """
    lessons = [lesson for choice in choices for lesson in choice]
    fits = Fits(lessons, share)
    made = iter(fits.students())
    for choice in choices:
        ready = [student for student in islice(made, len(choice)) if student is not None]
        if ready:
            yield max(ready, key=lambda student: student.score)
    if fits.interrupted:
        raise KeyboardInterrupt


@dataclass(frozen=True)
class Lesson:
    """One student: what it is made of, how it sees the table and whether it is taught.

    Columns of features may be `hidden` from it.
    """

    school: School
    recipe: Recipe
    view: View
    taught: bool
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

    def within(self, seconds: float | None) -> Lesson | None:
        """Return the lesson with as many rounds as each fit has seconds for; None where means do
        not allow it. No rows are made to know that.
        """
        school, shape = self.school, self.shape
        if fit_bytes(FAMILIES[self.recipe.family], shape) > school.room():
            return None
        recipe = school.pace.within(self.recipe, shape, self.taught, seconds)
        return None if recipe is None else replace(self, recipe=recipe)

    @property
    def shape(self) -> Shape:
        """About the size of a fit."""
        return self.school.shape(self.view, self.taught)

    def job(self, split: int | None, seconds: float | None, at_once: int = 1) -> Job:
        """Return the job that trains the student on a split, or on all rows on None, where so many
        jobs run at once.
        """
        dataset, recipe = self._dataset(split), self.recipe
        threads = self.school.engine.threads(at_once)
        return Job(
            Candidate(recipe.family, self.name(recipe.rounds), recipe.config, self.view),
            split,
            seconds=seconds,
            threads=threads_for(dataset.n_rows * dataset.n_features, threads),
            rounds=recipe.rounds,
            dataset=dataset,
        )

    def student(self, outcomes: Sequence[Outcome]) -> Student | None:
        """Return the student that came of its fits on the splits; None where one failed, which ends
        no more than this student.
        """
        school, study = self.school, self.school.study
        fitted = [o.fitted for o in outcomes if o.fitted is not None]
        if len(fitted) < len(school.splits):
            return None
        members = [
            study.member(k, self.view, f) for k, f in zip(school.splits, fitted, strict=True)
        ]
        rows = [study.splits[k].valid for k in school.splits]
        coded = (study.table.coded.take(valid) for valid in rows)
        said = np.concatenate([m.predict(c) for m, c in zip(members, coded, strict=True)])
        standing = school.yardstick.standing(said)
        rounds = max(1, round(float(np.mean([f.rounds for f in fitted]))))
        tried = self._model(members[0], rounds, standing.score)
        longest = max(o.seconds for o in outcomes) / len(study.splits[0].train)

        def finish() -> Model:
            least = LONGEST * longest * len(study.table) + LONGEST_SECONDS
            return self.final(rounds, standing.score, least) or tried

        asked = np.sum([questions(f, len(members[0].features.features)) for f in fitted], axis=0)
        held, name = school.yardstick.rows, self.name(rounds)
        return Student(name, standing, tried, finish, held, said, self, asked)

    def final(self, rounds: int, score: float, least: float = 0.0) -> Model | None:
        """Return the student of all rows, for which there are the seconds that are left, `least` at
        least; None where it could not be fitted in them: what is told of one that was cut would not
        be true.
        """
        school, left = self.school, self.school.means.clock.remaining()
        seconds = max(least, left) if np.isfinite(left) else None
        job = replace(self.job(None, seconds), rounds=rounds)
        (outcome,) = school.engine.run([job])
        if outcome.fitted is None or not outcome.fitted.finished:
            return None
        return self._model(school.study.member(None, self.view, outcome.fitted), rounds, score)

    def _dataset(self, split: int | None) -> Dataset:
        lessons, hidden = self.school.lessons(split, self.view, self.taught), self.hidden
        if not hidden:
            return lessons

        def fewer() -> Dataset:
            return Dataset.of(without(lessons.data, hidden), lessons.refine)

        return lessons.data.cached(f"without {hidden}", fewer)

    def _model(self, member: Member, rounds: int, score: float) -> Model:
        study = self.school.study
        ops = build([Weighted(member, 1.0, -1, True)])
        card = student_card(self.school.card, self.name(rounds), study.measure.shown(score))
        return Model(study.table.schema, ops, study.table.target.classes, card)


class Fits:
    """The fits of some lessons of one school on its splits, side by side.

    `interrupted` says that Ctrl-C came; what was through by then is there.
    """

    def __init__(self, lessons: Sequence[Lesson], share: float) -> None:
        self._lessons, self._share = lessons, share
        self._school = lessons[0].school
        self.interrupted = False

    def students(self) -> list[Student | None]:
        """Return the student of each lesson; None where there was no time or means, or one of its
        fits failed.
        """
        school, found = self._school, [list[Outcome]() for _ in self._lessons]
        if school.clock.remaining() <= 0:
            return [None] * len(found)
        seconds = self._seconds()
        able = [lesson.within(seconds) for lesson in self._lessons]
        fits = [(i, e, k) for i, e in enumerate(able) if e is not None for k in school.splits]
        fits.sort(key=lambda fit: not fit[1].taught)  # those that take long come first
        jobs = self._jobs([(lesson, split) for _, lesson, split in fits], seconds)
        try:
            with closing(school.engine.run(jobs)) as made:
                for (i, lesson, _), outcome in zip(fits, made, strict=False):
                    found[i].append(outcome)
                    pace, recipe = school.pace, lesson.recipe
                    pace.note(recipe, lesson.shape, lesson.taught, outcome.rounds, outcome.seconds)
        except KeyboardInterrupt:
            self.interrupted = True
        pairs = zip(able, found, strict=True)
        return [None if lesson is None else lesson.student(made) for lesson, made in pairs]

    def _seconds(self) -> float | None:
        """Return what each fit may take; None where there is no limit."""
        school, n = self._school, len(self._lessons)
        left = school.clock.remaining()
        waves = -(-n * len(school.splits) // school.engine.workers)
        return (1 - (1 - self._share) ** n) * left / waves if np.isfinite(left) else None

    def _jobs(self, fits: Sequence[tuple[Lesson, int]], seconds: float | None) -> Iterator[Job]:
        """Yield the fits as long as there is time."""
        clock, at_once = self._school.clock, min(self._school.engine.workers, len(fits))
        for lesson, split in fits:
            if clock.remaining() <= 0:
                return
            job = lesson.job(split, seconds, at_once)
            if seconds is not None:
                job = replace(job, seconds=max(0.0, min(seconds, clock.remaining())))
            yield job


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
