"""A model at work: a schema, a program, labels. It needs NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.runtime.coded import Coded
from pliant.runtime.intake import to_frame
from pliant.runtime.labels import Label, label_array
from pliant.runtime.member import Member, check_places
from pliant.runtime.ops import Op
from pliant.runtime.program import Program, input_wires
from pliant.runtime.quick import QuickIntake
from pliant.runtime.schema import Schema


@dataclass(frozen=True)
class Card:
    """What a model says of itself: plain data that JSON can hold."""

    task: str
    target: str
    metric: str
    score: float | None
    leaderboard: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Predictor:
    """A fitted ensemble that predicts; what `pliant.load` returns.

    Attributes
    ----------
    schema : Schema
        The columns that are read, and those that are left out, with reasons.
    classes : tuple
        The labels in the order of the columns of `predict_proba`; empty for a regression.
    card : Card
        Task, metric, leaderboard and provenance.
    members : tuple of Member
        The models of the ensemble, the heaviest first: how each was made, and its place in the
        program.
    background : Coded or None
        Rows that explanations compare others with, where they are kept; nothing predicts by them.

    Raises
    ------
    ModelFileError
        When the program does not fit together, or a member has no place in it.
    """

    def __init__(
        self,
        schema: Schema,
        ops: Sequence[Op],
        classes: tuple[Label, ...],
        card: Card,
        members: Sequence[Member] = (),
        background: Coded | None = None,
    ) -> None:
        self.schema, self.classes, self.card = schema, classes, card
        check_places(members, ops)
        self.members, self.background = tuple(members), background
        self.program = Program(ops, input_wires(schema))
        self._quick = QuickIntake(schema)
        self._labels = label_array(classes)
        self.reads = frozenset(column.name for column in schema.used)

    def __reduce__(self) -> tuple[Any, ...]:
        told = self.schema, self.program.ops, self.classes, self.card, self.members
        return Predictor, (*told, self.background)

    def with_background(self, background: Coded | None) -> Predictor:
        """Return the same model that keeps these rows for explanations."""
        told = self.schema, self.program.ops, self.classes, self.card, self.members
        return Predictor(*told, background)

    def predict(self, data: object, *, threads: int = 1) -> NDArray[Any]:
        """Return a label or a number a row, shape (n,).

        `data` is a frame, an array, a dict of one row or of columns, or a list of dicts. With
        several `threads` many rows are split among them.
        """
        if not self.classes:
            return self.raw(data, threads=threads)[:, 0]
        labels: NDArray[Any] = self._labels[self.picked(data, threads=threads)]
        return labels

    def picked(self, data: object, *, threads: int = 1) -> NDArray[np.intp]:
        """Return the number of the most probable class a row, shape (n,): of a tie, the first."""
        predictions = self.raw(data, threads=threads)
        one = predictions.shape[1] == 1
        picked = predictions[:, 0] > 0.5 if one else predictions.argmax(axis=1)
        return picked.astype(np.intp)

    def predict_proba(self, data: object, *, threads: int = 1) -> NDArray[np.float64]:
        """Return probabilities float64 (n, K), columns in the order of `classes`.

        `data` and `threads` are as in `predict`.

        Raises
        ------
        ConfigError
            When the model is a regression.
        """
        if not self.classes:
            raise ConfigError("expected a classification to have probabilities, got a regression")
        return full_probabilities(self.raw(data, threads=threads))

    def raw(self, data: object, *, threads: int = 1) -> NDArray[np.float64]:
        """Return the program's output float64 (n, V): V is 1 for binary and regression."""
        direct = self._quick.predict(self.program, data, threads)
        if direct is not None:
            return direct
        coded = self._quick.encode(data, threads)
        if coded is None:
            coded = self.schema.encode(to_frame(data, self.reads), threads)
        return self.program(coded, threads)


def full_probabilities(predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities (n, K) from a program's output: one column is the second class."""
    if predictions.shape[1] > 1:
        return predictions
    if len(predictions) == 1:  # in two microseconds less
        second = predictions.item()
        return np.array([[1.0 - second, second]])
    out = np.empty((len(predictions), 2))
    out[:, 1] = predictions[:, 0]
    np.subtract(1.0, out[:, 1], out=out[:, 0])
    return out
