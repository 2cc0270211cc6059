"""Students: small models that learn from the rows' answers, or from what the ensemble says of them.

Learning from a teacher is model compression (Bucila et al., 2006; Hinton et al., 2015); it can be
asked about rows that nobody has seen, too. Whether a teacher helps is measured, not believed: a
student learns both ways, and the better one is offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pliant.card import student_card
from pliant.combine.refit import Weighted
from pliant.compile.build import build
from pliant.config import Clock
from pliant.encode.block import View
from pliant.models.base import Allowance, Data, Fitted, Part, Shape, load_library
from pliant.models.catalogue import FAMILIES
from pliant.models.quantise import with_whole_leaves
from pliant.optimise.augment import alike, swapped
from pliant.optimise.labels import joined, soft_labels
from pliant.optimise.offer import Offer, share_lost
from pliant.optimise.pace import Pace
from pliant.optimise.recipes import Recipe
from pliant.optimise.teacher import Floats, Teacher, score_of
from pliant.runtime.model import Card, Model
from pliant.runtime.parts import in_parts
from pliant.runtime.schema import Coded
from pliant.study import Member, Prepared, Study

WAYS = (True, False)
"""Whether a student is taught, or learns from the rows' own answers: it learns either way."""

ENOUGH_ROWS, MOST_SPLITS = 1_000, 5
"""Held-out rows on which a student is scored at least, by so many splits at most."""

MOST_ROWS = 100_000
"""Rows that a student is trained on; more would hardly change so small a model."""

COPIES, MOST_TAUGHT = 29, 300_000
"""How many times as many rows a teacher is asked about besides, up to so many rows in all."""

MOST_CELLS = 20_000_000
"""Cells of taught rows; a library may hold each in four bytes, and a row once for each class."""

ASKING = 0.1
"""Of the seconds left, what asking the teacher may take; then no more rows are made up."""

SHARE, MOST_SHARE = 0.25, 0.5
"""Of the seconds left, what the fits of a student may take, and of the last ones, which take the
most; their fits to all rows come on top."""


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
    pace: Pace = field(default_factory=Pace)

    def offers(self, wanted: Sequence[Recipe], view: View) -> Iterator[Student]:
        """Yield the students that are ready in time, each the better of its two ways to learn."""
        left = len(WAYS) * len(wanted)
        for recipe in wanted:
            best: Student | None = None
            for taught in WAYS:
                share = min(MOST_SHARE, max(SHARE, 2 / left))
                left -= 1
                lesson = _Lesson(self, recipe, view, taught, share)
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
        """Return the rows of a split with their labels; of None, all rows.

        Rows to stop early on are there where a student learns from answers. One that is taught
        comes nearer to its teacher with every round, and how near is hard to see in few rows.
        """
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
            valid = prepared.data.valid
            if taught:
                part = self._taught(part, split, prepared, table.coded.take(rows[kept]))
                valid = None
            return Data(part, valid, prepared.data.features, prepared.data.metric)

        return prepared.data.cached(key, made)

    def _taught(self, part: Part, split: int | None, prepared: Prepared, coded: Coded) -> Part:
        """Return the rows of a part, and more that are made of them, as the teacher labels them."""
        parts = list[Part]()
        began, most = self.clock.elapsed(), ASKING * self.clock.remaining() / len(self.splits)
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
    """One student: what it is made of, how it sees the table and whether it is taught.

    Its fits may take a `share` of the seconds left.
    """

    school: School
    recipe: Recipe
    view: View
    taught: bool
    share: float

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
            return self._final(rounds, score)

        name = self.name(rounds)
        return Student(name, score, lost, tried, finish, self.recipe.family, held, said)

    def _final(self, rounds: int, score: float) -> Model:
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
