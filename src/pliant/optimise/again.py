"""A model from a file, made smaller: students of its rows, beside the model as it is."""

from __future__ import annotations

from collections.abc import Iterator

from pliant.config import Clock, Limits, Resources
from pliant.errors import ConfigError, DataError
from pliant.means import Means
from pliant.models.catalogue import families_of
from pliant.optimise.choice import Chooser, Chosen
from pliant.optimise.lean import with_lean
from pliant.optimise.offer import Offer
from pliant.optimise.pairs import with_pairs
from pliant.optimise.recipes import recipes
from pliant.optimise.school import School
from pliant.optimise.shrink import SHOWN_SECONDS
from pliant.optimise.student import students
from pliant.optimise.teacher import FileTeacher
from pliant.roles import learn_roles
from pliant.runtime.model import Model
from pliant.runtime.raw import Frame
from pliant.source import Source
from pliant.study import Splitting, Study
from pliant.table.table import Table
from pliant.table.target import TASKS, known_target

FEW_ROWS, FOLDS = 5_000, 4
"""Rows below which students are scored on several splits, and how many."""

HELD_OUT = 0.2
"""Of more rows, the share that students are scored on."""


def optimise_file(
    model: Model, frame: Frame, limits: Limits, clock: Clock, resources: Resources
) -> Chosen:
    """Return the best model within limits: the model itself, or a student of the rows of a frame.

    The score of the model is that of its card; students are scored on rows that they have not
    seen. A teacher has seen them and passes on what it knows of them: no student counts as better.

    Raises
    ------
    ConfigError
        When there is no limit.
    DataError
        When the frame lacks a column, or the target.
    FitError
        When there is no such model.
    """
    if not limits.described():
        raise ConfigError("expected a limit: a latency, a size or a loss")
    study = study_of(model, frame)
    chooser = Chooser.on(study, limits, SHOWN_SECONDS)
    means = Means(clock, resources.processors, resources.memory)
    offers = _offers(model, study, means, limits.bytes)
    return chooser.choose(chooser.measured(offers))


def study_of(model: Model, frame: Frame) -> Study:
    """Return a study of the rows of a frame, encoded as the model encodes them."""
    card = model.card
    if card.target not in frame:
        raise DataError(f"expected the target {card.target!r} to be a column of the table")
    source = Source.from_facts(card.facts)
    named = (source.weight, source.groups, source.time) if source else ()
    roles, _ = learn_roles(frame, *named)
    task = next(task for task in TASKS if task == card.task)
    target = known_target(card.target, frame[card.target], task, model.classes)
    table = Table(model.schema, model.schema.encode(frame), target, roles)
    few = len(table) < FEW_ROWS
    splitting = Splitting(1 / FOLDS, FOLDS) if few else Splitting(HELD_OUT, 1)
    return Study(table, splitting, card.metric, int(card.facts.get("seed", 0)))


def _offers(model: Model, study: Study, means: Means, most: float | None) -> Iterator[Offer]:
    """Yield the model as it is, then its students."""
    if model.card.score is None:
        raise DataError("expected a model whose card holds a score to compare students with")
    known = study.measure.shown(model.card.score)
    yield Offer("as it is", known, 0.0, model, lambda: model)
    teacher = FileTeacher(model, known, len(study.splits))
    school = School(study, teacher, known, model.card, means)
    wanted = recipes(families_of(None), study.table.target.n_outputs, most)
    yield from with_pairs(school, with_lean(students(school, wanted, "plain")))
