"""The table as workers get it: all that features are made from, nothing that encodes new rows.

The edges of the bins take 2 kB a column, and the names of many levels more than their ids. Texts
are their grams.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pliant.data.table import Table
from pliant.runtime.codebook import CategoryCodebook, NumberCodebook, TimeCodebook
from pliant.runtime.schema import Codebook, Column, Schema


@dataclass(frozen=True)
class Nameless(CategoryCodebook):
    """As many ids as there were, their names left behind: it encodes nothing."""

    levels: tuple[str, ...] = ()
    count: int = 0

    @property
    def n_codes(self) -> int:
        """The number of ids, "missing" and "unseen" included."""
        return self.count


def bare(table: Table) -> Table:
    """Return the same rows under a schema that says only what their codes are worth."""
    columns = tuple(_bare_column(column) for column in table.schema.used)
    texts = tuple(replace(text.with_grams(), levels=[]) for text in table.coded.texts)
    return replace(table, schema=Schema(columns), coded=replace(table.coded, texts=texts))


def _bare_column(column: Column) -> Column:
    return replace(column, codebook=_bare_book(column.codebook), note="")


def _bare_book(book: Codebook) -> Codebook:
    if isinstance(book, CategoryCodebook):
        return Nameless(count=book.n_codes)
    if isinstance(book, TimeCodebook):
        return replace(book, books=tuple(_edgeless(part) for part in book.books))
    return None if book is None else _edgeless(book)


def _edgeless(book: NumberCodebook) -> NumberCodebook:
    return replace(book, edges=np.empty(0))
