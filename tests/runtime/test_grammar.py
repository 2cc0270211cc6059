"""The grammar of values: what a text says as a number, what is missing, what means the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pliant.runtime.grammar import is_missing_word, parse_number
from pliant.runtime.kinds import CategoryCodebook
from pliant.runtime.raw import Numbers
from pliant.runtime.times import moment_of_number, moment_of_text

NUMBERS = [
    ("1,234.5", 1234.5),
    ("1'234", 1234.0),
    ("1 234 567", 1234567.0),
    ("12,34,567", 1234567.0),
    ("$1,234", 1234.0),
    ("5 €", 5.0),
    ("(1,234.50)", -1234.5),
    ("12.5 %", 0.125),
    ("１２３．４５", 123.45),  # noqa: RUF001
    ("−3", -3.0),  # noqa: RUF001
    ("0x1A", 26.0),
    (" TRUE ", 1.0),
    ("08:30", 30600.0),
    ("12:05 AM", 300.0),
    ("1 days 02:00:00", 93600.0),
    ("-1 day, 22:00:00", -7200.0),
]
NO_NUMBERS = ["", "abc", "1_000", "0,123", "1,23", "1.2.3", "1-2", "12:5", "13:00 PM", "(5", "v2"]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers_as_people_write_them(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number(text: str) -> None:
    assert math.isnan(parse_number(text))


@pytest.mark.parametrize(("text", "number"), [("1.234,5", 1234.5), ("0,5", 0.5), ("0.5", 0.5)])
def test_decimal_commas(text: str, number: float) -> None:
    assert parse_number(text, ",") == number


@given(st.floats(allow_nan=False))
def test_a_number_is_what_python_reads(number: float) -> None:
    assert parse_number(repr(number)) == number
    assert parse_number(f" {number:.17g}\t") == number


@pytest.mark.parametrize("word", ["", " ", "NA", "n/a", "?", "null", "None", "\\N", " NaN "])
def test_words_for_missing(word: str) -> None:
    assert is_missing_word(word)
    assert CategoryCodebook(("a",)).id_of(word) == 0


LEVELS = CategoryCodebook(("01234", "2.50", "True", "2024-01-31", "1", str(2**60 + 1)))


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("1234", "01234"),
        ("2.5", "2.50"),
        ("true", "True"),
        ("TRUE", "True"),
        ("2024-01-31T00:00:00.000000", "2024-01-31"),
        ("1.0", "1"),
        (str(2**60 + 1), str(2**60 + 1)),
    ],
)
def test_a_word_is_the_level_that_means_the_same(word: str, level: str) -> None:
    assert LEVELS.id_of(word) == LEVELS.ids[level]


@pytest.mark.parametrize("word", ["01", "1234x", str(2**60 + 2), "2024-02-01", "b"])
def test_other_words_are_unseen(word: str) -> None:
    assert LEVELS.id_of(word) == 1


def test_booleans_are_their_words_and_numbers_find_them() -> None:
    book = CategoryCodebook(("True", "False"))
    assert book.encode(Numbers(np.array([1.0, 0.0]), True, boolean=True)).tolist() == [2, 3]
    assert book.encode(Numbers(np.array([1.0, 0.0, np.nan]))).tolist() == [2, 3, 0]


@pytest.mark.parametrize("number", [1.7e9, 1.7e12, 1.7e15, 1.7e18])
def test_a_number_in_place_of_a_time_counts_from_1970(number: float) -> None:
    assert moment_of_number(number, "iso") == 1_700_000_000_000_000
    assert moment_of_text(f"{number:.0f}", "iso") == 1_700_000_000_000_000


def test_digits_of_a_format_are_no_seconds() -> None:
    assert moment_of_number(20240131.0, "%Y%m%d") == moment_of_text("2024-01-31", "iso")
    assert moment_of_text("20240131", "%Y%m%d") == moment_of_text("2024-01-31", "iso")
