"""The distillation: rows with labels for students, and what their predictions score."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from pliant.compress.distill.augment import alike, swapped
from pliant.compress.distill.correct import corrected
from pliant.compress.distill.soft_labels import joined, soft_labels
from pliant.compress.distill.teacher import Teacher
from pliant.compress.distill.transfer_size import TransferSize
from pliant.compress.standing import Floats, Yardstick
from pliant.core.deadline import Deadline
from pliant.core.errors import ClusterError
from pliant.core.memory import steady
from pliant.features.block import View
from pliant.models.base import Data, Part, Shape
from pliant.models.registry import FAMILIES
from pliant.runtime.coded import Coded
from pliant.runtime.model import Card
from pliant.runtime.parts import in_parts
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.experiment import Experiment
from pliant.training.needs import threads_for
from pliant.training.records import Job, Outcome
from pliant.training.training_set import TrainingSet

ENOUGH_ROWS, MAX_SPLITS = 1_000, 5
"""Held-out rows on which a student is scored at least, by so many splits at most."""

FINISHING = 0.2
"""Of the seconds, what is kept for training the student that is chosen on all rows."""

ASKING = 0.1
"""Of the seconds left, what asking the teacher may take; then no more rows are made up."""


@dataclass(frozen=True)
class Distillation:
    """What students are made with: rows, a teacher, means, an engine; `card` is of the ensemble.

    `whole` is the score of the ensemble on all held-out rows. A student that is scored on some of
    them has that score, less what it loses on the same rows. `times` tells how often the rows
    of a split are there where they are distilled: as often as all rows are in the end. `transfer`
    says how many rows they may be.
    """

    experiment: Experiment
    teacher: Teacher
    whole: float
    card: Card
    context: FitContext
    engine: Engine
    times: dict[View, int] = field(default_factory=dict)
    transfer: TransferSize = field(default_factory=TransferSize)

    @cached_property
    def deadline(self) -> Deadline:
        """The seconds for students on splits; the last ones are for that which is chosen."""
        return Deadline((1 - FINISHING) * self.context.deadline.remaining())

    @cached_property
    def yardstick(self) -> Yardstick:
        """What students are compared with on the rows that they are scored on."""
        rows = np.concatenate([self.experiment.splits[k].valid for k in self.splits])
        expected, doubt = self.teacher.held_out(self.splits), self.teacher.doubt(self.splits)
        return Yardstick(self.experiment, self.whole, rows, expected, doubt)

    @property
    def splits(self) -> range:
        """The splits that students are scored on."""
        return scored_on(self.experiment, self.teacher.n_splits)

    @property
    def ways(self) -> tuple[bool, ...]:
        """Whether students are distilled, or learn from the rows' own answers: each learns either
        way.

        Where nobody can teach who has not seen the rows that they are scored on, none is distilled.
        """
        return (True, False) if self.teacher.teaches else (False,)

    @property
    def at_once(self) -> int:
        """How many students are to be tried side by side, so that no worker is idle for long."""
        return -(-self.engine.workers // len(self.splits))

    def train(self, job: Job) -> Outcome:
        """Return what came of one job; a cluster that is lost is a failure too."""
        try:
            (outcome,) = self.engine.run([job])
        except ClusterError as error:
            return Outcome.failed(0.0, str(error))
        return outcome

    def room(self) -> int:
        """Return the bytes that a fit may take."""
        return room_of(self.engine, self.context)

    def shape(self, view: View, distilled: bool) -> Shape:
        """Return about the size of a fit on the first split; no row is made to know it, so rows of
        several classes count once here, and not once for each class that they may have.
        """
        n_rows = min(self.transfer.rows, len(self.experiment.splits[0].train))
        shape = self.experiment.costs.shape(view, n_rows)
        times = self._times(n_rows, shape.features) if distilled else 1
        shape = replace(shape, rows=times * n_rows)
        threads = threads_for(shape.cells, self.engine.threads(self.engine.workers))
        return replace(shape, threads=threads)

    def transfer_set(self, split: int | None, view: View, distilled: bool) -> TrainingSet:
        """Return the rows of a split with their labels; of None, all rows.

        Rows to stop early on are there where a student learns from answers. One that is distilled
        comes nearer to its teacher with every round, and how near is hard to see in few rows.
        """
        experiment = self.experiment
        key = f"student {distilled}"
        prepared = experiment.prepared(split, view)

        def made() -> TrainingSet:
            table, train = experiment.table, prepared.data.train
            rows = np.arange(len(table)) if split is None else experiment.splits[split].train
            kept = np.arange(len(rows))
            if len(rows) > self.transfer.rows:
                rng = np.random.default_rng(experiment.seed)
                kept = np.sort(rng.permutation(len(rows))[: self.transfer.rows])
            part = train.take(kept)
            valid = prepared.data.valid
            if distilled:
                coded = table.coded.take(rows[kept])
                part, valid = self._distilled(part, split, view, coded), None
            data = Data(part, valid, prepared.data.features)
            return TrainingSet.of(data, corrected if distilled else None)

        return prepared.data.cached(key, made)

    def _distilled(self, part: Part, split: int | None, view: View, coded: Coded) -> Part:
        """Return the rows of a part, and more that are made of them, as the teacher labels them."""
        prepared, parts = self.experiment.prepared(split, view), list[Part]()
        deadline = Deadline(ASKING * self.deadline.remaining() / len(self.splits))
        times = self._times(len(part), part.X.shape[1])
        if split is None:
            times, deadline = min(times, self.times.get(view, times)), self.context.deadline
        for copy in range(times):
            rows, X = coded, part.X
            if copy:
                seed = self.experiment.seed + copy
                rows = swapped(coded, alike(part.X, seed), seed)
                X = prepared.features(rows)
            said = prepared.scale.down_numbers(self._asked(split, rows))
            parts.append(soft_labels(replace(part, X=X), said))
            if deadline.remaining() <= 0:
                break
        self.times.setdefault(view, len(parts))
        return joined(parts)

    def _times(self, n_rows: int, n_features: int) -> int:
        """Return how many times so many rows may be there where they are distilled."""
        a_cell = max(family.bytes_per_cell for family in FAMILIES.values())
        return self.transfer.times(n_rows, n_features, self.room() / a_cell)

    def _asked(self, split: int | None, rows: Coded) -> Floats:
        """Return what the teacher says of rows that train on a split."""
        teacher = self.teacher

        def asked(a: int, b: int) -> Floats:
            return teacher.predict(split, rows.between(a, b))

        return np.concatenate(in_parts(len(rows), self.context.threads, asked))


def room_of(engine: Engine, context: FitContext) -> int:
    """Return the bytes that each of the fits of an engine may take."""
    bound = engine.room()
    return context.room() // engine.workers if bound is None else steady(bound)


def scored_on(experiment: Experiment, most: int) -> range:
    """Return the splits that students are scored on, of `most` that can be: the first, and more
    where it has few rows."""
    each = max(1, len(experiment.splits[0].valid))
    return range(min(most, MAX_SPLITS, -(-ENOUGH_ROWS // each)))
