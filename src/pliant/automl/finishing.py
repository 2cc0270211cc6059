"""From the choice of trials to a model: refitted, trained on more rows, or made to keep limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pliant.compress.known import Known
from pliant.compress.shrink import Shrinking, within
from pliant.core.config import Clock
from pliant.core.memory import give_back
from pliant.ensemble.choose import Choice
from pliant.ensemble.incremental.course import GROWTH
from pliant.ensemble.incremental.extension import Ensemble, Extension
from pliant.ensemble.incremental.rest import Rest
from pliant.ensemble.refit import Refit
from pliant.runtime.model import Predictor
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine, one_by_one
from pliant.training.records import Trial
from pliant.training.request import Request
from pliant.training.study import Study

LEARNING = 0.8
"""Of what is left then, what students may take to be tried; the rest is for the final model. There
0.46 with 0.75 and 0.41 with 0.9, but then electricity (30 s, 60 kB) took 31.1 s, not 24."""

RESERVE, LEAST_RESERVE, MOST_RESERVE = 0.04, 2.0, 0.07
"""Of the seconds, what compiling and saving may use; two seconds at least, where these are no more
than the last share. With 1.2 of 30, two of 32 fits ended up to 0.7 s late while the processor ran
at half its pace (`benchmarks/board/run.py`)."""


@dataclass(frozen=True)
class Result:
    """A fitted model, every trial on the way to it, and what was shipped to where they ran."""

    model: Predictor
    trials: tuple[Trial, ...]
    choice: Choice
    shrinking: Shrinking
    points: Sequence[Mapping[str, Any]] = ()
    shipped_bytes: int = 0


class Training(Protocol):
    """How the members of a choice become final."""

    def members(self, choice: Choice) -> Ensemble:
        """Return the ensemble of the final members."""
        ...


@dataclass(frozen=True)
class OnAllRows:
    """Members are refitted on all rows that were searched on, as far as time allows."""

    engine: Engine
    clock: Clock
    averaging: bool

    def members(self, choice: Choice) -> Ensemble:
        """Return the ensemble, refitted."""
        refit = Refit(self.engine.study, self.clock, self.averaging)
        return Ensemble(choice, refit.members(choice, self.engine))


@dataclass(frozen=True)
class OnMoreRows:
    """Members are trained on the rows beyond those that were searched on, block after block."""

    engine: Engine
    context: FitContext
    rest: Rest
    request: Request

    def members(self, choice: Choice) -> Ensemble:
        """Return the ensemble trained on all rows; what was prepared for the search is let go."""
        study, limits = self.engine.study, self.request.limits
        found = Refit(study, Clock(None), averaging=False, refitting=False)
        ensemble = Ensemble(choice, found.members(choice, self.engine))
        study.let_go()
        give_back()
        growth = 1.0 if limits.described() else GROWTH  # as large as the search measured
        with one_by_one(self.engine, self.request.resources) as engine:
            return Extension(engine, self.rest, self.context, growth).extended(ensemble)


def training_of(
    request: Request, engine: Engine, context: FitContext, rest: Rest | None
) -> Training:
    """Return how members become final, in the time that compiling and saving leave."""
    context = context.until(unreserved(context.clock))
    if rest is not None:
        return OnMoreRows(engine, context, rest, request)
    return OnAllRows(engine, context.clock, averaging=not request.limits.described())


def finished(known: Known, choice: Choice, training: Training, engine: Engine) -> Result:
    """Return the model of a choice."""
    shrinking = Shrinking.of(known, training.members(choice))
    trials, shipped = tuple(known.trials), engine.shipped_bytes
    return Result(shrinking.model(), trials, shrinking.choice, shrinking, (), shipped)


def finished_within(
    request: Request, known: Known, choice: Choice, training: Training, clock: Clock, engine: Engine
) -> Result:
    """Return the best model within the limits, an ensemble or a student.

    Raises
    ------
    FitError
        When there is none.
    """
    left = unreserved(clock)
    students = Clock(None if left.seconds is None else LEARNING * max(0.0, left.remaining()))
    if engine.in_process:
        engine.let_go()  # students bring rows of their own
    shrinking = Shrinking(known, choice, training.members)
    found = within(request.limits, shrinking, students, engine)
    later = Shrinking(known, choice, lambda part: _later(part, known.study, request))
    trials, shipped = tuple(known.trials), engine.shipped_bytes
    return Result(found.model, trials, choice, later, found.points, shipped)


def unreserved(clock: Clock) -> Clock:
    """Return a clock that leaves the time for compiling and saving."""
    seconds = clock.seconds
    return clock.less(max(RESERVE, min(LEAST_RESERVE / seconds, MOST_RESERVE)) if seconds else 0.0)


def _later(choice: Choice, study: Study, request: Request) -> Ensemble:
    """Return the final members of an ensemble when the fit, with its engine, is long over."""
    with make_engine(request.resources, None) as engine:
        engine.start(study)
        return OnAllRows(engine, Clock(None), averaging=False).members(choice)
