"""Cascades: a student answers, and the ensemble where the student is unsure.

Most rows then cost what the student takes; the others cost both. Where a student is unsure is
learned from rows that neither has seen: there the two disagree most. (Viola and Jones, 2001, have
chains of detectors; here the last one is the ensemble, so that a cascade lies between the two.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pliant.compile.build import PREDICTION, renamed
from pliant.compress.offer import Offer, Predicted
from pliant.compress.standing import Floats, Yardstick
from pliant.ensemble.card import student_card
from pliant.runtime.member import Member
from pliant.runtime.model import Predictor
from pliant.runtime.ops import Op
from pliant.runtime.ops.outputs import certainty, unsure

SHARES = (0.05, 0.1, 0.25)
"""Shares of the rows that go on to the ensemble."""


@dataclass(frozen=True)
class Cascades:
    """Makes cascades of a student and the ensemble.

    `expected` float64 (n, V) is what the ensemble says of the student's held-out rows.
    """

    yardstick: Yardstick
    ensemble: Offer
    expected: Floats

    def offers(self, student: Predicted) -> Iterator[Offer]:
        """Yield the cascades that are better than the student alone."""
        for share in SHARES:
            between = band(student.predictions, self.expected, share)
            rows = unsure(student.predictions, between)[:, None]
            mixed = np.where(rows, self.expected, student.predictions)
            offer = self._offer(student, between, mixed)
            if offer.score > student.score:
                yield offer

    def _offer(self, student: Predicted, between: Floats, mixed: Floats) -> Offer:
        experiment, ensemble = self.yardstick.experiment, self.ensemble
        standing = self.yardstick.standing(mixed)
        passed = float(unsure(student.predictions, between).mean())
        name = f"{student.name}, the ensemble for {100 * passed:.0f} %"
        tried = cascade(student.tried, ensemble.tried, between)

        def finish() -> Predictor:
            return named(cascade(student.finish(), ensemble.finish(), between))

        def named(model: Predictor) -> Predictor:
            card = student_card(ensemble.tried.card, name, experiment.measure.shown(standing.score))
            parts = model.schema, model.program.ops, model.classes, card, model.members
            return Predictor(*parts, decision=model.decision)

        return Offer(name, standing, named(tried), finish)


def band(student: Floats, ensemble: Floats, share: float) -> Floats:
    """Return float64 (2,): between which certainties of the student a share of the rows lies, and
    the two disagree most: the sum of their squared differences is greatest.

    Examples
    --------
    >>> student = np.array([[0.1], [0.4], [0.6], [0.9]])
    >>> band(student, np.array([[0.1], [0.8], [0.2], [0.8]]), 0.5).tolist()
    [0.4, 0.6]
    """
    sure = certainty(student)
    order = np.argsort(sure, kind="stable")
    apart = np.square(student - ensemble).sum(axis=1)[order]
    n = max(1, round(share * len(order)))
    sums = np.cumsum([0.0, *apart])
    first = int((sums[n:] - sums[:-n]).argmax())
    return sure[order[[first, first + n - 1]]]


def cascade(first: Predictor, second: Predictor, between: Floats) -> Predictor:
    """Return a model that asks the second where the first is unsure."""
    ops, members = list[Op](), list[Member]()
    for stage, (prefix, model) in enumerate((("first", first), ("second", second))):
        ops += renamed(model.program.ops, prefix, {})
        members += [member.within(prefix, stage=stage) for member in model.members]
    inputs = (f"first.{PREDICTION}", f"second.{PREDICTION}")
    ops.append(Op("cascade", inputs, PREDICTION, {"between": between}))
    return Predictor(
        first.schema, ops, first.classes, second.card, members, decision=second.decision
    )
