"""The first pass: what every column is over all rows, and how it will be coded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pliant.errors import DataError
from pliant.runtime.raw import Numbers, RawColumn, Strings
from pliant.store.answers import Answers
from pliant.store.layout import Layout, RoleColumns
from pliant.store.observed import Observed
from pliant.store.sample import RowSample, join_columns
from pliant.store.source import Batch, missing
from pliant.store.tally import MOST_HELD, Tally
from pliant.store.values import DistinctNumbers, Weights, refuse_missing
from pliant.table.reading import time_format
from pliant.table.recognise import MAX_LEVELS
from pliant.table.table import LEARN_ROWS, Told, useful_schema
from pliant.table.target import Task, learn_target

SAMPLE_CELLS = 8_000_000
"""Values of the sample that codebooks are learned from, at most: 64 MB as float64."""

MIN_SAMPLE = 5_000


@dataclass(frozen=True)
class Wanted:
    """What to predict, and which columns play a role."""

    target: str
    task: Task | None = None
    weight: str | None = None
    groups: str | None = None
    time: str | None = None
    told: Told = field(default_factory=Told)

    @property
    def named(self) -> dict[str, str]:
        """The columns that must be there, by what they are for."""
        given = (
            ("the target", self.target),
            ("sample_weight", self.weight),
            ("groups", self.groups),
            ("time", self.time),
        )
        return {role: column for role, column in given if column is not None}


class Survey:
    """Takes every batch of a source once, then says how the table is laid out."""

    def __init__(self, wanted: Wanted, texts: frozenset[str], seed: int) -> None:
        self._wanted, self._seed, self.texts = wanted, seed, texts
        self._sample: RowSample | None = None
        self._numbers = DistinctNumbers()
        self._weights = Weights()
        self.columns: dict[str, Observed] = {}
        self.rows = 0

    def add(self, batch: Batch) -> None:
        """Take the next rows.

        Raises
        ------
        DataError
            When a column that is needed is absent, a number infinite, or a target missing.
        """
        if self._sample is None:
            self._sample = self._begin(batch)
        for column in self.columns.values():
            column.add(batch)
        wanted = self._wanted
        refuse_missing(f"the target {wanted.target!r}", wanted.target, batch)
        self._numbers.add(batch.frame[wanted.target])
        if wanted.weight is not None:
            self._weights.add(wanted.weight, batch)
        if wanted.time is not None:
            refuse_missing("time", wanted.time, batch)
        self._sample.add(batch.frame, self.rows)
        self.rows += batch.frame.n_rows

    @property
    def torn(self) -> frozenset[str]:
        """Columns that turned out to be text after some was read as numbers or times."""
        return frozenset(name for name, column in self.columns.items() if column.torn)

    @property
    def kept_rows(self) -> int:
        """How many rows there are; one of weight 0 is none."""
        return self.rows if self._wanted.weight is None else self._weights.above

    @property
    def arrow(self) -> dict[str, int]:
        """The bytes of each column as Arrow."""
        return {name: column.arrow for name, column in self.columns.items()}

    def notes(self, layout: Layout) -> tuple[str, ...]:
        """Return what a user should know of the columns that are kept."""
        kept = {column.name for column in layout.schema.used} | {layout.answers.name}
        return tuple(
            f"column {column.name!r} has about {column.tally.n_distinct:,} different values: the "
            f"{MAX_LEVELS:,} most frequent are kept, the others read as unseen"
            for column in self.columns.values()
            if column.name in kept
            and column.type is Strings
            and column.tally.n_distinct > MAX_LEVELS
        )

    def layout(self) -> Layout:
        """Return the schema, target and roles.

        Raises
        ------
        DataError
            When there is no column to learn from, or the target or a role cannot be used.
        """
        assert self._sample is not None
        raw = self._sample.frame()
        sample = {name: column.settled(raw[name]) for name, column in self.columns.items()}
        wanted = self._wanted
        left_out = {wanted.target, wanted.weight, wanted.groups}
        found = [c.column(sample[n]) for n, c in self.columns.items() if n not in left_out]
        schema = useful_schema(found)
        return Layout(schema, self._answers(sample[wanted.target]), self._roles(sample))

    def _begin(self, batch: Batch) -> RowSample:
        frame, wanted = batch.frame, self._wanted
        for role, name in wanted.named.items():
            if name not in frame:
                known = ", ".join(map(repr, list(frame)[:8]))
                raise DataError(
                    f"expected {role} {name!r} to be a column of {batch.file}, which has {known}"
                )
        n_words = sum(isinstance(column, Strings) for column in frame.values())
        most = max(1000, min(2 * MAX_LEVELS, MOST_HELD // max(1, n_words)))
        wanted.told.refuse_unknown(list(frame))
        stated = wanted.told.columns
        self.columns = {name: Observed(name, Tally(most), stated.get(name)) for name in frame}
        rows = min(LEARN_ROWS, max(MIN_SAMPLE, SAMPLE_CELLS // len(frame)))
        return RowSample(rows, self._seed)

    def _answers(self, sample: RawColumn) -> Answers:
        """Return the target; the sample with every value there is tells its task and labels."""
        wanted = self._wanted
        whole = len(sample) == self.rows
        sample = seen = sample.take(np.flatnonzero(~missing(sample)))  # a stray: refused when coded
        if isinstance(sample, Numbers) and self._numbers.values is not None:
            seen = join_columns([sample, Numbers(self._numbers.values, sample.integral)])
        elif isinstance(sample, Strings):
            levels = self.columns[wanted.target].tally.levels(2 * MAX_LEVELS)
            every = Strings(np.arange(len(levels), dtype=np.int32), levels)
            seen = join_columns([sample, every])
        target = learn_target(wanted.target, sample if whole else seen, wanted.task)
        if target.task == "regression":
            return self._numbers.answers(wanted.target)
        return Answers.labels(wanted.target, target)

    def _roles(self, sample: dict[str, RawColumn]) -> RoleColumns:
        wanted, dtype, format_ = self._wanted, "int64", "iso"
        column = None if wanted.time is None else sample[wanted.time]
        if isinstance(column, Numbers):
            dtype = "float64"
        elif isinstance(column, Strings):
            found = time_format(column.levels)
            if found is None:
                raise DataError(
                    f"expected times or numbers as time, got {column.levels[0]!r} "
                    f"in column {wanted.time!r}"
                )
            format_ = found
        return RoleColumns(
            wanted.weight, wanted.groups, wanted.time, self._weights.mean, dtype, format_
        )
