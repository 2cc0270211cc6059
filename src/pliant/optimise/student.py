"""Students: small models that learn from the rows' answers, or from what the ensemble says of them.

Learning from a teacher is model compression (Bucila et al., 2006; Hinton et al., 2015); it can be
asked about rows that nobody has seen, too. Whether a teacher helps is measured, not believed: a
student learns both ways, and the better one is offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pliant.card import student_card
from pliant.combine.refit import Weighted
from pliant.compile.build import build
from pliant.config import Clock
from pliant.encode.block import View
from pliant.errors import FitError
from pliant.models.base import Allowance, Data, Fitted, Part, load_library
from pliant.models.catalogue import FAMILIES
from pliant.models.quantise import with_whole_leaves
from pliant.optimise.augment import alike, swapped
from pliant.optimise.labels import joined, soft_labels
from pliant.optimise.offer import Offer, share_lost
from pliant.optimise.recipes import Recipe
from pliant.optimise.teacher import Floats, Teacher, score_of
from pliant.runtime.model import Card, Model
from pliant.runtime.parts import in_parts
from pliant.runtime.schema import Coded
from pliant.study import Member, Prepared, Study

WAYS = (True, False)
"""Whether a student is taught, or learns from the rows' own answers: it learns either way."""

ENOUGH_ROWS, MOST_SPLITS = 1_000, 3
"""Held-out rows on which a student is scored at least, by so many splits at most."""

MOST_ROWS = 100_000
"""Rows that a student is trained on; more would hardly change so small a model."""

COPIES, MOST_TAUGHT = 29, 300_000
"""How many times as many rows a teacher is asked about besides, up to so many rows in all."""

MOST_CELLS = 20_000_000
"""Cells of taught rows; a library may hold each in four bytes, and a row once for each class."""

ASKING = 0.1
"""Of the seconds left, what asking the teacher may take; then no more rows are made up."""

SHARE = 0.25
"""Of the seconds left, what one fit of a student may take; its last one comes on top."""


@dataclass(frozen=True)
class Student(Offer):
    """A student on offer, and its `predictions` float64 (n, V) of the held-out `rows`."""

    family: str
    rows: NDArray[np.intp]
    predictions: Floats


@dataclass(frozen=True)
class School:
    """What students are made with: rows, a teacher, time; `card` is that of the ensemble.

    `whole` is the score of the ensemble on all held-out rows. A student that is scored on some of
    them has that score, less what it loses on the same rows.
    """

    study: Study
    teacher: Teacher
    whole: float
    card: Card
    clock: Clock
    threads: int

    def offers(self, wanted: Sequence[Recipe], view: View) -> Iterator[Student]:
        """Yield the students that are ready in time, each the better of its two ways to learn."""
        for recipe in wanted:
            best: Student | None = None
            for taught in WAYS:
                lesson = _Lesson(self, recipe, view, taught)
                offer = lesson.offer()
                if offer is not None and (best is None or offer.score > best.score):
                    best = offer
            if best is not None:
                yield best

    def compared(self, rows: NDArray[np.intp], predictions: Floats) -> tuple[float, float]:
        """Return the score of predictions of held-out rows, as if of all of them, and the share of
        the ensemble's score on the same rows that it gives up."""
        lost = share_lost(score_of(self.study, rows, predictions), self._expected)
        return self.whole - lost * abs(self.whole), lost

    @cached_property
    def _expected(self) -> float:
        return self.teacher.score(self.splits)

    @property
    def splits(self) -> range:
        """The splits that students are scored on: the first, and more where it has few rows."""
        each = max(1, len(self.study.splits[0].valid))
        return range(min(self.teacher.n_splits, MOST_SPLITS, -(-ENOUGH_ROWS // each)))

    def lessons(self, split: int | None, view: View, taught: bool) -> Data:
        """Return the rows of a split with their labels; of None, all rows and none to check."""
        study = self.study
        key = f"student {taught}"
        prepared = study.prepared(split, view)

        def made() -> Data:
            table, train = study.table, prepared.data.train
            rows = np.arange(len(table)) if split is None else study.splits[split].train
            kept = np.arange(len(rows))
            if len(rows) > MOST_ROWS:
                rng = np.random.default_rng(study.seed)
                kept = np.sort(rng.permutation(len(rows))[:MOST_ROWS])
            weight = None if train.weight is None else train.weight[kept]
            part = replace(train, X=train.X[kept], target=train.target.take(kept), weight=weight)
            if taught:
                part = self._taught(part, split, prepared, table.coded.take(rows[kept]))
            return Data(part, prepared.data.valid, prepared.data.features, prepared.data.metric)

        return prepared.data.cached(key, made)

    def _taught(self, part: Part, split: int | None, prepared: Prepared, coded: Coded) -> Part:
        """Return the rows of a part, and more that are made of them, as the teacher labels them."""
        parts = list[Part]()
        began, most = self.clock.elapsed(), ASKING * self.clock.remaining()
        rows_at_most = min(MOST_TAUGHT, MOST_CELLS // max(1, part.X.shape[1]))
        for copy in range(1 + max(0, min(COPIES, rows_at_most // len(part) - 1))):
            rows, X = coded, part.X
            if copy:
                seed = self.study.seed + copy
                rows = swapped(coded, alike(part.X, seed), seed)
                X = prepared.features(rows)
            said = prepared.scale.down_numbers(self._asked(split, rows))
            parts.append(soft_labels(replace(part, X=X), said))
            if self.clock.elapsed() - began > most:
                break
        return joined(parts)

    def _asked(self, split: int | None, rows: Coded) -> Floats:
        """Return what the teacher says of rows that train on a split."""
        teacher = self.teacher

        def asked(a: int, b: int) -> Floats:
            return teacher.predict(split, rows.between(a, b))

        return np.concatenate(in_parts(len(rows), self.threads, asked))


@dataclass(frozen=True)
class _Lesson:
    """One student: what it is made of, how it sees the table and whether it is taught."""

    school: School
    recipe: Recipe
    view: View
    taught: bool

    @property
    def name(self) -> str:
        """What people read of it."""
        view = "" if self.view == "plain" else f" {self.view}"
        taught = ", taught" if self.taught else ""
        return f"student {self.recipe.family} {self.recipe.label}{view}{taught}"

    def offer(self) -> Student | None:
        """Return the student, scored on rows it has not seen; None when time does not allow it."""
        study, fitted, rows, parts = self.school.study, list[Fitted](), [], []
        for split in self.school.splits:
            found = self._fit(split, self.recipe.rounds)
            if found is None:
                return None
            fitted.append(found)
            member = study.member(split, self.view, found)
            valid = study.splits[split].valid
            rows.append(valid)
            parts.append(member.predict(study.table.coded.take(valid)))
        held, said = np.concatenate(rows), np.concatenate(parts)
        score, lost = self.school.compared(held, said)
        rounds = max(1, round(float(np.mean([f.rounds for f in fitted]))))
        tried = self._model(study.member(0, self.view, fitted[0]), score)

        def finish() -> Model:
            return self._final(rounds, score)

        return Student(self.name, score, lost, tried, finish, self.recipe.family, held, said)

    def _final(self, rounds: int, score: float) -> Model:
        """Return the student of all rows."""
        fitted = self._fit(None, rounds)
        if fitted is None:
            raise FitError(f"expected time for the last fit of {self.name}, but there was none")
        return self._model(self.school.study.member(None, self.view, fitted), score)

    def _fit(self, split: int | None, rounds: int) -> Fitted | None:
        school, family = self.school, FAMILIES[self.recipe.family]
        seconds = None
        if split is not None and np.isfinite(school.clock.remaining()):
            seconds = SHARE * school.clock.remaining()
            if seconds <= 0:
                return None
        load_library(family.package)
        data = school.lessons(split, self.view, self.taught)
        allowed = Allowance(Clock(seconds), school.threads, school.study.seed, rounds)
        return with_whole_leaves(family.fit(data, self.recipe.config, allowed))

    def _model(self, member: Member, score: float) -> Model:
        study = self.school.study
        ops = build([Weighted(member, 1.0, -1, True)])
        card = student_card(self.school.card, self.name, study.measure.shown(score))
        return Model(study.table.schema, ops, study.table.target.classes, card)
