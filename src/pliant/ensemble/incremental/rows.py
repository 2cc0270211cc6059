"""Where a fit takes its rows from: a frame in memory, or a store on disk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from pliant.core.config import Resources
from pliant.core.errors import DataError
from pliant.core.processors import bound
from pliant.data.kinds.text import is_text
from pliant.data.table import MIN_ROWS, Roles, Statements, Table, learn_schema
from pliant.data.target import learn_target
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.ensemble.incremental.frame import FrameShards
from pliant.ensemble.incremental.remainder import Remainder, supervised
from pliant.ensemble.incremental.sample_size import SampleSize
from pliant.runtime.raw import Frame, Numbers, RawColumn, Strings
from pliant.runtime.schema import refuse_infinite
from pliant.training.fit_spec import FitSpec

HELD_BYTES = 70 * 10**6
"""What this process takes beside the fits of a table in memory: Optuna, scikit-learn."""

OTHER_BYTES, ROW_BYTES = 3, 50
"""What a cell that is no number takes once it is encoded, more than one; and a row, for its target
and its places in the splits."""


class Rows(Protocol):
    """Rows to learn from. What is searched on is a table in memory; of a store, a sample of it."""

    @property
    def target_name(self) -> str:
        """The column that is to be predicted."""
        ...

    def shared(self, resources: Resources) -> Resources:
        """Return what of the resources engines may have."""
        ...

    @property
    def growth(self) -> int:
        """How many bytes this process will take beside the fits."""
        ...

    def table(self, spec: FitSpec, memory: int | None) -> tuple[Table, Remainder | None]:
        """Return what is searched on, and the rows that only the winners are trained on, if any.

        `memory` is how many bytes one fit may take, None where nothing bounds it.
        """
        ...


@dataclass(frozen=True)
class Question:
    """What is to be predicted: the target's name and values, and NumPy's type of them if any."""

    name: str
    column: RawColumn
    dtype: np.dtype[Any] | None = None


@dataclass(frozen=True)
class FrameRows:
    """The columns of a frame to learn from, the target, and the roles of its n rows.

    `sample` says how many are searched on, `block` how what was chosen learns from the rest.
    """

    frame: Frame
    question: Question
    roles: Roles = field(default_factory=Roles)
    told: Statements = field(default_factory=Statements)
    sample: SampleSize = field(default_factory=SampleSize)
    block: BlockSize = field(default_factory=BlockSize)

    @property
    def target_name(self) -> str:
        """The column that is to be predicted."""
        return self.question.name

    def shared(self, resources: Resources) -> Resources:
        """Return the resources: what the frame takes is counted as held already."""
        return resources

    @property
    def growth(self) -> int:
        """How many bytes this process will take beside the fits, the encoded table among them.

        What is shipped of it counts too, since a temporary folder may lie in memory.
        """
        n_others = sum(not isinstance(column, Numbers) for _, column in self.frame.items())
        a_row = 2 * (len(self.frame) + OTHER_BYTES * n_others) + ROW_BYTES
        return HELD_BYTES + a_row * self.frame.n_rows

    def table(self, spec: FitSpec, memory: int | None) -> tuple[Table, Remainder | None]:
        """Return the encoded table; of one too large for the budget a sample, and the rest.

        A row of weight 0 is no row.
        """
        frame, question, roles = self.frame, self.question, self.roles
        if roles.weight is not None and not roles.weight.all():
            rows = np.flatnonzero(roles.weight)
            question = replace(question, column=question.column.take(rows))
            frame, roles = frame.take(rows), roles.take(rows)
        if frame.n_rows < MIN_ROWS:
            raise DataError(f"expected at least {MIN_ROWS} rows to learn from, got {frame.n_rows}")
        target = learn_target(question.name, question.column, spec.task)
        refuse_infinite({n: c for n, c in frame.items() if isinstance(c, Numbers)})
        seconds, most = spec.budget.seconds, frame.n_rows
        if seconds is not None:
            most = self.sample.within(seconds, frame.n_rows, len(frame), _characters(frame))
        threads = min(spec.resources.processors, bound())
        if most == frame.n_rows:
            schema = learn_schema(frame, self.told, threads=threads)
            return Table(schema, schema.encode(frame, threads), target, roles), None
        order = np.random.default_rng(spec.seed).permutation(frame.n_rows)
        schema = learn_schema(frame.take(np.sort(order[:most])), self.told, threads=threads)
        shards = FrameShards(frame, target, roles, schema, order, most, self.block)
        first = 1 if supervised(schema) else 0
        return shards.shard(0), Remainder(shards, first, spec.seed, self.block)


def _characters(frame: Frame) -> float:
    """Return how many characters of free text a row has, those of equal texts counted once."""
    texts = [c for _, c in frame.items() if isinstance(c, Strings) and is_text(c.levels)]
    return sum(c.characters for c in texts) / frame.n_rows
