"""Recognise what a raw column is: of the first kind that takes it, or nothing to learn from."""

from __future__ import annotations

from pliant.data.kinds.base import Spread
from pliant.data.kinds.registry import IGNORE, by_rank, known_kinds
from pliant.data.stated import Stated
from pliant.runtime.conversions import spoken
from pliant.runtime.media.blobs import shown
from pliant.runtime.raw import RawColumn, Strings
from pliant.runtime.schema import Column


def recognise(name: str, column: RawColumn, stated: Stated | None = None) -> Column:
    """Return the column with its kind and codebook, or with the reason it is left out."""
    if stated is not None:
        if stated.kind == IGNORE:
            return Column(name, "unread", note="ignored, as stated")
        return known_kinds()[stated.kind].stated(name, column, stated.mark)
    if not isinstance(column, Strings):
        return _first_that_takes(name, column, None)
    words = spoken(column)
    return recognise_strings(name, words, Spread.of(words))


def recognise_strings(name: str, column: Strings, spread: Spread) -> Column:
    """Return a text column with its kind; `column` may be a sample of the values of `spread`."""
    if spread.distinct == 0:
        return Column(name, "empty", note="every value is missing")
    if spread.distinct == 1 and spread.missing == 0:
        level = column.levels[max(column.indices)]
        return Column(name, "constant", note=f"every value is {shown(level)}")
    return _first_that_takes(name, column, spread)


def _first_that_takes(name: str, column: RawColumn, spread: Spread | None) -> Column:
    found = (kind.recognise(name, column, spread) for kind in by_rank())
    return next(column for column in found if column is not None)
