"""A model from a file, made smaller: students of its rows, beside the model as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.fits import students
from pliant.compress.distill.lean import with_lean
from pliant.compress.distill.pairs import with_pairs
from pliant.compress.distill.refitted_teacher import file_teacher
from pliant.compress.offer import Offer
from pliant.compress.options import ShrinkOptions
from pliant.compress.select import Chooser, Chosen
from pliant.compress.standing import Standing
from pliant.core.config import Limits, Resources
from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, DataError
from pliant.data.class_weight import weighed
from pliant.data.provenance import Provenance
from pliant.data.roles import NamedRoles, learn_roles
from pliant.data.table import Table
from pliant.data.target import TASKS, known_target
from pliant.metrics import carried_metric, is_known
from pliant.models.registry import FAMILIES, carried, families_of
from pliant.runtime.model import Card, Predictor
from pliant.runtime.raw import Frame
from pliant.training.context import FitContext
from pliant.training.engines.select import make_engine
from pliant.training.experiment import Experiment, Splitting

FEW_ROWS, FOLDS = 5_000, 4
"""Rows below which students are scored on several splits, and how many."""

HELD_OUT = 0.2
"""Of more rows, the share that students are scored on."""


def optimise_file(
    model: Predictor,
    experiment: Experiment,
    limits: Limits,
    deadline: Deadline,
    resources: Resources,
    options: ShrinkOptions | None = None,
) -> Chosen:
    """Return the best model within limits: the model itself, or a student of its experiment's rows.

    Students, and the members that teach them, are trained on an engine of the resources.

    The score of the model is that of its card. Neither students nor those who teach them have seen
    the rows that students are scored on. `experiment` is `experiment_of` the model.

    Raises
    ------
    ConfigError
        When there is no limit.
    DataError
        When the card of the model holds no score.
    FitError
        When there is no such model.
    """
    limits.refuse_none()
    if model.card.score is None:
        raise DataError("expected a model whose card holds a score to compare students with")
    options = options or ShrinkOptions()
    chooser = Chooser.on(experiment, limits, options.shown_seconds)
    context = FitContext(deadline, resources.processors, resources.memory)
    known = experiment.measure.shown(model.card.score)
    whole = Offer("as it is", Standing.as_good(known), model, lambda: model)
    points, remark = chooser.measured([whole]), ""
    with make_engine(resources, deadline.seconds) as engine:
        engine.start(experiment)
        with suppress(KeyboardInterrupt):
            teacher = file_teacher(model, engine, context)
            remark = teacher.remark()
            made_with = (experiment, teacher, known, model.card, context, engine)
            distillation = Distillation(*made_with, transfer=options.transfer)
            points += chooser.measured(_students(distillation, options, limits.bytes))
        return replace(chooser.choose(points), remark=remark)


def experiment_of(model: Predictor, frame: Frame, named: NamedRoles) -> Experiment:
    """Return an experiment of the rows of a frame, encoded as the model encodes them.

    `named` are the columns with roles, where the card does not name them.

    Raises
    ------
    DataError
        When the frame lacks a column, or the target, or it is not known which column has a role.
    ConfigError
        When the metric that the model was fitted with is not known.
    """
    card = model.card
    if card.target not in frame:
        raise DataError(f"expected the target {card.target!r} to be a column of the table")
    columns = _with_roles(card, named)
    roles, _ = learn_roles(frame, columns.weight, columns.groups, columns.time)
    task = next(task for task in TASKS if task == card.task)
    if not is_known(card.metric, task):
        raise ConfigError(
            f"expected the metric {card.metric!r}, which the model was fitted with, to be known: "
            "by pliant.register_metric, or --metric MODULE:NAME"
        )
    target = known_target(card.target, frame[card.target], task, model.classes)
    table = Table(model.schema, model.schema.encode(frame), target, roles)
    if "class_weight" in card.facts:
        table = weighed(table, card.facts["class_weight"])
    few = len(table) < FEW_ROWS
    splitting = Splitting(1 / FOLDS, FOLDS) if few else Splitting(HELD_OUT, 1)
    families = {member.family for member in model.members} & set(FAMILIES)
    brought = carried(families), carried_metric(card.metric)
    seed, decision = int(card.facts.get("seed", 0)), model.decision
    return Experiment(table, splitting, card.metric, seed, *brought, decision)


def _with_roles(card: Card, named: NamedRoles) -> NamedRoles:
    """Return the columns with roles; one that the fit had must be known.

    Rows that belong together are else on both sides of a split, and scores too good.
    """
    source = Provenance.from_facts(card.facts)
    found = NamedRoles(
        named.weight or (source.weight if source else None),
        named.groups or (source.groups if source else None),
        named.time or (source.time if source else None),
    )
    for role in card.facts.get("roles", ()):
        if found[role] is None:
            raise DataError(
                f"expected the column of {role} that the model was fitted with, which its file "
                f"does not name: name it with --{role}"
            )
    return found


def _students(
    distillation: Distillation, options: ShrinkOptions, most: float | None
) -> Iterator[Offer]:
    """Yield the students, then pairs of them."""
    n_outputs = distillation.experiment.table.target.n_outputs
    wanted = options.students(families_of(None), n_outputs, most)
    yield from with_pairs(distillation, with_lean(students(distillation, wanted, "plain")))
