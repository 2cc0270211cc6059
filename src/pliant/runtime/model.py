"""A model at work: a schema, a program, labels. It needs NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.runtime.coded import Coded
from pliant.runtime.decision import Decision
from pliant.runtime.intake import to_frame
from pliant.runtime.intervals import Intervals, levels_of, spreads
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
    decision : Decision or None
        Which class is predicted of probabilities; None for the most probable one.
    intervals : Intervals or None
        How far off the predictions of a regression are, where the fit learned that.

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
        decision: Decision | None = None,
        intervals: Intervals | None = None,
    ) -> None:
        self.schema, self.classes, self.card = schema, classes, card
        check_places(members, ops)
        self.members, self.background = tuple(members), background
        self.decision = self._fitting(decision)
        self.program = Program(ops, input_wires(schema))
        self.intervals = intervals
        self._spread = None if intervals is None else intervals.program(schema)
        self._quick = QuickIntake(schema)
        self._labels = label_array(classes)
        self.reads = frozenset(column.name for column in schema.used)

    def __reduce__(self) -> tuple[Any, ...]:
        return Predictor, (*self._parts, self.background, self.decision, self.intervals)

    def with_background(self, background: Coded | None) -> Predictor:
        """Return the same model that keeps these rows for explanations."""
        return Predictor(*self._parts, background, self.decision, self.intervals)

    @property
    def _parts(
        self,
    ) -> tuple[Schema, tuple[Op, ...], tuple[Label, ...], Card, tuple[Member, ...]]:
        return self.schema, self.program.ops, self.classes, self.card, self.members

    def deciding(self, decision: Decision | None) -> Predictor:
        """Return the same model with another decision: None for the most probable class.

        Raises
        ------
        ConfigError
            When the decision is not for so many classes.
        """
        return Predictor(*self._parts, self.background, decision, self.intervals)

    def bounded(self, intervals: Intervals) -> Predictor:
        """Return the same model with intervals around its predictions."""
        return Predictor(*self._parts, self.background, self.decision, intervals)

    def _fitting(self, decision: Decision | None) -> Decision | None:
        """Return a decision that is for as many classes as the model has."""
        if decision is not None and len(decision.costs) != len(self.classes):
            own = f"one of {len(self.classes)}" if self.classes else "a regression"
            what = "threshold, or such costs" if len(decision.costs) == 2 else "matrix of costs"
            raise ConfigError(
                f"expected a model of {len(decision.costs)} classes for this {what}, got {own}"
            )
        return decision

    def predict(
        self, data: object, *, threads: int = 1, decision: Decision | None = None
    ) -> NDArray[Any]:
        """Return a label or a number a row, shape (n,).

        `data` is a frame, an array, a dict of one row or of columns, or a list of dicts. With
        several `threads` many rows are split among them. A `decision` takes the place of the
        model's own.
        """
        if not self.classes:
            self._fitting(decision)
            return self.raw(data, threads=threads)[:, 0]
        labels: NDArray[Any] = self._labels[self.picked(data, threads=threads, decision=decision)]
        return labels

    def picked(
        self, data: object, *, threads: int = 1, decision: Decision | None = None
    ) -> NDArray[np.intp]:
        """Return the number of the class a row, shape (n,): of a tie, the first.

        Without a decision, given or its own, it is the most probable one.
        """
        predictions = self.raw(data, threads=threads)
        decision = self.decision if decision is None else self._fitting(decision)
        if decision is not None:
            return decision.pick(predictions)
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
        return self.program(self._encoded(data, threads), threads)

    def interval(self, data: object, coverage: object, *, threads: int = 1) -> NDArray[np.float64]:
        """Return float64 (n, 2): between what the answer of a row lies, in a share `coverage` of
        rows.

        Raises
        ------
        ConfigError
            When the model has no intervals, or the coverage is none that it can tell of.
        """
        return self._around(data, self._bounds().around(coverage), threads)

    def quantiles(
        self, data: object, at: Sequence[float] | NDArray[np.float64], *, threads: int = 1
    ) -> NDArray[np.float64]:
        """Return float64 (n, q): below what the answer of a row lies, with each probability of
        `at`.

        Raises
        ------
        ConfigError
            When the model has no intervals, or one is no quantile that it can tell of.
        """
        return self._around(data, self._bounds().offsets(levels_of(at)), threads)

    def _around(
        self, data: object, offsets: NDArray[np.float64], threads: int
    ) -> NDArray[np.float64]:
        coded = self._encoded(data, threads)
        return self.program(coded, threads) + spreads(self._spread, coded, threads) * offsets

    def _bounds(self) -> Intervals:
        if self.intervals is None:
            raise ConfigError(
                "expected a regression that was fitted with intervals, but this model has none: "
                "fit with intervals=True, or --intervals"
            )
        return self.intervals

    def _encoded(self, data: object, threads: int) -> Coded:
        coded = self._quick.encode(data, threads)
        return self.schema.encode(to_frame(data, self.reads), threads) if coded is None else coded


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
