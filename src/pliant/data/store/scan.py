"""The first pass: what every column is over all rows, and how it will be coded."""

from __future__ import annotations

from dataclasses import dataclass, field

from pliant.core.errors import DataError
from pliant.data.reading import time_format
from pliant.data.store.column_statistics import ColumnStatistics
from pliant.data.store.layout import Layout, RoleColumns
from pliant.data.store.sample import RowSample, Sampling
from pliant.data.store.sketch import Sketch
from pliant.data.store.slim import slim
from pliant.data.store.source import Batch
from pliant.data.store.targets import SeenTargets
from pliant.data.store.values import Weights, refuse_missing
from pliant.data.table import Statements, useful_schema
from pliant.data.target import Task
from pliant.runtime.raw import Frame, Numbers, RawColumn, Strings


@dataclass(frozen=True)
class Wanted:
    """What to predict, and which columns play a role."""

    target: str
    task: Task | None = None
    weight: str | None = None
    groups: str | None = None
    time: str | None = None
    told: Statements = field(default_factory=Statements)

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


class Scan:
    """Takes every batch of a source once, then says how the table is laid out."""

    def __init__(
        self, wanted: Wanted, texts: frozenset[str], seed: int, sampling: Sampling | None = None
    ) -> None:
        self._wanted, self._seed, self.texts = wanted, seed, texts
        self._sampling = sampling or Sampling()
        self._sample: RowSample | None = None
        self._targets = SeenTargets(self._sampling.max_targets)
        self._weights = Weights()
        self.columns: dict[str, ColumnStatistics] = {}
        self.rows, self.why = 0, ""

    def add(self, batch: Batch) -> None:
        """Take the next rows.

        Raises
        ------
        DataError
            When a column that is needed is absent, a number infinite, or a target missing.
        """
        if self._sample is None:
            self._sample = self._begin(batch)
        wanted = self._wanted
        for name, column in self.columns.items():
            if name == wanted.target:
                column.pass_over(batch)
            else:
                column.add(batch)
        self._targets.add(wanted.target, batch)
        if wanted.weight is not None:
            self._weights.add(wanted.weight, batch)
        if wanted.time is not None:
            refuse_missing("time", wanted.time, batch)
        others = {n: slim(c) for n, c in batch.frame.items() if n != wanted.target}
        self._sample.add(Frame(others, batch.frame.n_rows), self.rows)
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
        """Return what a user should know of the target and of the columns that are kept."""
        kept, most = {column.name for column in layout.schema.used}, self._sampling.max_levels
        told = (
            f"column {column.name!r} has about {column.sketch.n_distinct:,} different values: the "
            f"{most:,} most frequent are kept, the others read as unseen"
            for column in self.columns.values()
            if column.name in kept and column.type is Strings and column.sketch.n_distinct > most
        )
        return (*([self.why] if self.why else []), *told)

    def layout(self) -> Layout:
        """Return the schema, target and roles.

        Raises
        ------
        DataError
            When there is no column to learn from, or the target or a role cannot be used.
        """
        assert self._sample is not None
        raw, wanted = self._sample.frame(), self._wanted
        sample = {n: c.settled(raw[n]) for n, c in self.columns.items() if n != wanted.target}
        left_out = {wanted.target, wanted.weight, wanted.groups}
        found = [c.column(sample[n]) for n, c in self.columns.items() if n not in left_out]
        schema = useful_schema(found)
        answers, self.why = self._targets.answers(wanted.target, wanted.task)
        return Layout(schema, answers, self._roles(sample))

    def _begin(self, batch: Batch) -> RowSample:
        frame, wanted = batch.frame, self._wanted
        for role, name in wanted.named.items():
            if name not in frame:
                known = ", ".join(map(repr, list(frame)[:8]))
                raise DataError(
                    f"expected {role} {name!r} to be a column of {batch.file}, which has {known}"
                )
        n_words = sum(isinstance(column, Strings) for column in frame.values())
        sampling, most = self._sampling, self._sampling.texts_of(n_words)
        wanted.told.refuse_unknown(list(frame))
        stated = wanted.told.columns
        self.columns = {
            name: ColumnStatistics(name, Sketch(most, sampling.max_levels), stated.get(name))
            for name in frame
        }
        return RowSample(sampling.rows_of(len(frame)), self._seed)

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
