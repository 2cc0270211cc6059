"""What a fit will try, and on which splits: the plan and the experiment of its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pliant.core.config import Budget
from pliant.core.errors import DataError
from pliant.data.table import Table
from pliant.features.arithmetic import is_number
from pliant.features.block import View
from pliant.features.crosses import pairs_of
from pliant.metrics import carried_metric
from pliant.models.base import Shape
from pliant.models.registry import carried
from pliant.search.plan import Plan, make_plan
from pliant.training.experiment import Experiment, Splitting
from pliant.training.fit_spec import FitSpec
from pliant.training.metric_check import refuse_broken_metric


def planned(
    table: Table, spec: FitSpec, families: Sequence[str], budget: Budget, workers: int
) -> tuple[Plan, Experiment]:
    """Return how to spend a budget on a table with so many workers, and the experiment of the
    table.

    Raises
    ------
    DataError
        When groups or times leave no rows to train on, or none to validate on.
    ConfigError
        When there is no such metric, or a user's own does not work.
    """
    plan = make_plan(_shape(table, workers), budget, families, spec.folds)
    splitting = Splitting(plan.share, plan.folds, plan.repeats)
    brought = carried(families), carried_metric(spec.metric)
    spec.steering.refuse_unfit(table.target, spec.limits)
    asked = spec.steering.decision(table.target), spec.steering.directions(table.schema)
    experiment = Experiment(table, splitting, spec.metric, spec.seed, *brought, *asked)
    if experiment.measure and not experiment.splits:
        raise DataError(
            "expected rows to train on and rows to validate on, but groups or times leave none"
        )
    refuse_broken_metric(experiment)
    return plan, experiment


def _shape(table: Table, at_once: int) -> Shape:
    """Return the size of a fit on all rows, seen plainly, and how they may be seen besides."""
    plainly = Shape.of(table.schema, table.target.n_outputs, len(table))
    return replace(plainly, threads=at_once, views=_views(table))


def _views(table: Table) -> tuple[View, ...]:
    """Return how a table may be seen besides plainly: where there are pairs to look at."""
    schema, found = table.schema, list[View]()
    if schema.text_columns:
        found.append("grams")
    if schema.code_columns or schema.text_columns:  # else categories are crossed anyway
        n_ids = [book.n_codes for _, book in schema.id_columns]
        if pairs_of(n_ids, table.target.n_outputs):
            found.append("crossed")
    if sum(is_number(book.n_codes) for _, book in schema.code_columns) > 1:
        found.append("arithmetic")
    return tuple(found)
