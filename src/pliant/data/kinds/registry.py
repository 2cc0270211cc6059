"""The registry: every kind of columns by name, ours and those from outside.

One from outside comes by `register_kind`, or by the entry point group `pliant.kinds` of an
installed package.
"""

from __future__ import annotations

from pliant.core.errors import ConfigError
from pliant.data.kinds.audio import AudioKind
from pliant.data.kinds.base import ColumnKind
from pliant.data.kinds.category import CategoryKind
from pliant.data.kinds.image import ImageKind
from pliant.data.kinds.number import NumberKind
from pliant.data.kinds.text import TextKind
from pliant.data.kinds.time import TimeKind
from pliant.runtime.kinds.registry import installed_kinds, register_codebook

IGNORE = "ignore"
"""What a column may be stated to be that no model shall read."""

KINDS: dict[str, ColumnKind] = {
    kind.name: kind
    for kind in (
        *(NumberKind(), CategoryKind(), TimeKind(), TextKind()),
        *(ImageKind(), AudioKind()),
    )
}
"""Every kind by name."""


def register_kind(kind: ColumnKind) -> None:
    """Add a kind of columns: fits recognise it, and files that have it can be loaded.

    A kind of the same name and class takes the place of the one before. Processes that fit need
    not know it: they are given codes.

    Parameters
    ----------
    kind : ColumnKind
        An object that says how the kind is recognised and learned; its codebook says the rest.

    Raises
    ------
    ConfigError
        When it is no kind, its codebook is none, or the name is no word or taken.

    Examples
    --------
    >>> from pliant.data.kinds.category import CategoryKind
    >>> from pliant.runtime.kinds import CategoryCodebook
    >>> from pliant.runtime.kinds.registry import CODEBOOKS
    >>> class Shouted(CategoryCodebook):
    ...     kind = "shouted"
    >>> class ShoutedKind(CategoryKind):
    ...     codebook = Shouted
    >>> register_kind(ShoutedKind())
    >>> list(known_kinds())
    ['number', 'category', 'time', 'text', 'image', 'audio', 'shouted']
    >>> _ = KINDS.pop("shouted"), CODEBOOKS.pop("shouted")
    """
    if not isinstance(kind, ColumnKind):
        raise ConfigError(f"expected a pliant.ColumnKind, got {kind!r}")
    register_codebook(getattr(kind, "codebook", None))
    KINDS[kind.name] = kind


def known_kinds() -> dict[str, ColumnKind]:
    """Return every kind by name, those of installed packages too."""
    for kind in installed_kinds():  # one that is no ColumnKind serves to load files alone
        if isinstance(kind, ColumnKind):
            KINDS.setdefault(kind.name, kind)
    return KINDS


def by_rank() -> list[ColumnKind]:
    """Return every kind in the order in which they are asked."""
    return sorted(known_kinds().values(), key=lambda kind: kind.rank)
