"""The second pass: a batch of raw columns becomes a table of codes, by codebooks that are fixed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError, MediaError
from pliant.data.store.layout import Layout
from pliant.data.store.source import Batch, BatchSize
from pliant.data.table import Roles, Table
from pliant.data.target import Target
from pliant.runtime.conversions import numbers_of, spoken, strings_of
from pliant.runtime.kinds import Codebook
from pliant.runtime.raw import Frame, RawColumn, Strings, Times, missing
from pliant.runtime.times import times_of


@dataclass(frozen=True)
class Stray:
    """Values that are none of their column's type, and so count as missing; the first of them."""

    column: str
    kind: str
    count: int
    file: str
    row: int
    example: str

    def __str__(self) -> str:
        values = "value" if self.count == 1 else "values"
        return (
            f"column {self.column!r}: {self.count:,} {values} that are no {self.kind} count as "
            f"missing, the first {self.example!r} in row {self.row} of {self.file}"
        )


class Coder:
    """Codes batches, and counts what does not fit; with `strict` that is refused.

    Of images and sounds about `file_bytes` are held decoded at a time.
    """

    def __init__(
        self, layout: Layout, strict: bool = False, file_bytes: int = BatchSize.file_bytes
    ) -> None:
        self._layout, self._strict, self._file_bytes = layout, strict, file_bytes
        self.strays: dict[str, Stray] = {}

    def tables(self, batch: Batch) -> Iterator[Table]:
        """Give a batch as codes: as one table, but where images or sounds would make it large."""
        wide = sum(own.book.width for own in self._layout.schema.grids)
        step = max(1, self._file_bytes // wide) if wide else batch.frame.n_rows
        for first in range(0, batch.frame.n_rows, max(1, step)):
            yield self.table(batch.part(first, first + step) if wide else batch)

    def table(self, batch: Batch) -> Table:
        """Return a batch as codes, without the rows of weight 0.

        Raises
        ------
        DataError
            When the target, a role or, with `strict`, a value does not fit.
        """
        schema, frame = self._layout.schema, batch.frame
        columns = {name: self._fitting(name, book, batch) for name, book in schema.books}
        try:
            coded = schema.encode(Frame(columns, frame.n_rows))
        except MediaError as error:
            raise error.moved(batch.first, batch.file) from None
        table = Table(schema, coded, self._target(batch), self._roles(batch))
        weight = table.roles.weight
        return table if weight is None or weight.all() else table.take(np.flatnonzero(weight))

    def _fitting(self, name: str, book: Codebook, batch: Batch) -> RawColumn:
        """Return a column as its codebook takes it; what is none of its kind is missing."""
        raw = batch.frame[name]
        found = book.read(raw)
        bad = missing(found) & ~missing(raw)
        if isinstance(raw, Strings) and bad.any():
            bad &= ~missing(spoken(raw))  # a word for "missing" is no stray
        self._note(name, book.kind, batch, bad)
        return found

    def _note(self, name: str, kind: str, batch: Batch, bad: NDArray[np.bool_]) -> None:
        count = int(bad.sum())
        if not count:
            return
        row = int(bad.argmax())
        example = _word(batch.frame[name], row)
        if self._strict:
            raise DataError(
                f"expected a {kind} in every row of column {name!r}, got {example!r} "
                f"in row {batch.first + row} of {batch.file}"
            )
        first = self.strays.get(name) or Stray(
            name, kind, 0, batch.file, batch.first + row, example
        )
        self.strays[name] = replace(first, count=first.count + count)

    def _target(self, batch: Batch) -> Target:
        answers = self._layout.answers
        column = batch.frame[answers.name]
        try:
            return answers.read(column)
        except DataError as error:
            raise DataError(f"{batch.file}, from row {batch.first}: {error}") from None

    def _roles(self, batch: Batch) -> Roles:
        names, frame = self._layout.roles, batch.frame
        weight = None if names.weight is None else numbers_of(frame[names.weight])
        groups = None if names.groups is None else group_numbers(frame[names.groups])
        if names.time is None:
            return Roles(weight, groups)
        if names.time_dtype == "float64":
            return Roles(weight, groups, numbers_of(frame[names.time]))
        return Roles(weight, groups, times_of(frame[names.time], names.time_format))


def group_numbers(column: RawColumn) -> NDArray[np.int64]:
    """Return an int64 a row, equal where the values are; of text it is a hash of 64 bits."""
    if isinstance(column, Times):
        return column.microseconds
    words = spoken(column)
    digests = [
        hashlib.blake2b(level.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for level in words.levels
    ]
    table = np.frombuffer(b"".join([*digests, bytes(8)]), dtype="<i8")
    return table[words.indices].astype(np.int64)


def _word(column: RawColumn, row: int) -> str:
    words = strings_of(column.take(np.array([row])))
    return words.levels[words.indices[0]] if words.indices[0] >= 0 else ""
