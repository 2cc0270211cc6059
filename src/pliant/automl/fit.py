"""The way of the data: rows go in, a model comes out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from pliant.automl.finishing import Result as Result
from pliant.automl.finishing import finished, finished_within, training_of
from pliant.automl.planning import budget_of_search, planned
from pliant.compress.known import Known
from pliant.core.blas import one_blas_thread
from pliant.core.config import Clock
from pliant.core.descriptors import hold_standard
from pliant.ensemble.choose import Choice, choose
from pliant.ensemble.constant import base_rate_trial, base_rates
from pliant.ensemble.incremental.rows import Rows
from pliant.models.registry import families_of
from pliant.search.base import Strategy
from pliant.search.bayes import Bayes
from pliant.search.journal import Journal
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.search.shelf import shelf_bytes
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine
from pliant.training.records import Trial
from pliant.training.request import Request
from pliant.training.study import Study

WORTH_SEARCHING = 0.05
"""Of the seconds, what must be left to go on once there is a choice."""


def fit(rows: Rows, request: Request, context: FitContext | None = None) -> Result:
    """Return the best model that the request's budget allows.

    The engine is up before the table is read; the table is planned for, searched on, and the
    members of the choice become final: on all rows, on more, or within limits.

    Raises
    ------
    DataError
        When the table or the target cannot be used.
    FitError
        When no candidate could be fitted, or no model stays within the limits.
    """
    hold_standard()
    context = (context or FitContext(Clock(request.budget.seconds))).using(request.resources)
    families = families_of(request.models)
    with ExitStack() as held:
        engine = held.enter_context(_engine(rows, request))
        held.enter_context(one_blas_thread())  # fits share the processors
        table, rest = rows.table(request, engine.memory)
        for name, text in table.schema.remarks:
            context.remark(name, text)
        budget = budget_of_search(request, context.clock, rest is not None)
        plan, study = planned(table, request, families, budget, engine.workers)
        journal = held.enter_context(_journal(request.journal, study))
        engine.start(study)
        bayes = Bayes(families, plan.proposals, request.seed)
        search = Search(plan, engine, context, journal)
        trials, choice = _searched(search, [Portfolio(plan.candidates), bayes], study)
        known = Known(rows.target_name, study, trials, request.facts(), families, request.resources)
        training = training_of(request, engine, context, rest)
        if request.limits.described():
            return finished_within(request, known, choice, training, context.clock, engine)
        return finished(known, choice, training, engine)


def _engine(rows: Rows, request: Request) -> Engine:
    """Return the engine of a fit; what this process will hold of the rows is not its."""
    resources = rows.shared(request.resources)
    growth = rows.growth + 2 * shelf_bytes(request.resources.memory)  # copied to choose
    return make_engine(resources, request.budget.seconds, growth)


def _searched(
    search: Search, strategies: Sequence[Strategy], study: Study
) -> tuple[tuple[Trial, ...], Choice]:
    """Return all trials, the base rate's among them where it was chosen, and the choice of them.

    Where less was chosen than time was kept to refit, the search goes on.
    """
    seconds, before = search.plan.seconds, 0
    trials = search.run(strategies)
    choice = choose((*trials, base_rate_trial(study, len(trials))), study)
    while seconds is not None and len(trials) > before:
        before = len(trials)
        search.expect(choice.heaviest())
        if search.left() < WORTH_SEARCHING * seconds:
            break
        trials = search.run(strategies)
        choice = choose((*trials, base_rate_trial(study, len(trials))), study)
    return (*trials, *base_rates(choice.trials)), choice


def _journal(folder: str | Path | None, study: Study) -> AbstractContextManager[Journal | None]:
    return nullcontext() if folder is None else Journal(folder, study.identity())
