"""Raw columns as numbers, as text, and without words for what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from pliant.runtime.conversions import numbers_of, strings_of
from pliant.runtime.intake import column_from_values
from pliant.runtime.raw import RawColumn

NAN = float("nan")


def raw(*values: Any) -> RawColumn:
    return column_from_values(list(values))


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ([1, 2.5, None], [1.0, 2.5, NAN]),
        (["1", " 2.5 ", "1e3", "x", None, ""], [1.0, 2.5, 1000.0, NAN, NAN, NAN]),
        (["inf", "-Infinity", "nan"], [np.inf, -np.inf, NAN]),
        (["true", "False", " TRUE "], [1.0, 0.0, 1.0]),
        ([True, False], [1.0, 0.0]),
        ([datetime(2020, 1, 1, tzinfo=UTC)], [NAN]),
    ],
)
def test_numbers_however_they_are_written(values: list[Any], numbers: list[float]) -> None:
    np.testing.assert_array_equal(numbers_of(raw(*values)), numbers)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3, 4.0, None], ["3", "4", None]),
        ([0.1, 1e20], ["0.1", "100000000000000000000"]),
        ([True, False], ["True", "False"]),
        ([datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), None], ["2020-01-02T03:04:05.000000", None]),
    ],
)
def test_words_of_what_is_no_text(values: list[Any], words: list[str | None]) -> None:
    found = strings_of(raw(*values))
    assert [None if i < 0 else found.levels[i] for i in found.indices] == words
