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
from pliant.features.media import with_descriptions
from pliant.metrics import carried_metric
from pliant.models.base import Shape
from pliant.models.registry import FAMILIES, carried
from pliant.search.plan import Plan, make_plan
from pliant.search.timetable import FIRST_SHARE
from pliant.training.experiment import Experiment, Splitting, grams_of
from pliant.training.fit_spec import FitSpec
from pliant.training.metric_check import refuse_broken_metric

SCORES_SECONDS_A_GRAM, SCORES_SHARE = 2.5e-7, 0.02
"""What learning scores of text takes for each gram of each row (5,000 reviews of IMDB with 664
different grams each: 0.8 s), and of the seconds, what it may take where there is text alone."""


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
    table = replace(table, coded=table.coded.with_counts())
    able = worth_trying(table, families, budget)
    grids = _grids(table) if table.schema.grids else None
    plan = make_plan(_shape(table, workers), budget, able, spec.folds, grids)
    if _text_alone(table):
        plan = _readers_first(plan)
    if plan.candidates[0].view != "grids":  # else there is hardly time left for other views
        table = replace(table, coded=with_descriptions(table.schema, table.coded))
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


def worth_trying(table: Table, families: Sequence[str], budget: Budget) -> list[str]:
    """Return the families to try. Of a table of text alone, those that see it by scores are left
    out where learning these would take more than `SCORES_SHARE` of the seconds, unless there are no
    others: they say what the linear models say that read the text itself.
    """
    readers = [name for name in families if FAMILIES[name].view == "grams"]
    if budget.seconds is None or not readers or not _text_alone(table):
        return list(families)
    seconds = SCORES_SECONDS_A_GRAM * grams_of(table) * len(table)
    return readers if seconds > SCORES_SHARE * budget.seconds else list(families)


def _text_alone(table: Table) -> bool:
    """Return whether all columns in use are free text."""
    return 0 < len(table.schema.text_columns) == len(table.schema.used)


def _readers_first(plan: Plan) -> Plan:
    """Return a plan in which those candidates come first that read text itself, which take no
    scores to be learned before.
    """
    candidates = sorted(plan.candidates, key=lambda candidate: candidate.view != "grams")
    return replace(plan, candidates=tuple(candidates), first_share=FIRST_SHARE)


def _shape(table: Table, at_once: int) -> Shape:
    """Return the size of a fit on all rows, seen plainly, and how they may be seen besides."""
    plainly = Shape.of(table.schema, table.target.n_outputs, len(table))
    return replace(plainly, threads=at_once, views=_views(table))


def _grids(table: Table) -> Shape:
    """Return the size of a fit on all rows that reads images and sounds itself."""
    return Shape.of(table.schema, table.target.n_outputs, len(table), "grids")


def _views(table: Table) -> tuple[View, ...]:
    """Return how a table may be seen besides plainly: where there are pairs to look at."""
    schema, found = table.schema, list[View]()
    if schema.text_columns:
        found.append("grams")
    if schema.grids:
        found.append("grids")
    if schema.code_columns or schema.text_columns:  # else categories are crossed anyway
        n_ids = [book.n_codes for _, book in schema.id_columns]
        if pairs_of(n_ids, table.target.n_outputs):
            found.append("crossed")
    if sum(is_number(book.n_codes) for _, book in schema.code_columns) > 1:
        found.append("arithmetic")
    return tuple(found)
