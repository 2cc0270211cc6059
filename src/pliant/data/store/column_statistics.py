"""What one column is, seen batch by batch: its type over all rows, its range, its words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pliant.core.errors import SchemaError
from pliant.data.kinds.base import Spread
from pliant.data.kinds.number import number_column
from pliant.data.reading import (
    FAMILIAR_WORDS,
    MAX_DISTINCT,
    STRAY_SHARE,
    TextReading,
    is_plain,
)
from pliant.data.recognise import recognise, recognise_strings
from pliant.data.stated import Stated
from pliant.data.store.sketch import Sketch
from pliant.data.store.slim import holds_blobs
from pliant.data.store.source import Batch
from pliant.runtime.conversions import numbers_of, spoken
from pliant.runtime.grammar import DECIMAL_MARKS, is_padded, parse_number
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Strings, Times, missing
from pliant.runtime.schema import Column
from pliant.runtime.times import times_of

_MANY = 10_000
_PROBED = 10_000
"""Values of a batch among which different numbers are counted."""


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
class Words:
    """Words read as numbers by a decimal mark: how many values are none, and which words."""

    mark: str
    others: int = 0
    odd: set[str] = field(default_factory=set)
    known: set[float] = field(default_factory=set)
    bent: str = ""
    padded: bool = False
    whole: bool = True

    def add(self, column: Strings) -> None:
        """Take the next words; those of a column that is clearly none are counted alone."""
        counts = np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))
        if self.others > _MANY and len(self.odd) >= _MANY:
            self.others += int(counts.sum())
            return
        for word, count in zip(column.levels, counts.tolist(), strict=True):
            if not count:
                continue
            value = parse_number(word, self.mark)
            if value != value:
                self.others += count
                if len(self.odd) < _MANY:
                    self.odd.add(word)
                continue
            self.padded |= is_padded(word)
            self.whole &= word.isdigit() and not column.written
            if len(self.known) < FAMILIAR_WORDS * _MANY:
                self.known.add(value)
                self.bent = self.bent or ("" if is_plain(word) else word)

    def note(self) -> str:
        """Return what a user should know of them."""
        return TextReading(self.mark, np.empty(0), bent=self.bent).note("number")


@dataclass
class ColumnStatistics:
    """A column as it was seen so far.

    `words`, `numbers` and `times` count the values that came as such, `blobs` those of the words
    that are bytes of images or sounds; `saying` is what the words say as numbers, by each decimal
    mark.
    """

    name: str
    sketch: Sketch
    stated: Stated | None = None
    rows: int = 0
    words: int = 0
    numbers: int = 0
    times: int = 0
    distinct: int = 0
    saying: dict[str, Words] = field(default_factory=lambda: {m: Words(m) for m in DECIMAL_MARKS})
    typed: bool = True
    categorical: bool = False
    integral: bool = True
    low: float = np.inf
    high: float = -np.inf
    arrow: int = 0
    run: Run = field(default_factory=Run)
    blobs: int = 0

    def add(self, batch: Batch) -> None:
        """Take the next rows.

        Raises
        ------
        SchemaError
            When a number is infinite, naming file and row.
        """
        column = batch.frame[self.name]
        column = spoken(column) if isinstance(column, Strings) else column
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
            self._add_words(column)

    def pass_over(self, batch: Batch) -> None:
        """Take the next rows of what is no feature: how many they are, and their bytes."""
        self.rows += batch.frame.n_rows
        self.arrow += batch.arrow.get(self.name, 0)

    @property
    def present(self) -> int:
        """How many values there were."""
        return self.words + self.numbers + self.times

    @property
    def type(self) -> type[RawColumn]:
        """What the column is over all rows that were seen."""
        if self.stated is not None:
            return Numbers if self.stated.numeric else Strings
        if self.times and not self.numbers and not self.words:
            return Times
        words = self.saying[self.mark]
        few = words.others <= STRAY_SHARE * self.present
        familiar = FAMILIAR_WORDS * len(words.odd) <= max(self.distinct, len(words.known))
        coded = words.padded or (self.words > 0 and words.whole)
        codes = coded and self.sketch.n_distinct <= MAX_DISTINCT * self.words
        numbers = not (self.times or self.categorical or codes) and few and familiar
        return Numbers if numbers else Strings

    @property
    def mark(self) -> str:
        """The decimal mark by which more of the words are numbers."""
        if self.stated is not None and self.stated.numeric and self.stated.mark:
            return self.stated.mark
        return min(self.saying.values(), key=lambda words: words.others).mark

    @property
    def torn(self) -> bool:
        """Whether it is text, but was read as something else in part: to be read again."""
        return self.type is Strings and not self.typed and bool(self.numbers or self.times)

    def settled(self, column: RawColumn) -> RawColumn:
        """Return a column of a batch in the type of the whole; what is none is missing."""
        if isinstance(column, self.type):
            return column
        if self.type is Numbers:
            return Numbers(numbers_of(column, self.mark), self.integral)
        return Times(times_of(column, "iso")) if self.type is Times else spoken(column)

    def column(self, sample: RawColumn) -> Column:
        """Return the column with its codebook: learned from `sample`, checked on all rows."""
        if self.present == 0:
            return Column(self.name, "empty", note="every value is missing")
        if self.stated is not None:
            return recognise(self.name, sample, self.stated)
        if isinstance(sample, Strings) and self.blobs:
            return recognise(self.name, sample)
        if isinstance(sample, Strings):
            spread = Spread(
                self.present, self.rows - self.present, self.sketch.n_distinct, self.sketch.levels
            )
            sample = replace(sample, categorical=self.categorical)
            return recognise_strings(self.name, sample, spread)
        if len(sample) < self.rows:  # the least and the greatest of all rows belong to it
            if self.run.counts:
                return Column(self.name, "identifier", note="numbers its rows")
            missing = np.nan if isinstance(sample, Numbers) else NOT_A_TIME
            ends = [self.low, self.high, *([missing] if self.present < self.rows else [])]
            sample = _extended(sample, ends)
        if isinstance(sample, Numbers) and self.words:
            return number_column(self.name, sample.values, self.mark, self.saying[self.mark].note())
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
        self.distinct = max(self.distinct, len(np.unique(column.values[:_PROBED])))
        self._widen(low, high)

    def _widen(self, low: float, high: float) -> None:
        self.low, self.high = min(self.low, low), max(self.high, high)

    def _add_words(self, column: Strings) -> None:
        if holds_blobs(column):
            self.blobs += len(column)
            return
        self.sketch.add(column)
        self.categorical |= column.categorical
        if not self.categorical:
            for words in self.saying.values():
                words.add(column)


def _extended(column: Numbers | Times, values: list[float]) -> Numbers | Times:
    if isinstance(column, Numbers):
        return Numbers(np.append(column.values, values), column.integral)
    return Times(np.append(column.microseconds, np.array(values, dtype=np.int64)))
