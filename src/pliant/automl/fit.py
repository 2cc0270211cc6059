"""The way of the data: a frame goes in, a model comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pliant.compress.known import Known
from pliant.compress.shrink import Shrinking, within
from pliant.core.blas import one_blas_thread
from pliant.core.config import Budget, Clock
from pliant.core.descriptors import hold_standard
from pliant.core.errors import DataError
from pliant.core.memory import give_back
from pliant.data.table import Table
from pliant.ensemble.choose import Choice, choose
from pliant.ensemble.constant import base_rate_trial, base_rates
from pliant.ensemble.incremental.course import GROWTH
from pliant.ensemble.incremental.extension import Ensemble, Extension
from pliant.ensemble.incremental.rest import Rest
from pliant.ensemble.incremental.rows import Rows
from pliant.ensemble.refit import Refit
from pliant.features.arithmetic import is_number
from pliant.features.block import View
from pliant.features.crosses import pairs_of
from pliant.metrics import carried_metric
from pliant.models.base import Shape
from pliant.models.registry import carried, families_of
from pliant.runtime.model import Predictor
from pliant.search.base import Strategy
from pliant.search.bayes import Bayes
from pliant.search.journal import Journal
from pliant.search.plan import make_plan
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search, Session
from pliant.search.shelf import shelf_bytes
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine, one_by_one
from pliant.training.means import Means
from pliant.training.progress import Progress
from pliant.training.records import Trial
from pliant.training.request import Request
from pliant.training.study import Splitting, Study

SEARCHED = 0.5
"""Of the seconds, what the ensemble may take where there are limits: the rest makes it smaller.
Nine classes, 14,416 rows, 60 s, at most 200 kB (`pliant fit --max-size`): test log loss 0.885 with
0.75, and 0.451 where a fit and `pliant optimize` had 30 s each."""

LEARNING = 0.8
"""Of what is left then, what students may take to be tried; the rest is for the final model. There
0.46 with 0.75 and 0.41 with 0.9, but then electricity (30 s, 60 kB) took 31.1 s, not 24."""

RESERVE, LEAST_RESERVE, MOST_RESERVE = 0.04, 2.0, 0.07
"""Of the seconds, what compiling and saving may use; two seconds at least, where these are no more
than the last share. With 1.2 of 30, two of 32 fits ended up to 0.7 s late while the processor ran
at half its pace (`benchmarks/board/run.py`)."""

WORTH_SEARCHING = 0.05
"""Of the seconds, what must be left to go on once there is a choice."""

SEARCH_SHARE = 0.5
"""Of the seconds left, what the search gets where its winners are then trained on more rows."""


@dataclass(frozen=True)
class Result:
    """A fitted model, every trial on the way to it, and what was shipped to where they ran."""

    model: Predictor
    trials: tuple[Trial, ...]
    choice: Choice
    shrinking: Shrinking
    points: Sequence[Mapping[str, Any]] = ()
    shipped_bytes: int = 0


@dataclass(frozen=True)
class Watch:
    """Who waits: the clock has counted since they began to; `tell` hears of the progress.

    `remark` hears what is worth knowing of a column: its name, and what was done.
    """

    clock: Clock
    tell: Callable[[Progress], None] = lambda progress: None
    remark: Callable[[str, str], None] = lambda name, text: None


def fit(rows: Rows, request: Request, watch: Watch | None = None) -> Result:
    """Return the best model that the request's budget allows.

    Raises
    ------
    DataError
        When the table or the target cannot be used.
    FitError
        When no candidate could be fitted.
    """
    hold_standard()
    watch = watch or Watch(Clock(request.budget.seconds))
    families = families_of(request.models)
    with ExitStack() as held:
        resources, shelf = rows.shared(request.resources), shelf_bytes(request.resources.memory)
        growth = rows.growth + 2 * shelf  # what is chosen from is copied once
        engine = held.enter_context(make_engine(resources, request.budget.seconds, growth))
        held.enter_context(one_blas_thread())  # fits share the processors
        table, rest = rows.table(request, engine.memory)
        for name, text in table.schema.remarks:
            watch.remark(name, text)
        limited = bool(request.limits.described())
        budget = _searched(request.budget.part(SEARCHED if limited else 1.0), rest, watch.clock)
        plan = make_plan(shape_of(table, engine.workers), budget, families, request.folds)
        splitting = Splitting(plan.share, plan.folds, plan.repeats)
        brought = carried(families), carried_metric(request.metric)
        study = Study(table, splitting, request.metric, request.seed, *brought)
        study = _checked(study)
        journal = held.enter_context(_journal(request.journal, study))
        engine.start(study)
        session = Session(plan, study, watch.clock, watch.tell, journal, shelf)
        bayes = Bayes(families, plan.proposals, request.seed)
        strategies: list[Strategy] = [Portfolio(plan.candidates), bayes]
        trials, choice = _chosen(Search(session, engine), strategies, session)
        trials += tuple(base_rates(choice.trials))
        known = Known(rows.target_name, study, trials, request.facts(), families, request.resources)
        refit = _refit(session, rest, not limited)
        way = _Way(request, watch, rest, engine)
        if limited:
            return _within_limits(known, choice, refit, way)
        ensemble = way.extended(Ensemble(choice, refit.members(choice, engine)))
    shrinking = Shrinking.of(known, ensemble)
    return Result(shrinking.model(), trials, ensemble.choice, shrinking, (), engine.shipped_bytes)


def _chosen(
    search: Search, strategies: Sequence[Strategy], session: Session
) -> tuple[tuple[Trial, ...], Choice]:
    """Return all trials and the choice of them.

    Where less was chosen than time was kept to refit, the search goes on.
    """
    study, seconds, before = session.study, session.plan.seconds, 0
    trials = search.run(strategies)
    choice = choose((*trials, base_rate_trial(study, len(trials))), study)
    while seconds is not None and len(trials) > before:
        before = len(trials)
        search.expect(choice.heaviest())
        if search.left() < WORTH_SEARCHING * seconds:
            break
        trials = search.run(strategies)
        choice = choose((*trials, base_rate_trial(study, len(trials))), study)
    return tuple(trials), choice


@dataclass(frozen=True)
class _Way:
    """What a fit was asked for, who waits, the rows beyond its sample, and who trains."""

    request: Request
    watch: Watch
    rest: Rest | None
    engine: Engine

    def extended(self, ensemble: Ensemble) -> Ensemble:
        """Return the ensemble, trained on the rest of the rows if there is one; what was prepared
        for the search is let go.
        """
        if self.rest is None:
            return ensemble
        self.engine.study.let_go()
        give_back()
        resources, limits = self.request.resources, self.request.limits
        means = Means(_unreserved(self.watch.clock), resources.processors, resources.memory)
        growth = 1.0 if limits.described() else GROWTH  # as large as the search measured
        with one_by_one(self.engine, resources) as engine:
            return Extension(engine, self.rest, means, self.watch.tell, growth).extended(ensemble)


def _within_limits(known: Known, choice: Choice, refit: Refit, way: _Way) -> Result:
    """Return the best model within the limits, an ensemble or a student."""
    study, request, engine = known.study, way.request, way.engine

    def finish(part: Choice) -> Ensemble:
        return way.extended(Ensemble(part, refit.members(part, engine)))

    left = _unreserved(way.watch.clock)
    clock = Clock(None if left.seconds is None else LEARNING * max(0.0, left.remaining()))
    if engine.in_process:
        engine.let_go()  # students bring rows of their own
    found = within(request.limits, Shrinking(known, choice, finish), clock, engine)
    later = Shrinking(known, choice, lambda part: _later(part, study, request))
    trials, shipped = tuple(known.trials), engine.shipped_bytes
    return Result(found.model, trials, choice, later, found.points, shipped)


def shape_of(table: Table, at_once: int) -> Shape:
    """Return the size of a fit on all rows, before its features are made."""
    n_features = len(table.schema.code_columns) + 2 * len(table.schema.id_columns)
    n_features += len(table.schema.text_columns)
    return Shape(len(table), n_features, table.target.n_outputs, at_once, _views(table))


def _views(table: Table) -> tuple[View, ...]:
    """Return how a table may be seen besides plainly: where there are pairs to look at."""
    schema, found = table.schema, list[View]()
    if schema.code_columns or schema.text_columns:  # else categories are crossed anyway
        n_ids = [book.n_codes for _, book in schema.id_columns]
        if pairs_of(n_ids, table.target.n_outputs):
            found.append("crossed")
    if sum(is_number(book.n_codes) for _, book in schema.code_columns) > 1:
        found.append("arithmetic")
    return tuple(found)


def _checked(study: Study) -> Study:
    """Return the study; a metric or a split that cannot be is said before anything is fitted."""
    if study.measure and not study.splits:
        raise DataError(
            "expected rows to train on and rows to validate on, but groups or times leave none"
        )
    return study


def _journal(folder: str | Path | None, study: Study) -> AbstractContextManager[Journal | None]:
    return nullcontext() if folder is None else Journal(folder, study.identity())


def _searched(budget: Budget, rest: Rest | None, clock: Clock) -> Budget:
    """Return what of the budget is for searching: less where there is a rest to train on."""
    if rest is None or budget.seconds is None:
        return budget
    begun = clock.elapsed()
    return replace(budget, seconds=begun + SEARCH_SHARE * max(0.0, budget.seconds - begun))


def _refit(session: Session, rest: Rest | None, averaging: bool) -> Refit:
    """Return how members are made; what is trained on the rest needs no refit on the sample."""
    if rest is not None:
        return Refit(session.study, Clock(0.0), averaging=False)
    return Refit(session.study, _unreserved(session.clock), averaging)


def _unreserved(clock: Clock) -> Clock:
    """Return a clock that leaves the time for compiling and saving."""
    seconds = clock.seconds
    return clock.less(max(RESERVE, min(LEAST_RESERVE / seconds, MOST_RESERVE)) if seconds else 0.0)


def _later(choice: Choice, study: Study, request: Request) -> Ensemble:
    """Return the final members of an ensemble when the fit, with its engine, is long over."""
    with make_engine(request.resources, None) as engine:
        engine.start(study)
        return Ensemble(choice, Refit(study, Clock(None), False).members(choice, engine))
