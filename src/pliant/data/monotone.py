"""Monotone constraints: which columns a prediction may only rise, or only fall, with."""

from __future__ import annotations

from collections.abc import Mapping

from pliant.core.errors import ConfigError
from pliant.runtime.schema import Schema

_SIGNS = {1: 1, -1: -1, 0: 0, "+": 1, "-": -1, "+1": 1, "-1": -1, "0": 0}


def monotone_columns(given: Mapping[str, object], schema: Schema) -> dict[str, int]:
    """Return 1 for each column that a prediction must not fall with, -1 where it must not rise.

    Raises
    ------
    ConfigError
        When a column is not there, is left out, or holds no numbers, or a direction is none.
    """
    columns, found = {column.name: column for column in schema.columns}, dict[str, int]()
    for name, direction in given.items():
        if name not in columns:
            known = ", ".join(map(repr, list(columns)[:8]))
            raise ConfigError(
                f"expected monotone to name columns of the table, {known}, got {name!r}"
            )
        column = columns[name]
        if column.kind != "number":
            why = f" ({column.note})" if column.note else ""
            raise ConfigError(
                f"expected monotone constraints on numbers, got one on {name!r}, "
                f"whose kind is {column.kind}{why}"
            )
        if not isinstance(direction, int | str) or direction not in _SIGNS:
            raise ConfigError(
                f"expected +1 or -1 as the direction of {name!r} in monotone, got {direction!r}"
            )
        if _SIGNS[direction]:
            found[name] = _SIGNS[direction]
    return found


def parse_monotone(text: str) -> dict[str, object]:
    """Return the directions of an option such as "age=+,risk=-".

    Raises
    ------
    ConfigError
        When a part is no NAME=SIGN.

    Examples
    --------
    >>> parse_monotone("age=+,risk=-1")
    {'age': '+', 'risk': '-1'}
    """
    found = dict[str, object]()
    for part in text.split(","):
        name, mark, sign = part.rpartition("=")
        if not mark or sign not in _SIGNS:
            raise ConfigError(f"expected --monotone NAME=+ or NAME=-, got {part!r}")
        found[name] = sign
    return found
