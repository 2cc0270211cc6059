"""Which codebook a kind of column has, by name: ours, and those from outside.

One from outside comes by `pliant.register_kind`, or by the entry point group `pliant.kinds` of an
installed package, which is looked at when a name is not known.
"""

from __future__ import annotations

import warnings
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from pliant.core.errors import ConfigError, ModelFileError, PliantWarning
from pliant.runtime.kinds.audio import AudioCodebook
from pliant.runtime.kinds.base import Codebook
from pliant.runtime.kinds.category import CategoryCodebook
from pliant.runtime.kinds.image import ImageCodebook
from pliant.runtime.kinds.number import NumberCodebook
from pliant.runtime.kinds.text import TextCodebook
from pliant.runtime.kinds.time import TimeCodebook

CODEBOOKS: dict[str, type[Codebook]] = {
    book.kind: book
    for book in (
        *(NumberCodebook, CategoryCodebook, TimeCodebook, TextCodebook),
        *(ImageCodebook, AudioCodebook),
    )
}
"""The codebook of each kind."""

LEFT_OUT = ("constant", "empty", "identifier", "unread")
"""What a column without a codebook is instead of a kind: why no model reads it."""

GROUP = "pliant.kinds"
"""The entry points under which installed packages name kinds of columns."""


def register_codebook(book: Any) -> None:
    """Add the codebook of a kind: files whose columns are of that kind can be loaded then.

    One of the same class takes the place of the one before.

    Raises
    ------
    ConfigError
        When it is no codebook, its kind is no word, or the name is taken.
    """
    if not (isinstance(book, type) and issubclass(book, Codebook)):
        raise ConfigError(f"expected the class of a pliant.Codebook, got {book!r}")
    name = getattr(book, "kind", None)
    if not isinstance(name, str) or not name.isidentifier() or name in (*LEFT_OUT, "ignore"):
        raise ConfigError(f"expected the name of a kind to be a word of its own, got {name!r}")
    known = CODEBOOKS.get(name)
    if known is not None and _full_name(known) != _full_name(book):
        raise ConfigError(f"expected a new name for a kind, but {name!r} is {_full_name(known)}")
    CODEBOOKS[name] = book


def codebook_named(kind: str, column: str) -> type[Codebook]:
    """Return the codebook of a kind, of which a file has a column.

    Raises
    ------
    ModelFileError
        When there is no such kind here.
    """
    if kind not in CODEBOOKS:
        installed_kinds()
    if kind not in CODEBOOKS:
        raise ModelFileError(
            f"expected column {column!r} to be of a kind known here, {', '.join(CODEBOOKS)}, got "
            f"{kind!r}: call pliant.register_kind with it before loading, or install its package"
        )
    return CODEBOOKS[kind]


@cache
def installed_kinds() -> tuple[Any, ...]:
    """Return the kinds of installed packages; one that cannot be loaded is told of, once."""
    kinds = []
    for entry in entry_points(group=GROUP):
        try:
            found = entry.load()
            kind = found() if isinstance(found, type) else found
            register_codebook(kind.codebook)
        except (ImportError, AttributeError, TypeError, ConfigError) as error:
            warnings.warn(
                f"the kind of columns {entry.value!r} of an installed package is left out: {error}",
                PliantWarning,
                stacklevel=2,
            )
        else:
            kinds.append(kind)
    return tuple(kinds)


def _full_name(book: type[Codebook]) -> str:
    return f"{book.__module__}.{book.__qualname__}"
