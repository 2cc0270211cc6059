"""Where a fit takes its rows from: a frame in memory, or a store on disk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from pliant.config import Resources
from pliant.errors import DataError
from pliant.request import Request
from pliant.runtime.raw import Frame, RawColumn
from pliant.stream.rest import Rest
from pliant.table.table import Roles, Table, learn_schema
from pliant.table.target import learn_target

MIN_ROWS = 5
"""Rows below which nothing can be learned and checked."""

CELLS_A_SECOND = 1_500_000
"""Cells that are coded for each second of the budget; a larger table is sampled first."""


class Rows(Protocol):
    """Rows to learn from. What is searched on is a table in memory; of a store, a sample of it."""

    @property
    def target_name(self) -> str:
        """The column that is to be predicted."""
        ...

    def shared(self, resources: Resources) -> Resources:
        """Return what of the resources engines may have."""
        ...

    def table(self, request: Request, memory: int | None) -> tuple[Table, Rest | None]:
        """Return what is searched on, and the rows that only the winners are trained on, if any.

        `memory` is how many bytes one fit may take, None where nothing bounds it.
        """
        ...


@dataclass(frozen=True)
class Question:
    """What is to be predicted: the target's name and values; `boolean` as they came in."""

    name: str
    column: RawColumn
    boolean: bool = False


@dataclass(frozen=True)
class FrameRows:
    """The columns of a frame to learn from, the target, and the roles of its n rows."""

    frame: Frame
    question: Question
    roles: Roles = field(default_factory=Roles)

    @property
    def target_name(self) -> str:
        """The column that is to be predicted."""
        return self.question.name

    def shared(self, resources: Resources) -> Resources:
        """Return the resources: what the frame takes is counted as held already."""
        return resources

    def table(self, request: Request, memory: int | None) -> tuple[Table, Rest | None]:
        """Return the encoded table; of a table too large for the budget, a sample of its rows.

        A row of weight 0 is no row.
        """
        frame, question, roles = self.frame, self.question, self.roles
        if roles.weight is not None and not roles.weight.all():
            rows = np.flatnonzero(roles.weight)
            question = replace(question, column=question.column.take(rows))
            frame, roles = frame.take(rows), roles.take(rows)
        if frame.n_rows < MIN_ROWS:
            raise DataError(f"expected at least {MIN_ROWS} rows to learn from, got {frame.n_rows}")
        target = learn_target(question.name, question.column, request.task, question.boolean)
        most = most_rows(request.budget.seconds, len(frame))
        if frame.n_rows > most:
            rng = np.random.default_rng(request.seed)
            rows = np.sort(rng.permutation(frame.n_rows)[: int(most)])
            frame, target, roles = frame.take(rows), target.take(rows), roles.take(rows)
        schema = learn_schema(frame)
        return Table(schema, schema.encode(frame), target, roles), None


def most_rows(seconds: float | None, n_columns: int) -> float:
    """Return how many rows are searched on in a budget; without a clock, all."""
    return np.inf if seconds is None else max(1000, CELLS_A_SECOND * seconds / max(1, n_columns))
