"""Times: a moment becomes parts of the calendar, each the code of a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ModelFileError
from pliant.runtime.kinds.base import ArraySource, ArrayStore
from pliant.runtime.kinds.parts import PartsCodebook
from pliant.runtime.raw import NOT_A_TIME, RawColumn, Times
from pliant.runtime.scalars import is_missing, number_of
from pliant.runtime.times import (
    AFTER_LAST_TIME,
    CALENDAR,
    FIRST_TIME,
    calendar_parts,
    microseconds_since,
    moment_of_number,
    moment_of_text,
    parts_of,
    times_of,
)

FIRST_DAY, DAYS, DAY = 10_957, 9_131, 86_400_000_000
"""Times that are made up lie in the years 2000 to 2024; a day has so many microseconds."""


@dataclass(frozen=True)
class TimeCodebook(PartsCodebook):
    """Calendar parts: `parts` are names of `CALENDAR`, `books` their codebooks in that order.

    `format` is how a time written as text is parsed: "iso" or a `strptime` format.

    Examples
    --------
    >>> from pliant.runtime.kinds import NumberCodebook
    >>> years = NumberCodebook(np.array([2019.5, 2020.5]), np.zeros(3, np.float32))
    >>> list(TimeCodebook(("year",), (years,)).encode_one("2020-02-29"))
    [2]
    """

    format: str = "iso"

    kind: ClassVar[str] = "time"
    reads: ClassVar[type[RawColumn]] = Times
    order: ClassVar[float] = 1

    def read(self, column: RawColumn) -> RawColumn:
        """Return times; what is none is missing."""
        return column if isinstance(column, Times) else Times(times_of(column, self.format))

    def values(self, column: RawColumn) -> Sequence[NDArray[np.float64]]:
        """Return float64 (n,) a part."""
        values = calendar_parts(times_of(column, self.format))
        return [values[part] for part in self.parts]

    def encode_one(self, value: object) -> bytes | None:
        """Return the codes of one plain value, a byte a part, as `encode` would; None if unsure."""
        if isinstance(value, str):
            moment = moment_of_text(value, self.format)
        elif is_missing(value) or isinstance(value, bool):
            moment = int(NOT_A_TIME)
        elif isinstance(value, date):
            moment = microseconds_since(value)
        elif type(value) is float or type(value) is int:
            moment = moment_of_number(number_of(value), self.format)
        else:
            return None
        if moment == NOT_A_TIME:
            return bytes(len(self.parts))
        if not FIRST_TIME <= moment < AFTER_LAST_TIME:
            return None
        return self.codes_of(parts_of(moment))

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return midnights of 25 years."""
        return Times((FIRST_DAY + rng.integers(0, DAYS, n_rows)) * DAY)

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return the parts, their codebooks and the format."""
        return {**super().to_json(arrays), "format": self.format}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        book = super().from_json(described, arrays)
        if not set(book.parts) <= set(CALENDAR):
            raise ModelFileError(
                f"expected calendar parts of {', '.join(CALENDAR)}, got {book.parts}"
            )
        return replace(book, format=str(described["format"]))
