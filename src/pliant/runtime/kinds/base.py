"""What a codebook is: what one column has learned, and all that a loaded model needs of its kind.

A codebook turns the raw values of its column into entries of one *plane*. Programs, features and
stores know planes and never kinds, so a new kind needs nothing of theirs:

    codes   uint8 (n, C), a column for each of its `bins`: `BinnedCodebook`
    ids     int32 (n, D), one column: `DictionaryCodebook`
    text:J  `Strings` of n rows, the J-th column of free text: `PlaneCodebook`
    values:J  float32 (n, W), the J-th column of vectors: `PlaneCodebook`
    image:J  uint8 (n, H * W * C), the J-th column of images: `GridCodebook`
    audio:J  uint8 (n, bands * frames), the J-th column of sounds: `GridCodebook`
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.binning import bin_into
from pliant.runtime.conversions import spoken, strings_of
from pliant.runtime.raw import RawColumn, Strings

if TYPE_CHECKING:
    from pliant.runtime.kinds.number import NumberCodebook

MISSING, UNSEEN, FIRST_LEVEL = 0, 1, 2
"""Reserved dictionary ids; a code of 0 is "missing" too."""

OUTSIDE = 100
"""The `order` of a kind that says none."""


class ReadBy(IntEnum):
    """How the kernel reads a plain value of a row, by the numbers of `kernel/reader.c`."""

    EDGES = 0
    """By the edges of a number's bins; the function says what a text that is unusual means."""
    IDS = 1
    """By a dict of ids; the function says the id of a word that is not in it."""
    FUNCTION = 2
    """By the function alone: it returns the codes, a byte each, or None."""
    NOTHING = 3
    """Not at all: the value is encoded the ordinary way."""
    MARKED_EDGES = 4
    """By edges, but the function reads all text."""


class Reader(NamedTuple):
    """How the kernel reads one column of a row: by edges or a dict, and by a function."""

    how: ReadBy
    table: NDArray[np.float64] | dict[str, int] | None = None
    meaning: Callable[[Any], int | bytes | None] | None = None


Plane = NDArray[Any] | Strings
"""What codebooks make: an array whose first axis is the rows, or text."""


class ArrayStore(Protocol):
    """Where the arrays of a codebook go when it is written."""

    def add(self, array: NDArray[Any], /) -> int:
        """Return the number by which the array is found again."""


class ArraySource(Protocol):
    """Where the arrays of a codebook come from when it is read."""

    def get(self, number: Any, /) -> NDArray[Any]:
        """Return the array of a number; ModelFileError where there is none."""


class Codebook(ABC):
    """What a column has learned: frozen, and all of it data.

    Attributes
    ----------
    kind : str
        The name of the kind of column: one word.
    reads : type, default Strings
        What raw columns it reads best: `Numbers`, `Strings` or `Times`. Files are read by it.

    Examples
    --------
    >>> from pliant.runtime.columns import column_from_values
    >>> from pliant.runtime.kinds import CategoryCodebook
    >>> book = CategoryCodebook(("red", "blue"))
    >>> ids = book.encode(column_from_values(["blue", "green", None]))
    >>> book.kind, book.described(), ids.tolist()
    ('category', '4', [3, 1, 0])
    """

    kind: ClassVar[str]
    reads: ClassVar[type[RawColumn]] = Strings

    def read(self, column: RawColumn) -> RawColumn:
        """Return the values as the kind takes them: what is none of it is missing.

        By default text, the words for "missing" missing.
        """
        return spoken(column)

    @abstractmethod
    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return values that the column may have, for models to be tried with."""

    @abstractmethod
    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return the codebook as plain data; its arrays go to `arrays`."""

    @classmethod
    @abstractmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook that plain data describes, which may come from an untrusted file.

        Raises
        ------
        ModelFileError
            When the data fit no codebook; a ValueError, KeyError or TypeError is put into one.
        """

    def described(self) -> str:
        """Return in a word what values become, for tables that people read."""
        return ""

    def reader(self) -> Reader | None:
        """Return how the kernel reads a row's value; None where it cannot, nor then the row."""
        return None


class BinnedCodebook(Codebook):
    """A codebook that turns a value into some numbers, and each of these into a code.

    `order` says which kind's codes come first in the plane; ours have 0 (number) and 1 (time).

    Examples
    --------
    >>> from pliant.runtime.columns import column_from_values
    >>> from pliant.runtime.kinds import NumberCodebook
    >>> book = NumberCodebook(np.array([1.5, 2.5]), np.array([1, 2, 3], dtype=np.float32))
    >>> book.encode(column_from_values([1, 2, None, 9])).tolist()
    [[1], [2], [0], [3]]
    """

    order: ClassVar[float] = OUTSIDE

    @property
    @abstractmethod
    def bins(self) -> tuple[tuple[str, NumberCodebook], ...]:
        """The codebook of each number, after what is put behind the column's name for it."""

    @abstractmethod
    def values(self, column: RawColumn) -> Sequence[NDArray[np.float64]]:
        """Return the numbers float64 (n,), one array a bin; NaN where missing."""

    @abstractmethod
    def with_books(self, books: Sequence[NumberCodebook]) -> Self:
        """Return the same with other codebooks of its numbers, such as ones of fewer bins."""

    def encode(self, column: RawColumn) -> NDArray[np.uint8]:
        """Return uint8 codes of shape (n, W), W the number of bins."""
        codes = np.empty((len(column), len(self.bins)), dtype=np.uint8, order="F")
        self.encode_into(codes, column)
        return codes

    def encode_into(self, codes: NDArray[np.uint8], column: RawColumn) -> bool:
        """Write the codes to `codes` uint8 (n, W); return whether a number is infinite."""
        infinite = False
        for j, (values, (_, book)) in enumerate(zip(self.values(column), self.bins, strict=True)):
            offsets = np.array([0, len(book.edges)])
            infinite |= bin_into(codes[:, j : j + 1], values[:, None], book.edges, offsets)
        return infinite

    def encode_one(self, value: object) -> bytes | None:
        """Return the codes of one plain Python value, a byte a bin, as `encode` would.

        None where it is not sure, and by default always: then the ordinary way serves, which makes
        a frame of the row and takes some tens of microseconds more.
        """
        return None

    def decode(self, codes: NDArray[np.uint8]) -> RawColumn | None:
        """Return values that have these codes (n, W); None where none are told, as by default."""
        return None

    def reader(self) -> Reader | None:
        """Return that the kernel asks `encode_one`."""
        return Reader(ReadBy.FUNCTION, None, self.encode_one)


class DictionaryCodebook(Codebook):
    """A codebook that turns a word into its number in a dictionary: MISSING, UNSEEN or a level."""

    @property
    @abstractmethod
    def n_codes(self) -> int:
        """The number of ids, "missing" and "unseen" included."""

    @property
    @abstractmethod
    def ids(self) -> dict[str, int]:
        """The id of each level."""

    @abstractmethod
    def id_of(self, word: str) -> int:
        """Return the id of one word, a level or not."""

    @abstractmethod
    def decode(self, ids: NDArray[np.int32]) -> RawColumn:
        """Return words that have these ids (n,)."""

    def encode(self, column: RawColumn) -> NDArray[np.int32]:
        """Return int32 ids of shape (n,)."""
        words = strings_of(column)
        table = [self.id_of(level) for level in words.levels]
        return np.array([*table, MISSING], dtype=np.int32)[words.indices]

    def described(self) -> str:
        """Return how many ids there are."""
        return str(self.n_codes)

    def reader(self) -> Reader | None:
        """Return that the kernel looks words up, and asks `id_of` of others."""
        return Reader(ReadBy.IDS, self.ids, self.id_of)


class PlaneCodebook(Codebook):
    """A codebook whose column is a plane of its own.

    Attributes
    ----------
    plane : str
        What the plane holds: "text", `Strings`; "values", float32 (n, `width`); "image" or "audio",
        uint8 (n, `width`).

    Examples
    --------
    >>> from pliant.runtime.columns import column_from_values
    >>> from pliant.runtime.kinds import TextCodebook
    >>> plane = TextCodebook().encode(column_from_values(["good tea", "n/a"]))
    >>> [plane.levels[i] if i >= 0 else None for i in plane.indices]
    ['good tea', None]
    """

    plane: ClassVar[str]

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return 1

    @abstractmethod
    def encode(self, column: RawColumn) -> Plane:
        """Return the plane of n rows."""

    def decode(self, plane: Plane) -> RawColumn | None:
        """Return values that have this plane; None where none are told, as by default."""
        return None

    def reader(self) -> Reader | None:
        """Return that the kernel leaves the value alone."""
        return Reader(ReadBy.NOTHING)
