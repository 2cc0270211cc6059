"""Monotone constraints as users give them, on columns that can have some."""

from __future__ import annotations

from typing import Any

import pytest

from pliant.core.errors import ConfigError
from pliant.data.monotone import monotone_columns, parse_monotone
from pliant.testing import small_table

SCHEMA = small_table().schema


@pytest.mark.parametrize(("given", "direction"), [(1, 1), ("+", 1), (-1, -1), ("-1", -1)])
def test_a_direction_is_a_sign_or_a_number(given: Any, direction: int) -> None:
    assert monotone_columns({"number": given}, SCHEMA) == {"number": direction}


def test_no_direction_is_no_constraint() -> None:
    assert monotone_columns({"number": 0}, SCHEMA) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"age": 1}, "to name columns of the table, 'number', 'level', got 'age'"),
        ({"level": 1}, "on numbers, got one on 'level', whose kind is category"),
        ({"number": 2}, r"\+1 or -1 as the direction of 'number' in monotone, got 2"),
        ({"number": [1]}, r"\+1 or -1 as the direction of 'number'"),
    ],
)
def test_what_cannot_be_is_said(given: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        monotone_columns(given, SCHEMA)


@pytest.mark.parametrize("text", ["age", "age=up", "=", "age=+,"])
def test_an_option_that_cannot_be_understood_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match=r"expected --monotone NAME=[+] or NAME=-"):
        parse_monotone(text)


def test_a_name_may_hold_the_mark() -> None:
    assert parse_monotone("a=b=-") == {"a=b": "-"}
