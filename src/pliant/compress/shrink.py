"""Shrink: everything on offer after a fit, or for a model from a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pliant.compress.builder import ModelBuilder
from pliant.compress.cascade import Cascades
from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.fits import students
from pliant.compress.distill.lean import with_lean
from pliant.compress.distill.pairs import with_pairs
from pliant.compress.distill.student import Student
from pliant.compress.distill.teacher import Finish, FoldTeacher
from pliant.compress.offer import Offer, Predicted
from pliant.compress.options import ShrinkOptions
from pliant.compress.prune import Ensembles
from pliant.compress.select import Chooser, Chosen
from pliant.core.config import Limits
from pliant.core.deadline import Deadline
from pliant.ensemble.choose import Selection, choose
from pliant.ensemble.constant import base_rates, is_base_rate
from pliant.ensemble.incremental.extension import Ensemble
from pliant.ensemble.refit import reweighted
from pliant.features.block import View
from pliant.runtime.model import Predictor
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine
from pliant.training.records import Trial

MAX_SINGLES = 6
"""Trials, the best ones, that are measured alone; besides the best of each family."""


@dataclass(frozen=True)
class Shrinking:
    """What a fit found, to be made smaller: its selection, and how the members are finished.

    `grown` says that they have learned from more rows than those that the search saw, and `options`
    what is tried.
    """

    builder: ModelBuilder
    selection: Selection
    finish: Finish
    grown: bool = False
    options: ShrinkOptions = field(default_factory=ShrinkOptions)

    @classmethod
    def of(cls, builder: ModelBuilder, ensemble: Ensemble, options: ShrinkOptions) -> Shrinking:
        """Return that of an ensemble whose members are final."""
        members = ensemble.members

        def finish(part: Selection) -> Ensemble:
            return replace(ensemble, selection=part, members=reweighted(members, part))

        return cls(builder, ensemble.selection, finish, bool(ensemble.facts), options)

    def model(self) -> Predictor:
        """Return the ensemble as it is."""
        return self.builder.model(self.finish(self.selection))

    @property
    def ensembles(self) -> Ensembles:
        """The ensemble, and what is left of it with fewer members and trees."""
        return Ensembles(self.builder, self.selection, self.finish)

    def students(
        self, engine: Engine, deadline: Deadline, most: float | None = None
    ) -> Iterator[Offer]:
        """Yield the students that an engine has ready in time, made for a file of at most so many
        bytes, then pairs of them, then cascades of the best one."""
        builder = self.builder
        teacher = FoldTeacher(builder.experiment, self.selection, self.finish, self.grown)
        card = builder.card(Ensemble(self.selection, ()))
        context = FitContext(deadline, builder.resources.processors, builder.resources.memory)
        distillation = Distillation(
            builder.experiment,
            teacher,
            self.selection.score,
            card,
            context,
            engine,
            transfer=self.options.transfer,
        )
        found = list[Predicted]()
        for student in with_pairs(distillation, with_lean(self._distilled(distillation, most))):
            found.append(student)
            yield student
        if found:
            said = teacher.out_of_fold(distillation.splits)
            cascades = Cascades(distillation.yardstick, self.ensembles.whole_offer(), said)
            yield from cascades.offers(max(found, key=lambda s: s.score))

    def _distilled(self, distillation: Distillation, most: float | None) -> Iterator[Student]:
        """Yield the students, those that see the table as the heaviest member does among them."""
        builder = self.builder
        n_outputs = builder.experiment.table.target.n_outputs
        wanted = self.options.students(builder.families, n_outputs, most)
        yield from students(distillation, wanted, "plain")
        view = self._view()
        if view != "plain":
            yield from students(distillation, wanted[:3], view)

    def _view(self) -> View:
        """Return how the heaviest member sees the table."""
        pairs = zip(self.selection.weights, self.selection.trials, strict=True)
        return max(pairs, key=lambda pair: pair[0])[1].candidate.view


def within(limits: Limits, shrinking: Shrinking, deadline: Deadline, engine: Engine) -> Chosen:
    """Return the best model within limits, of all trials and, where time is left, of students.

    Students are trained, by the engine of the fit, only where the ensemble breaks a limit.

    Raises
    ------
    FitError
        When there is no such model.
    """
    builder, ensembles = shrinking.builder, shrinking.ensembles
    chooser = Chooser.on(builder.experiment, limits)
    costly = limits.seconds is None and limits.bytes is None
    points = chooser.measured([ensembles.whole_offer()])
    if points and not costly and chooser.fits(points[0]):
        points[0], model = chooser.final(points[0])
        if chooser.fits(points[0], 1.0):
            return chooser.chosen(model, points, 0)
    points += chooser.measured(ensembles.smaller(shrinking.selection))
    trials = likely(builder.trials)
    alone = chooser.measured(ensembles.alone(trial) for trial in trials)
    points += alone
    small = [t for t, point in zip(trials, alone, strict=True) if chooser.fits(point)]
    if len(small) > 1:
        points += chooser.measured(
            ensembles.offers(choose([*small, *base_rates(builder.trials)], builder.experiment))
        )
    points += chooser.measured(shrinking.students(engine, deadline, limits.bytes))
    return chooser.choose(points)


def optimise(limits: Limits, shrinking: Shrinking, deadline: Deadline) -> Chosen:
    """Return the best model within limits; every way to shrink is tried, as time allows. Students
    are trained on an engine of the fit's resources.

    Raises
    ------
    ConfigError
        When there is no limit.
    FitError
        When there is no such model.
    """
    limits.refuse_none()
    chooser = Chooser.on(shrinking.builder.experiment, limits, shrinking.options.shown_seconds)
    points = chooser.measured(shrinking.ensembles.offers(shrinking.selection))
    with make_engine(shrinking.builder.resources, deadline.seconds) as engine:
        engine.start(shrinking.builder.experiment)
        points += chooser.measured(shrinking.students(engine, deadline, limits.bytes))
        engine.let_go()  # members may be trained again by an engine of their own
        return chooser.choose(points)


def likely(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that may come in alone, the best first."""
    able = [t for t in trials if t.status != "failed" and not is_base_rate(t)]
    fitted = [t for t in able if t.outcomes[0].fitted is not None]
    best_first = sorted(fitted, key=lambda t: t.merit, reverse=True)
    ranked = sorted(best_first, key=lambda t: t.status != "done")
    best: dict[str, Trial] = {}
    for trial in ranked:
        best.setdefault(trial.candidate.family, trial)
    return [t for i, t in enumerate(ranked) if i < MAX_SINGLES or t in best.values()]
