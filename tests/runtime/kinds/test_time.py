"""Times as codes of calendar parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from pliant.runtime.intake import column_from_values
from pliant.runtime.kinds import NumberCodebook, TimeCodebook
from pliant.runtime.raw import RawColumn, Times
from pliant.runtime.times import times_of


def raw(*values: Any) -> RawColumn:
    return column_from_values(list(values))


def test_a_time_codebook_codes_the_parts_it_names() -> None:
    year = NumberCodebook(np.array([2020.5]), np.zeros(2, dtype=np.float32))
    hour = NumberCodebook(np.array([11.5]), np.zeros(2, dtype=np.float32))
    book = TimeCodebook(("year", "hour"), (year, hour))
    column = raw("2020-01-01T13:00", "2021-01-01T01:00", "no time", None)
    assert book.encode(column).T.tolist() == [[1, 2, 0, 0], [2, 1, 0, 0]]
    moments = Times(times_of(column, "iso"))
    assert np.array_equal(book.encode(moments), book.encode(column))
