"""What a kind of columns is to a fit: how it is recognised, and learned from the values there are.

What a loaded model needs of it is its codebook's (`pliant.runtime.kinds`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.reading import MAX_DISTINCT, stray_note
from pliant.runtime.conversions import spoken, strings_of
from pliant.runtime.kinds import Codebook
from pliant.runtime.media.blobs import shown
from pliant.runtime.raw import Numbers, RawColumn, Strings, Times, missing
from pliant.runtime.schema import Column

FIRST = 0.0
"""The rank of a kind that says none: asked before ours, which take whatever is left."""


@dataclass(frozen=True)
class Spread:
    """How many values of a text column are there, are missing, and are different ones.

    `common` returns the most frequent words, so many at most, where the column at hand is but a
    sample: then all rows have told that it is no column of numbers, and strays are counted later.
    """

    present: int
    missing: int
    distinct: int
    common: Callable[[int], list[str]] | None = None

    @classmethod
    def of(cls, column: Strings) -> Spread:
        """Return the spread of a whole column."""
        n_missing = int((column.indices < 0).sum())
        n_distinct = len(np.unique(column.indices)) - (n_missing > 0)
        return cls(len(column) - n_missing, n_missing, n_distinct)

    @property
    def names_rows(self) -> bool:
        """Whether almost every value is different: it tells nothing of new rows."""
        return self.present > 20 and self.distinct > MAX_DISTINCT * self.present

    def asks(self, column: Strings) -> bool:
        """Return whether words may say something else: what the source calls a category is one,
        unless it only names its rows.
        """
        return not column.categorical or self.names_rows


class ColumnKind(ABC):
    """A kind of columns, such as numbers or times; `pliant.register_kind` adds one.

    Attributes
    ----------
    codebook : type
        The class of its codebooks, a `pliant.Codebook`, which has the kind's name.
    rank : float, default 0
        Kinds with a lower rank are asked first whether a column is theirs; ours have 5 (image,
        audio), 10 (number), 20 (time), 30 (text) and 40 (category, which takes what is left).

    Examples
    --------
    >>> from pliant.data.quantile import learn_numbers
    >>> from pliant.runtime.conversions import numbers_of
    >>> from pliant.runtime.kinds import NumberCodebook
    >>> class Percent(NumberCodebook):
    ...     kind = "percent"
    >>> class PercentKind(ColumnKind):
    ...     codebook = Percent
    ...     def fits(self, column):
    ...         numbers = column.values if isinstance(column, Numbers) else np.array([-1.0])
    ...         return bool(((numbers >= 0) & (numbers <= 100)).all())
    ...     def learn(self, column):
    ...         book = learn_numbers(numbers_of(column))
    ...         return Percent(book.edges, book.centers)
    >>> column = Numbers(np.array([12.5, 50.0, 99.0]))
    >>> PercentKind().recognise("share", column, None).kind
    'percent'
    """

    codebook: ClassVar[type[Codebook]]
    rank: ClassVar[float] = FIRST

    @property
    def name(self) -> str:
        """What users and files call it."""
        return self.codebook.kind

    @abstractmethod
    def learn(self, column: RawColumn) -> Codebook:
        """Return the codebook of a column; what is missing in it may be passed over."""

    def fits(self, column: RawColumn) -> bool:
        """Return whether a column is of this kind. By default none is, unless it is stated.

        Text has its words for "missing" missing. Values that vary are all that is asked about.
        """
        return False

    def recognise(self, name: str, column: RawColumn, spread: Spread | None) -> Column | None:
        """Return a column that is of this kind with its codebook; None for any other.

        Of text the `spread` is given; what the source calls categories is not asked about.
        """
        if isinstance(column, Strings) and spread is not None and not spread.asks(column):
            return None
        if left_out(name, column) is not None or not self.fits(column):
            return None
        return self.stated(name, column)

    def stated(self, name: str, column: RawColumn, mark: str = "") -> Column:
        """Return a column that a user states to be of this kind, or one that nothing is in.

        `mark` is what was stated behind a colon. Values that are none of the kind are missing.
        """
        words = spoken(column) if isinstance(column, Strings) else column
        nothing = left_out(name, words)
        if nothing is not None:
            return nothing
        book = self.learn(words)
        gone = missing(book.read(words))
        if gone.all():
            return Column(name, "empty", note=f"no value is a {self.name}")
        return Column(name, self.name, book, _note(words, gone & ~missing(words), self.name))

    def refuse_mark(self, name: str, mark: str, text: str) -> None:
        """Raise ConfigError unless `mark` may be stated of a column; `text` is all that was said.

        By default none may.
        """
        if mark:
            raise ConfigError(f"expected {self.name} alone for column {name!r}, got {text!r}")


def _note(column: RawColumn, strays: NDArray[np.bool_], kind: str) -> str:
    """Return what to say of the values that are none of the kind."""
    if not strays.any():
        return ""
    first = strings_of(column.take(np.flatnonzero(strays)[:1]))
    return stray_note(int(strays.sum()), len(column), kind, first.levels[first.indices[0]])


def left_out(name: str, column: RawColumn) -> Column | None:
    """Return a column in which nothing varies as one that is left out; None for any other."""
    there = ~missing(column)
    if not there.any():
        return Column(name, "empty", note="every value is missing")
    if not there.all():
        return None
    if isinstance(column, Numbers):
        value = column.values[0]
        said = None if (column.values != value).any() else f"{value:g}"
    elif isinstance(column, Times):
        moments = column.microseconds
        said = None if (moments != moments[0]).any() else "the same time"
    else:
        index = column.indices[0]
        said = None if (column.indices != index).any() else shown(column.levels[index])
    return None if said is None else Column(name, "constant", note=f"every value is {said}")
