"""From a selection to a model: refitted, trained on more rows, or made to keep limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pliant.compress.shrink import Shrinking, within
from pliant.core.deadline import Deadline
from pliant.core.memory import give_back
from pliant.ensemble.choose import Selection
from pliant.ensemble.incremental.extension import Ensemble, Extension
from pliant.ensemble.incremental.remainder import Remainder
from pliant.ensemble.incremental.schedule import GROWTH
from pliant.ensemble.refit import Refit
from pliant.ensemble.text_members import sharing_bytes
from pliant.runtime.model import Predictor
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine, one_by_one
from pliant.training.experiment import Experiment, of_table
from pliant.training.fit_spec import FitSpec
from pliant.training.records import Trial


@dataclass(frozen=True)
class Result:
    """A fitted model, every trial on the way to it, and what was shipped to where they ran."""

    model: Predictor
    trials: tuple[Trial, ...]
    selection: Selection
    shrinking: Shrinking
    points: Sequence[Mapping[str, Any]] = ()
    shipped_bytes: int = 0


class Training(Protocol):
    """How the members of a selection become final."""

    def members(self, selection: Selection) -> Ensemble:
        """Return the ensemble of the final members."""
        ...


@dataclass(frozen=True)
class OnAllRows:
    """Members are refitted on all rows that were searched on, as far as time allows."""

    engine: Engine
    deadline: Deadline
    averaging: bool

    def members(self, selection: Selection) -> Ensemble:
        """Return the ensemble, refitted."""
        experiment = of_table(self.engine.experiment)
        refit = Refit(experiment, self.deadline, self.averaging)
        members = refit.members(selection, self.engine)
        return Ensemble(selection, sharing_bytes(members, experiment.table.coded))


@dataclass(frozen=True)
class OnMoreRows:
    """Members are trained on the rows beyond those that were searched on, block after block."""

    engine: Engine
    context: FitContext
    remainder: Remainder
    spec: FitSpec

    def members(self, selection: Selection) -> Ensemble:
        """Return the ensemble trained on all rows; what was prepared for the search is let go."""
        experiment, limits = of_table(self.engine.experiment), self.spec.limits
        found = Refit(experiment, Deadline(None), averaging=False, refitting=False)
        ensemble = Ensemble(selection, found.members(selection, self.engine))
        experiment.let_go()
        give_back()
        growth = 1.0 if limits.described() else GROWTH  # as large as the search measured
        with one_by_one(self.engine, self.spec.resources) as engine:
            extended = Extension(engine, self.remainder, self.context, growth).extended(ensemble)
        members = sharing_bytes(extended.members, experiment.table.coded)
        return replace(extended, members=members)


def training_of(
    spec: FitSpec, engine: Engine, context: FitContext, remainder: Remainder | None
) -> Training:
    """Return how members become final, in the time that the context has."""
    if remainder is not None:
        return OnMoreRows(engine, context, remainder, spec)
    return OnAllRows(engine, context.deadline, averaging=not spec.limits.described())


def finished(shrinking: Shrinking, engine: Engine) -> Result:
    """Return the model of final members."""
    trials, shipped = tuple(shrinking.builder.trials), engine.shipped_bytes
    return Result(shrinking.model(), trials, shrinking.selection, shrinking, (), shipped)


def finished_within(
    spec: FitSpec, shrinking: Shrinking, students: Deadline, engine: Engine
) -> Result:
    """Return the best model within the limits, an ensemble or a student.

    Students are tried while there is time for them.

    Raises
    ------
    FitError
        When there is none.
    """
    if engine.in_process:
        engine.let_go()  # students bring rows of their own
    found = within(spec.limits, shrinking, students, engine)
    builder = shrinking.builder
    later = replace(shrinking, finish=lambda part: _later(part, builder.experiment, spec))
    trials, shipped = tuple(builder.trials), engine.shipped_bytes
    return Result(found.model, trials, shrinking.selection, later, found.points, shipped)


def _later(selection: Selection, experiment: Experiment, spec: FitSpec) -> Ensemble:
    """Return the final members of an ensemble when the fit, with its engine, is long over."""
    with make_engine(spec.resources, None) as engine:
        engine.start(experiment)
        return OnAllRows(engine, Deadline(None), averaging=False).members(selection)
