"""The way of the data: a frame goes in, a model comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np
from threadpoolctl import threadpool_limits

from pliant.card import Found, make_card
from pliant.combine.choose import Choice, choose
from pliant.combine.refit import Refit, Weighted
from pliant.compile.build import build
from pliant.config import Budget, Clock, Resources
from pliant.encode.crosses import pairs_of
from pliant.engine.base import Engine
from pliant.engine.serial import SerialEngine
from pliant.engine.threads import ThreadEngine
from pliant.errors import DataError
from pliant.evaluate import Prepared, prepare_split
from pliant.metrics import Metric, metric_of
from pliant.models.base import Shape
from pliant.models.catalogue import families_of
from pliant.plan.plan import Plan, make_plan
from pliant.runtime.model import Model
from pliant.runtime.raw import Frame, RawColumn
from pliant.search.base import Strategy
from pliant.search.bayes import Bayes
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search, Session
from pliant.search.trial import Progress, Trial
from pliant.table.split import Split, make_splits
from pliant.table.table import Roles, Table, learn_schema
from pliant.table.target import Target, Task, learn_target

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


@dataclass(frozen=True)
class Question:
    """What is to be predicted: the target's name and values; `boolean` as they came in."""

    name: str
    column: RawColumn
    boolean: bool = False


@dataclass(frozen=True)
class Result:
    """A fitted model and every trial on the way to it."""

    model: Model
    trials: tuple[Trial, ...]
    choice: Choice


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
    table = make_table(frame, question, roles, request)
    metric = metric_of(request.metric, table.target.task)
    plan = make_plan(shape_of(table, request), request.budget, families)
    splits = repeated_splits(table.target, table.roles, plan, request.seed)
    prepared = _prepared(table, splits, metric, request.seed)
    threads = request.resources.threads
    engine: Engine = ThreadEngine(threads) if threads > 1 else SerialEngine()
    session = Session(plan, prepared, watch.clock, threads, request.seed, watch.tell)
    bayes = Bayes(families, plan.proposals, request.seed)
    strategies: list[Strategy] = [Portfolio(plan.candidates), bayes]
    with threadpool_limits(1, "blas"):  # fits run side by side, a thread each
        trials = Search(session, engine).run(strategies)
        valid = np.concatenate([split.valid for split in splits])
        choice = choose(trials, table, valid, metric, request.seed)
        members = _members(table, choice, metric, session, engine)
    found = Found(trials, choice, members)
    facts = {"folds": len(splits), "seed": request.seed, "budget": request.budget.described()}
    card = make_card(question.name, table, metric, found, facts)
    model = Model(table.schema, build(members), table.target.classes, card)
    return Result(model, tuple(trials), choice)


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


def repeated_splits(target: Target, roles: Roles, plan: Plan, seed: int) -> list[Split]:
    """Return the plan's splits; in the order of time there is one way only to split."""
    repeats = plan.repeats if roles.time is None else 1
    seeds = range(seed, seed + repeats)
    return [s for each in seeds for s in make_splits(target, roles, plan.share, plan.folds, each)]


def shape_of(table: Table, request: Request) -> Shape:
    """Return the size of a fit on all rows, before its features are made."""
    n_features = len(table.schema.code_columns) + 2 * len(table.schema.id_columns)
    n_features += len(table.schema.text_columns)
    n_outputs, n_pairs = table.target.n_outputs, 0
    if table.schema.code_columns or table.schema.text_columns:  # else they are crossed anyway
        n_pairs = len(pairs_of([book.n_codes for _, book in table.schema.id_columns], n_outputs))
    return Shape(len(table), n_features, n_outputs, request.resources.threads, n_pairs)


def _prepared(
    table: Table, splits: Sequence[Split], metric: Metric, seed: int
) -> list[Callable[[bool], Prepared]]:
    """Return a function a split that prepares it, crossed or not, when that is first needed."""
    if not splits:
        raise DataError(
            "expected rows to train on and rows to validate on, but groups or times leave none"
        )
    return [cache(partial(prepare_split, table, split, metric, seed)) for split in splits]


def _members(
    table: Table, choice: Choice, metric: Metric, session: Session, engine: Engine
) -> list[Weighted]:
    """Return the chosen trials' final models."""
    total = session.plan.seconds
    left = None if total is None else max(0.0, session.clock.remaining() - RESERVE * total)
    everything = Split(np.arange(len(table)), np.arange(0))
    whole = cache(partial(prepare_split, table, everything, metric, session.seed))
    refit = Refit(whole, len(table), Clock(left), session.seed)
    return refit.members(choice, engine)
