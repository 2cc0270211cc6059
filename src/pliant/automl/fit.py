"""The way of the data: rows go in, a model comes out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

from pliant.automl.finishing import Result as Result
from pliant.automl.finishing import finished, finished_within, training_of
from pliant.automl.intervals import learn_intervals
from pliant.automl.planning import planned
from pliant.automl.shares import TimeShares
from pliant.compile.monotone import prove_monotone
from pliant.compress.builder import ModelBuilder
from pliant.compress.options import ShrinkOptions
from pliant.compress.shrink import Shrinking
from pliant.core.blas import one_blas_thread
from pliant.core.deadline import Deadline
from pliant.core.descriptors import hold_standard
from pliant.ensemble.choose import Selection, choose
from pliant.ensemble.constant import base_rate_trial, base_rates
from pliant.ensemble.incremental.data_parallel import tell_unseen
from pliant.ensemble.incremental.rows import Rows
from pliant.ensemble.incremental.weighed import weighed_rows
from pliant.models.registry import FAMILIES, families_of
from pliant.search.base import Strategy
from pliant.search.bayes import Bayes
from pliant.search.journal import Journal
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.search.shelf import shelf_bytes
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.engines.select import make_engine
from pliant.training.experiment import Experiment
from pliant.training.fit_spec import FitSpec
from pliant.training.records import Trial


def fit(
    rows: Rows,
    spec: FitSpec,
    context: FitContext | None = None,
    options: ShrinkOptions | None = None,
    shares: TimeShares | None = None,
) -> Result:
    """Return the best model that the spec's budget allows.

    The engine is up before the table is read; the table is planned for, searched on, and the
    members of the selection become final: on all rows, on more, or within limits; `options` say
    what is tried to keep those, and `shares` how the seconds are shared.

    Raises
    ------
    DataError
        When the table or the target cannot be used.
    ConfigError
        When the spec asks for what the table does not have.
    FitError
        When no candidate could be fitted, or no model stays within the limits.
    """
    hold_standard()
    context = (context or FitContext(Deadline(spec.budget.seconds))).using(spec.resources)
    families = spec.steering.families(families_of(spec.models), spec.models is not None)
    shares = shares or TimeShares()
    options, limited = options or ShrinkOptions(), bool(spec.limits.described())
    with ExitStack() as held:
        engine = held.enter_context(_engine(rows, spec))
        held.enter_context(one_blas_thread())  # fits share the processors
        table, remainder = rows.table(spec, engine.memory)
        table, remainder = weighed_rows(spec.steering.class_weight, table, remainder)
        for name, text in table.schema.remarks:
            context.remark(name, text)
        more_rows = remainder is not None
        if remainder is not None:
            tell_unseen(engine, remainder)
        budget = shares.of_search(
            spec.budget, context.deadline, limited=limited, more_rows=more_rows
        )
        plan, experiment = planned(table, spec, families, budget, engine.workers)
        journal = held.enter_context(_journal(spec.journal, experiment))
        engine.start(experiment)
        tried = dict.fromkeys(candidate.family for candidate in plan.candidates)
        bayes = Bayes([FAMILIES[name] for name in tried], plan.proposals, spec.seed)
        search = Search(plan, engine, context, journal)
        strategies: list[Strategy] = [Portfolio(plan.candidates), bayes]
        trials, selection = _searched(search, strategies, experiment, shares)
        builder = ModelBuilder(
            rows.target_name, experiment, trials, spec.facts(), families, spec.resources
        )
        in_time = context.until(shares.unreserved(context.deadline))
        training = training_of(spec, engine, in_time, remainder)
        if limited:
            shrinking = Shrinking(builder, selection, training.members, options=options)
            students = shares.of_students(context.deadline)
            return finished_within(spec, shrinking, students, engine)
        result = finished(Shrinking.of(builder, training.members(selection), options), engine)
        prove_monotone(result.model, table.coded, experiment.monotone)
        if not spec.steering.intervals:
            return result
        learned = learn_intervals(experiment, selection, engine, context.deadline)
        return replace(result, model=learned.of(result.model))


def _engine(rows: Rows, spec: FitSpec) -> Engine:
    """Return the engine of a fit; what this process will hold of the rows is not its."""
    resources = rows.shared(spec.resources)
    growth = rows.growth + 2 * shelf_bytes(spec.resources.memory)  # copied to choose
    return make_engine(resources, spec.budget.seconds, growth)


def _searched(
    search: Search, strategies: Sequence[Strategy], experiment: Experiment, shares: TimeShares
) -> tuple[tuple[Trial, ...], Selection]:
    """Return all trials, the base rate's among them where it was chosen, and the selection of them.

    Where less was chosen than time was kept to refit, the search goes on.
    """
    seconds, before = search.plan.seconds, 0
    trials = search.run(strategies)
    selection = choose((*trials, base_rate_trial(experiment, len(trials))), experiment)
    while seconds is not None and len(trials) > before:
        before = len(trials)
        search.expect(selection.heaviest())
        if search.left() < shares.worth_searching * seconds:
            break
        trials = search.run(strategies)
        selection = choose((*trials, base_rate_trial(experiment, len(trials))), experiment)
    return (*trials, *base_rates(selection.trials)), selection


def _journal(
    folder: str | Path | None, experiment: Experiment
) -> AbstractContextManager[Journal | None]:
    return nullcontext() if folder is None else Journal(folder, experiment.identity())
