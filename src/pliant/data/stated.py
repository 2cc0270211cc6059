"""What a user states of a column, where it is not to be recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pliant.core.errors import ConfigError
from pliant.runtime.grammar import DECIMAL_MARKS

STATED = ("number", "category", "time", "text", "ignore")
"""What a column may be stated to be."""

_ASSIGNED = re.compile(rf"(?P<name>.*)=(?P<kind>(?:{'|'.join(STATED)})(?::.*)?)", re.DOTALL)


@dataclass(frozen=True)
class Stated:
    """A kind of column, and how its text is read: a decimal mark, or the format of times."""

    kind: str
    mark: str = ""

    @classmethod
    def of(cls, name: str, text: object) -> Stated:
        """Return what a text such as "category", "number:," or "time:%d.%m.%Y" states.

        Raises
        ------
        ConfigError
            When it states nothing that a column can be.
        """
        if isinstance(text, Stated):
            return text
        kind, _, mark = str(text).partition(":")
        known = ", ".join(STATED)
        if kind not in STATED:
            raise ConfigError(f"expected column {name!r} to be one of {known}, got {text!r}")
        if kind == "number" and mark not in ("", *DECIMAL_MARKS):
            raise ConfigError(
                f"expected number:. or number:, for column {name!r}, by its decimal mark, "
                f"got {text!r}"
            )
        if kind == "time" and mark and mark != "iso" and "%" not in mark:
            raise ConfigError(
                f"expected the format of times of column {name!r} as in time:%d.%m.%Y, got {text!r}"
            )
        if mark and kind not in ("number", "time"):
            raise ConfigError(f"expected {kind} alone for column {name!r}, got {text!r}")
        return cls(kind, mark)


def stated_columns(columns: Mapping[str, str | Stated] | None) -> dict[str, Stated]:
    """Return what is stated of each column."""
    return {name: Stated.of(name, text) for name, text in (columns or {}).items()}


def parse_columns(assigned: Iterable[str]) -> dict[str, str]:
    """Return the columns of options such as "zip=category" or "zip=category,day=time:%d.%m.%Y".

    Raises
    ------
    ConfigError
        When one is no NAME=KIND.
    """
    found = dict[str, str]()
    for text in assigned:
        for part in _split(text):
            match = _ASSIGNED.fullmatch(part)
            if match is None:
                raise ConfigError(
                    f"expected --columns NAME=KIND with {', '.join(STATED)} as KIND, got {part!r}"
                )
            found[match["name"]] = match["kind"]
    return found


def _split(text: str) -> list[str]:
    """Return the assignments between commas; a comma in a name or a format stays."""
    parts = list[str]()
    for piece in text.split(","):
        if parts and not (_ASSIGNED.fullmatch(parts[-1]) and "=" in piece):
            parts[-1] += f",{piece}"
        else:
            parts.append(piece)
    return parts
