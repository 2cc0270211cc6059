"""Shrink: everything on offer after a fit, or for a model from a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pliant.compress.cascade import Cascades
from pliant.compress.choice import Chooser, Chosen
from pliant.compress.fits import students
from pliant.compress.known import Known
from pliant.compress.lean import with_lean
from pliant.compress.members import Ensembles
from pliant.compress.offer import Offer, Predicted
from pliant.compress.pairs import with_pairs
from pliant.compress.recipes import recipes
from pliant.compress.school import School
from pliant.compress.student import Student
from pliant.compress.teacher import Finish, FoldTeacher
from pliant.core.config import Clock, Limits
from pliant.ensemble.choose import Choice, choose
from pliant.ensemble.constant import base_rates, is_base_rate
from pliant.ensemble.incremental.extension import Ensemble
from pliant.ensemble.refit import reweighted
from pliant.features.block import View
from pliant.runtime.model import Predictor
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine
from pliant.training.records import Trial

SHOWN_SECONDS = 0.2
"""How long the latency of each offer is measured where people look at it."""

MOST_SINGLES = 6
"""Trials, the best ones, that are measured alone; besides the best of each family."""


@dataclass(frozen=True)
class Shrinking:
    """What a fit found, to be made smaller: its choice, and how the members are finished.

    `grown` says that they have learned from more rows than those that the search saw.
    """

    known: Known
    choice: Choice
    finish: Finish
    grown: bool = False

    @classmethod
    def of(cls, known: Known, ensemble: Ensemble) -> Shrinking:
        """Return that of an ensemble whose members are final."""
        members = ensemble.members

        def finish(part: Choice) -> Ensemble:
            return replace(ensemble, choice=part, members=reweighted(members, part))

        return cls(known, ensemble.choice, finish, bool(ensemble.facts))

    def model(self) -> Predictor:
        """Return the ensemble as it is."""
        return self.known.model(self.finish(self.choice))

    @property
    def ensembles(self) -> Ensembles:
        """The ensemble, and what is left of it with fewer members and trees."""
        return Ensembles(self.known, self.choice, self.finish)

    def students(self, engine: Engine, clock: Clock, most: float | None = None) -> Iterator[Offer]:
        """Yield the students that an engine has ready in time, made for a file of at most so many
        bytes, then pairs of them, then cascades of the best one."""
        known = self.known
        teacher = FoldTeacher(known.study, self.choice, self.finish, self.grown)
        card = known.card(Ensemble(self.choice, ()))
        context = FitContext(clock, known.resources.processors, known.resources.memory)
        school = School(known.study, teacher, self.choice.score, card, context, engine)
        found = list[Predicted]()
        for student in with_pairs(school, with_lean(self._taught(school, most))):
            found.append(student)
            yield student
        if found:
            said = teacher.out_of_fold(school.splits)
            cascades = Cascades(school.yardstick, self.ensembles.whole_offer(), said)
            yield from cascades.offers(max(found, key=lambda s: s.score))

    def _taught(self, school: School, most: float | None) -> Iterator[Student]:
        """Yield the students, those that see the table as the heaviest member does among them."""
        known = self.known
        wanted = recipes(known.families, known.study.table.target.n_outputs, most)
        yield from students(school, wanted, "plain")
        view = self._view()
        if view != "plain":
            yield from students(school, wanted[:3], view)

    def _view(self) -> View:
        """Return how the heaviest member sees the table."""
        pairs = zip(self.choice.weights, self.choice.trials, strict=True)
        return max(pairs, key=lambda pair: pair[0])[1].candidate.view


def within(limits: Limits, shrinking: Shrinking, clock: Clock, engine: Engine) -> Chosen:
    """Return the best model within limits, of all trials and, where time is left, of students.

    Students are trained, by the engine of the fit, only where the ensemble breaks a limit.

    Raises
    ------
    FitError
        When there is no such model.
    """
    known, ensembles = shrinking.known, shrinking.ensembles
    chooser = Chooser.on(known.study, limits)
    costly = limits.seconds is None and limits.bytes is None
    points = chooser.measured([ensembles.whole_offer()])
    if points and not costly and chooser.fits(points[0]):
        points[0], model = chooser.final(points[0])
        if chooser.fits(points[0], 1.0):
            return chooser.chosen(model, points, 0)
    points += chooser.measured(ensembles.smaller(shrinking.choice))
    trials = likely(known.trials)
    alone = chooser.measured(ensembles.alone(trial) for trial in trials)
    points += alone
    small = [t for t, point in zip(trials, alone, strict=True) if chooser.fits(point)]
    if len(small) > 1:
        points += chooser.measured(
            ensembles.offers(choose([*small, *base_rates(known.trials)], known.study))
        )
    points += chooser.measured(shrinking.students(engine, clock, limits.bytes))
    return chooser.choose(points)


def optimise(limits: Limits, shrinking: Shrinking, clock: Clock) -> Chosen:
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
    chooser = Chooser.on(shrinking.known.study, limits, SHOWN_SECONDS)
    points = chooser.measured(shrinking.ensembles.offers(shrinking.choice))
    with make_engine(shrinking.known.resources, clock.seconds) as engine:
        engine.start(shrinking.known.study)
        points += chooser.measured(shrinking.students(engine, clock, limits.bytes))
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
    return [t for i, t in enumerate(ranked) if i < MOST_SINGLES or t in best.values()]
