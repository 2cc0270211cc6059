"""What a user states of a column, where it is not to be recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pliant.core.errors import ConfigError
from pliant.data.kinds.registry import IGNORE, known_kinds
from pliant.runtime.raw import Numbers


def stated_kinds() -> tuple[str, ...]:
    """Return what a column may be stated to be."""
    return (*known_kinds(), IGNORE)


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
        if kind not in stated_kinds():
            known = ", ".join(stated_kinds())
            raise ConfigError(f"expected column {name!r} to be one of {known}, got {text!r}")
        if kind != IGNORE:
            known_kinds()[kind].refuse_mark(name, mark, str(text))
        elif mark:
            raise ConfigError(f"expected {kind} alone for column {name!r}, got {text!r}")
        return cls(kind, mark)

    @property
    def numeric(self) -> bool:
        """Whether the column is read as numbers; any other as text, letter by letter."""
        return self.kind != IGNORE and known_kinds()[self.kind].codebook.reads is Numbers


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
    found, one = dict[str, str](), _assignment()
    for text in assigned:
        for part in _split(text, one):
            match = one.fullmatch(part)
            if match is None:
                known = ", ".join(stated_kinds())
                raise ConfigError(
                    f"expected --columns NAME=KIND with {known} as KIND, got {part!r}"
                )
            found[match["name"]] = match["kind"]
    return found


def _assignment() -> re.Pattern[str]:
    kinds = "|".join(stated_kinds())
    return re.compile(rf"(?P<name>.*)=(?P<kind>(?:{kinds})(?::.*)?)", re.DOTALL)


def _split(text: str, one: re.Pattern[str]) -> list[str]:
    """Return the assignments between commas; a comma in a name or a format stays."""
    parts = list[str]()
    for piece in text.split(","):
        if parts and not (one.fullmatch(parts[-1]) and "=" in piece):
            parts[-1] += f",{piece}"
        else:
            parts.append(piece)
    return parts
