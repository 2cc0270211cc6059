"""The way of the data: a frame goes in, a model comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from pliant.card import Found, make_card
from pliant.combine.choose import Choice, choose
from pliant.combine.refit import Refit, reweighted
from pliant.compile.build import build
from pliant.compile.limits import LimitedChoice
from pliant.config import Budget, Clock, Limits, Resources
from pliant.encode.arithmetic import is_number
from pliant.encode.block import View
from pliant.encode.crosses import pairs_of
from pliant.engine.select import make_engine
from pliant.errors import DataError
from pliant.journal import Journal
from pliant.models.base import Shape
from pliant.models.catalogue import families_of
from pliant.plan.plan import make_plan
from pliant.runtime.model import Model
from pliant.runtime.raw import Frame, RawColumn
from pliant.search.base import Strategy
from pliant.search.bayes import Bayes
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search, Session
from pliant.search.trial import Progress, Trial
from pliant.study import Splitting, Study
from pliant.table.table import Roles, Table, learn_schema
from pliant.table.target import Task, learn_target

MIN_ROWS = 5
"""Rows below which nothing can be learned and checked."""

CELLS_A_SECOND = 1_500_000
"""Cells that are coded for each second of the budget; a larger table is sampled first."""

RESERVE = 0.04
"""Of the seconds, what compiling and saving may use."""


@dataclass(frozen=True)
class Request:
    """What the user asks for."""

    budget: Budget = field(default_factory=Budget)
    metric: str | None = None
    task: Task | None = None
    models: Sequence[str] | None = None
    seed: int = 0
    resources: Resources = field(default_factory=Resources)
    journal: str | Path | None = None
    limits: Limits = field(default_factory=Limits)

    def described(self) -> str:
        """Return the budget and the limits as a person would say them."""
        return ", ".join(
            text for text in (self.budget.described(), self.limits.described()) if text
        )


@dataclass(frozen=True)
class Question:
    """What is to be predicted: the target's name and values; `boolean` as they came in."""

    name: str
    column: RawColumn
    boolean: bool = False


@dataclass(frozen=True)
class Result:
    """A fitted model, every trial on the way to it, and what was shipped to where they ran."""

    model: Model
    trials: tuple[Trial, ...]
    choice: Choice
    shipped_bytes: int = 0


@dataclass(frozen=True)
class Watch:
    """Who waits: the clock has counted since they began to; `tell` hears of the progress."""

    clock: Clock
    tell: Callable[[Progress], None] = lambda progress: None


def fit(
    frame: Frame, question: Question, roles: Roles, request: Request, watch: Watch | None = None
) -> Result:
    """Return the best model that the request's budget allows.

    `frame` holds the columns to learn from, `question` the target, both of n rows.

    Raises
    ------
    DataError
        When the table or the target cannot be used.
    FitError
        When no candidate could be fitted.
    """
    watch = watch or Watch(Clock(request.budget.seconds))
    families = families_of(request.models)
    with ExitStack() as held:
        engine = held.enter_context(make_engine(request.resources, request.budget.seconds))
        held.enter_context(threadpool_limits(1, "blas"))  # fits share the processors
        table = make_table(frame, question, roles, request)
        plan = make_plan(shape_of(table, engine.workers), request.budget, families)
        splitting = Splitting(plan.share, plan.folds, plan.repeats)
        study = _checked(Study(table, splitting, request.metric, request.seed))
        journal = held.enter_context(_journal(request.journal, study))
        engine.start(study)
        session = Session(plan, study, watch.clock, watch.tell, journal)
        bayes = Bayes(families, plan.proposals, request.seed)
        strategies: list[Strategy] = [Portfolio(plan.candidates), bayes]
        trials = Search(session, engine).run(strategies)
        limited = _limited(request.limits, study)
        choice = limited.choose(trials) if limited else choose(trials, study)
        members = Refit(study, _rest(session), not limited).members(choice, engine)

    def finished(choice: Choice) -> Model:
        found = Found(trials, choice, reweighted(members, choice))
        card = make_card(question.name, study, found, request.described())
        return Model(table.schema, build(found.members), table.target.classes, card)

    model = finished(choice)
    if limited:
        choice, model = limited.final(choice, finished)
    return Result(model, tuple(trials), choice, engine.shipped_bytes)


def make_table(frame: Frame, question: Question, roles: Roles, request: Request) -> Table:
    """Return the encoded table; of a table too large for the budget, a sample of its rows.

    A row of weight 0 is no row.
    """
    if roles.weight is not None and not roles.weight.all():
        rows = np.flatnonzero(roles.weight)
        question = replace(question, column=question.column.take(rows))
        frame, roles = frame.take(rows), roles.take(rows)
    if frame.n_rows < MIN_ROWS:
        raise DataError(f"expected at least {MIN_ROWS} rows to learn from, got {frame.n_rows}")
    target = learn_target(question.name, question.column, request.task, question.boolean)
    seconds = request.budget.seconds
    most = np.inf if seconds is None else max(1000, CELLS_A_SECOND * seconds / max(1, len(frame)))
    if frame.n_rows > most:
        rng = np.random.default_rng(request.seed)
        rows = np.sort(rng.permutation(frame.n_rows)[: int(most)])
        frame, target, roles = frame.take(rows), target.take(rows), roles.take(rows)
    schema = learn_schema(frame)
    return Table(schema, schema.encode(frame), target, roles)


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


def _limited(limits: Limits, study: Study) -> LimitedChoice | None:
    return LimitedChoice(limits, study) if limits.described() else None


def _rest(session: Session) -> Clock:
    """Return a clock of what is left for refits, before compiling and saving."""
    total = session.plan.seconds
    return Clock(None if total is None else max(0.0, session.clock.remaining() - RESERVE * total))
