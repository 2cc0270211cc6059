"""Students: small models that learn from the rows' answers, or from what the ensemble says of them.

Learning from a teacher is model compression (Bucila et al., 2006; Hinton et al., 2015); it can be
asked about rows that nobody has seen, too. Whether a teacher helps is measured, not believed: a
student learns both ways, and the better one is offered.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.compile.build import build
from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.recipes import MIN_SHARE, Recipe
from pliant.compress.offer import Predicted
from pliant.core.errors import PliantWarning
from pliant.ensemble.card import student_card
from pliant.ensemble.refit import Weighted
from pliant.features.block import View
from pliant.models.base import Data, Fitted, Part
from pliant.runtime.member import Member
from pliant.runtime.model import Predictor
from pliant.training.cost import Kind, Work
from pliant.training.needs import threads_for
from pliant.training.prepared import Pipeline
from pliant.training.records import INTERRUPTED, Candidate, Job, Outcome
from pliant.training.training_set import TrainingSet

LONGEST, LONGEST_SECONDS = 3.0, 2.0
"""How many times as long as on a part of the rows the fit to all of them may take for each row, and
the seconds on top, where no more time is left: so a library that hangs ends there too."""

START_SECONDS = 10.0
"""What a process may take to come up and to import a library before that fit begins."""


@dataclass(frozen=True)
class Student(Predicted):
    """A student on offer; `asked` (F,) counts its trees' questions about each feature."""

    spec: StudentSpec
    asked: NDArray[np.intp]

    @property
    def family(self) -> str:
        """The family of models that it is of."""
        return self.spec.recipe.family


@dataclass(frozen=True)
class StudentSpec:
    """One student: what it is made of, how it sees the table and whether it is distilled.

    Columns of features may be `hidden` from it.
    """

    distillation: Distillation
    recipe: Recipe
    view: View
    distilled: bool
    hidden: tuple[int, ...] = ()

    def name(self, rounds: int) -> str:
        """Return what people read of it."""
        view = "" if self.view == "plain" else f" {self.view}"
        distilled = ", distilled" if self.distilled else ""
        fewer = ", fewer columns" if self.hidden else ""
        made = self.recipe.label.format(rounds)
        return f"student {self.recipe.family} {made}{view}{distilled}{fewer}"

    def on_fewer(self, hidden: tuple[int, ...]) -> StudentSpec:
        """Return the same spec with some columns hidden."""
        return replace(self, hidden=hidden)

    def within(self, seconds: float | None) -> StudentSpec | None:
        """Return the spec with as many rounds as each fit has seconds for; None where means do
        not allow it. No rows are made to know that.
        """
        work, costs = self.work, self.distillation.experiment.costs
        if costs.bytes(work) > self.distillation.room():
            return None
        if seconds is None:
            return self
        share = seconds / costs.seconds(work)
        if not costs.knows(work):  # the first of its kind is tried, whatever others took
            share = max(share, MIN_SHARE)
        recipe = self.recipe.within(share)
        return None if recipe is None else replace(self, recipe=recipe)

    @property
    def work(self) -> Work:
        """One fit of the student; its size is about what it will be."""
        shape = self.distillation.shape(self.view, self.distilled)
        kind: Kind = "distilled" if self.distilled else "student"
        return Work(self.recipe.family, self.recipe.config, shape, self.recipe.rounds, kind)

    def job(self, split: int | None, seconds: float | None, at_once: int = 1) -> Job:
        """Return the job that trains the student on a split, or on all rows on None, where so many
        jobs run at once.
        """
        dataset, recipe = self._dataset(split), self.recipe
        threads = self.distillation.engine.threads(at_once)
        return Job(
            Candidate(recipe.family, self.name(recipe.rounds), recipe.config, self.view),
            seconds=seconds,
            threads=threads_for(dataset.n_rows * dataset.n_features, threads),
            rounds=recipe.rounds,
            dataset=dataset,
        )

    def student(self, outcomes: Sequence[Outcome]) -> Student | None:
        """Return the student that came of its fits on the splits; None where one failed, which ends
        no more than this student.
        """
        distillation, experiment = self.distillation, self.distillation.experiment
        fitted = [o.fitted for o in outcomes if o.fitted is not None]
        if len(fitted) < len(distillation.splits):
            return None
        members = [
            experiment.pipeline(k, self.view, f)
            for k, f in zip(distillation.splits, fitted, strict=True)
        ]
        rows = [experiment.splits[k].valid for k in distillation.splits]
        coded = (experiment.table.coded.take(valid) for valid in rows)
        said = np.concatenate([m.predict(c) for m, c in zip(members, coded, strict=True)])
        standing = distillation.yardstick.standing(said)
        rounds = max(1, round(float(np.mean([f.rounds for f in fitted]))))
        tried = self._model(members[0], rounds, standing.score)
        longest = max(o.seconds for o in outcomes) / len(experiment.splits[0].train)

        def finish() -> Predictor:
            least = LONGEST * longest * len(experiment.table) + LONGEST_SECONDS
            return self.final(rounds, standing.score, least) or tried

        asked = np.sum([questions(f, len(members[0].features.features)) for f in fitted], axis=0)
        held, name = distillation.yardstick.rows, self.name(rounds)
        return Student(name, standing, tried, finish, held, said, self, asked)

    def final(self, rounds: int, score: float, least: float = 0.0) -> Predictor | None:
        """Return the student of all rows, for which there are the seconds that are left, `least` at
        least; None where it could not be fitted in them: what is told of one that was cut would not
        be true.
        """
        distillation, left = self.distillation, self.distillation.context.deadline.remaining()
        seconds = max(least, left) if np.isfinite(left) else None
        latest = None if seconds is None else seconds + START_SECONDS
        job = replace(self.job(None, seconds), rounds=rounds, latest=latest)
        outcome = distillation.train(job)
        self.tell_of(outcome, "learns from a part of the rows")
        if outcome.fitted is None or not outcome.fitted.finished:
            return None
        return self._model(
            distillation.experiment.pipeline(None, self.view, outcome.fitted), rounds, score
        )

    def tell_of(self, outcome: Outcome, what: str = "is left out") -> None:
        """Warn of a fit that failed, and say what becomes of the student; all else goes on."""
        if outcome.reason and outcome.reason != INTERRUPTED:
            name = self.name(self.recipe.rounds)
            warnings.warn(f"the {name} {what}: {outcome.reason}", PliantWarning, stacklevel=2)

    def _dataset(self, split: int | None) -> TrainingSet:
        dataset, hidden = (
            self.distillation.transfer_set(split, self.view, self.distilled),
            self.hidden,
        )
        if not hidden:
            return dataset

        def fewer() -> TrainingSet:
            return TrainingSet.of(without(dataset.data, hidden), dataset.refine)

        return dataset.data.cached(f"without {hidden}", fewer)

    def _model(self, member: Pipeline, rounds: int, score: float) -> Predictor:
        experiment, name, recipe = self.distillation.experiment, self.name(rounds), self.recipe
        built = build([Weighted(member, 1.0, -1, True)])
        card = student_card(self.distillation.card, name, experiment.measure.shown(score))
        config, n_rows = asdict(recipe.config), card.facts["rows"]
        own = Member(
            name, 1.0, built.places[0], recipe.family, config, self.view, None, rounds, n_rows
        )
        table = experiment.table
        parts = table.schema, built.ops, table.target.classes, card, [own]
        return Predictor(*parts, decision=experiment.decision)


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
