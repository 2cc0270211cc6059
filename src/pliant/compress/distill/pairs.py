"""Pairs: two students of different families, mixed: what each of them gets wrong differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from pliant.compile.build import PREDICTION, renamed
from pliant.compress.distill.distillation import Distillation
from pliant.compress.distill.student import Student
from pliant.compress.offer import Predicted
from pliant.ensemble.card import student_card
from pliant.runtime.member import Member
from pliant.runtime.model import Card, Predictor
from pliant.runtime.ops import Op

MAX_A_FAMILY = 2
"""Students of each family, the best, that are mixed with those of others."""

WEIGHTS = (0.3, 0.5, 0.7)
"""Weights that the first of a pair may have."""


def with_pairs(distillation: Distillation, students: Iterable[Student]) -> Iterator[Predicted]:
    """Yield students, and then pairs of them that are better than both, on the rows that those were
    scored on; nothing is trained for a pair."""
    alone, best = list[Student](), list[Student]()
    for student in students:
        alone.append(student)
        yield student
    for student in sorted(alone, key=lambda s: -s.score):
        if sum(s.family == student.family for s in best) < MAX_A_FAMILY:
            best.append(student)
    for first, second in combinations(best, 2):
        if first.family != second.family:
            made = (_pair(distillation, first, second, weight) for weight in WEIGHTS)
            pair = max(made, key=lambda s: s.score)
            if pair.score > max(first.score, second.score):
                yield pair


def _pair(distillation: Distillation, first: Student, second: Student, weight: float) -> Predicted:
    said = weight * first.predictions + (1 - weight) * second.predictions
    standing = distillation.yardstick.standing(said)
    name = "pair " + " and ".join(s.name.removeprefix("student ") for s in (first, second))
    card = student_card(
        distillation.card, name, distillation.experiment.measure.shown(standing.score)
    )

    def made(one: Predictor, other: Predictor) -> Predictor:
        return mixed(one, other, weight, card)

    def finish() -> Predictor:
        return made(first.finish(), second.finish())

    tried = made(first.tried, second.tried)
    return Predicted(name, standing, tried, finish, first.rows, said)


def mixed(first: Predictor, second: Predictor, weight: float, card: Card) -> Predictor:
    """Return a model that mixes what two others predict, of which the first has a weight."""
    ops, members = list[Op](), list[Member]()
    for prefix, model, share in (("first", first, weight), ("second", second, 1 - weight)):
        ops += renamed(model.program.ops, prefix, {})
        members += [member.within(prefix, share) for member in model.members]
    inputs = (f"first.{PREDICTION}", f"second.{PREDICTION}")
    ops.append(Op("mix", inputs, PREDICTION, {"weights": np.array([weight, 1 - weight])}))
    members.sort(key=lambda member: -member.weight)
    return Predictor(first.schema, ops, first.classes, card, members, decision=first.decision)
