"""What one column is, seen batch by batch: its type over all rows, its range, its words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pliant.errors import SchemaError
from pliant.runtime.codebook import CategoryCodebook, numbers_of, strings_of, times_of
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times
from pliant.runtime.schema import Column
from pliant.store.source import Batch, missing
from pliant.store.tally import Tally
from pliant.table.recognise import MAX_LEVELS, Spread, recognise, recognise_strings

STRAY_SHARE = 0.001
"""Of the values of a column of numbers or times, how many may be words: they count as missing."""

_MANY = 10_000


@dataclass
class Run:
    """Whether whole numbers count the rows, up or down by one, from or to 0 or 1."""

    holds: bool = True
    step: float = 0.0
    last: float = np.nan
    least: float = np.inf

    @property
    def counts(self) -> bool:
        """Whether the rows seen so far are counted."""
        return self.holds and self.least in (0, 1)

    def add(self, column: RawColumn) -> None:
        """Take the next rows."""
        if not self.holds or len(column) == 0:
            return
        if not isinstance(column, Numbers) or not column.integral:
            self.holds = False
            return
        values = column.values if np.isnan(self.last) else np.append(self.last, column.values)
        steps = np.diff(values)
        if len(steps):
            self.step = self.step or float(steps[0])
            self.holds = abs(self.step) == 1 and bool((steps == self.step).all())
        self.last, self.least = float(values[-1]), min(self.least, float(column.values.min()))


@dataclass
class Observed:
    """A column as it was seen so far.

    `words`, `numbers` and `times` count the values that came as such. Of the words of a source
    without types, `not_numbers` and `not_times` are those that are none.
    """

    name: str
    tally: Tally
    rows: int = 0
    words: int = 0
    numbers: int = 0
    times: int = 0
    not_numbers: int = 0
    not_times: int = 0
    typed: bool = True
    integral: bool = True
    low: float = np.inf
    high: float = -np.inf
    arrow: int = 0
    run: Run = field(default_factory=Run)

    def add(self, batch: Batch) -> None:
        """Take the next rows.

        Raises
        ------
        SchemaError
            When a number is infinite, naming file and row.
        """
        column = batch.frame[self.name]
        present = len(column) - int(missing(column).sum())
        self.rows += len(column)
        self.arrow += batch.arrow.get(self.name, 0)
        self.run.add(column)
        if present == 0:
            return
        self.typed = batch.typed
        if isinstance(column, Numbers):
            self.numbers += present
            self._add_numbers(column, batch)
        elif isinstance(column, Times):
            self.times += present
            moments = column.microseconds[column.microseconds != NOT_A_TIME]
            self._widen(int(moments.min()), int(moments.max()))
        else:
            self.words += present
            self._add_words(column, present)

    @property
    def present(self) -> int:
        """How many values there were."""
        return self.words + self.numbers + self.times

    @property
    def type(self) -> type[RawColumn]:
        """What the column is over all rows that were seen."""
        strays = STRAY_SHARE * self.present
        if self.times and not self.numbers and self.not_times <= strays:
            return Times
        if not self.times and self._as_numbers and self.not_numbers <= strays:
            return Numbers
        return Strings

    @property
    def _as_numbers(self) -> bool:
        return self.words == 0 or not self.typed

    @property
    def torn(self) -> bool:
        """Whether it is text, but was read as something else in part: to be read again."""
        return self.type is Strings and not self.typed and bool(self.numbers or self.times)

    def settled(self, column: RawColumn) -> RawColumn:
        """Return a column of a batch in the type of the whole; what is none is missing."""
        if isinstance(column, self.type):
            return column
        if self.type is Numbers:
            values = numbers_of(column)
            return Numbers(values, self.integral)
        if self.type is Times:
            return Times(times_of(column, "iso"))
        return strings_of(column)

    def column(self, sample: RawColumn) -> Column:
        """Return the column with its codebook: learned from `sample`, checked on all rows."""
        if self.present == 0:
            return Column(self.name, "empty", note="every value is missing")
        if isinstance(sample, Strings):
            spread = Spread(self.present, self.rows - self.present, self.tally.n_distinct)
            found = recognise_strings(self.name, sample, spread)
            if found.kind != "category":
                return found
            return replace(found, codebook=CategoryCodebook(tuple(self.tally.levels(MAX_LEVELS))))
        if len(sample) < self.rows:  # the least and the greatest of all rows belong to it
            if self.run.counts:
                return Column(self.name, "identifier", note="numbers its rows")
            missing = np.nan if isinstance(sample, Numbers) else NOT_A_TIME
            ends = [self.low, self.high, *([missing] if self.present < self.rows else [])]
            sample = _extended(sample, ends)
        return recognise(self.name, sample)

    def _add_numbers(self, column: Numbers, batch: Batch) -> None:
        low, high = float(np.nanmin(column.values)), float(np.nanmax(column.values))
        if np.isinf(low) or np.isinf(high):
            row = batch.first + int(np.argmax(np.isinf(column.values)))
            raise SchemaError(
                f"expected finite numbers or missing values, got an infinity (inf) in column "
                f"{self.name!r}, row {row} of {batch.file}"
            )
        self.integral &= column.integral
        self._widen(low, high)

    def _widen(self, low: float, high: float) -> None:
        self.low, self.high = min(self.low, low), max(self.high, high)

    def _add_words(self, column: Strings, present: int) -> None:
        self.tally.add(column)
        if self.typed or self._wordy:
            self.not_numbers += present
            self.not_times += present
            return
        self.not_numbers += present - int((~np.isnan(numbers_of(column))).sum())
        self.not_times += present - int((times_of(column, "iso") != NOT_A_TIME).sum())

    @property
    def _wordy(self) -> bool:
        """Whether so many words were neither numbers nor times that more tell nothing new."""
        return min(self.not_numbers, self.not_times) > max(_MANY, self.present // 10)


def _extended(column: Numbers | Times, values: list[float]) -> Numbers | Times:
    if isinstance(column, Numbers):
        return Numbers(np.append(column.values, values), column.integral)
    return Times(np.append(column.microseconds, np.array(values, dtype=np.int64)))
