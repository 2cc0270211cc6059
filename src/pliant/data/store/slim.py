"""Columns of bytes of images and sounds: a first pass holds a few whole, of others the heads."""

from __future__ import annotations

from dataclasses import replace

from pliant.runtime.media.blobs import HEAD, content_of
from pliant.runtime.raw import RawColumn, Strings

WHOLE = 64
"""Cells of a batch that are kept whole: their sizes are learned from."""


def holds_blobs(column: Strings) -> bool:
    """Return whether the words of a column are bytes, as the first of them tells."""
    return bool(column.levels) and bool(content_of(column.levels[0][:HEAD]))


def slim(column: RawColumn) -> RawColumn:
    """Return a column of bytes with the heads of all but some; any other as it is.

    What is cut no longer decodes, but still says what it is.
    """
    if not isinstance(column, Strings) or not holds_blobs(column):
        return column
    step = max(1, len(column.levels) // WHOLE)
    levels = [
        text if i % step == 0 else f"{text[:HEAD]}{i}" for i, text in enumerate(column.levels)
    ]
    return replace(column, levels=levels)
