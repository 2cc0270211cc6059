"""Kinds of columns in ONNX: a new kind is a class here, and a line in `INPUTS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pliant.compile.onnx.calendar import emit_calendar
from pliant.compile.onnx.graph import Graph, Tensor
from pliant.core.errors import ExportError
from pliant.runtime.conversions import strings_of
from pliant.runtime.kinds import FIRST_LEVEL, MISSING, UNSEEN, CategoryCodebook
from pliant.runtime.raw import NOT_A_TIME, Numbers, RawColumn, Times
from pliant.runtime.schema import Column

NUMBER = "a number; NaN where missing"
CATEGORY = 'text, a number as in "3" or "2.5", a boolean as "True"; "" where missing'
EMPTY_LEVEL = 'text, a number as in "3" or "2.5", a boolean as "True"; "" is a level of its own'
TIME = f"microseconds since 1970 in UTC; {NOT_A_TIME} where missing"
TEXT = "text, which the model does not read"


class KindInput(Protocol):
    """How columns of one kind come into a document; a book is a codebook of that kind."""

    def described(self, book: Any) -> tuple[str, str]:
        """Return the type of a column's input, and what its values mean."""

    def fed(self, raw: RawColumn) -> NDArray[Any]:
        """Return a raw column as values (n,) of the input."""

    def emit(self, graph: Graph, columns: Sequence[tuple[str, Tensor, Any]]) -> list[Tensor]:
        """Return what all columns of the kind, each a name, input and book, give to their plane.

        For codes these are the numbers to be binned, bin after bin; for ids the ids.
        """


class NumberInput:
    """A number comes as float64, and is binned as it is."""

    def described(self, book: Any) -> tuple[str, str]:
        """Return float64."""
        return "float64", NUMBER

    def fed(self, raw: RawColumn) -> NDArray[Any]:
        """Return float64; what does not come as numbers, as text."""
        return raw.values if isinstance(raw, Numbers) else _texts(raw)

    def emit(self, graph: Graph, columns: Sequence[tuple[str, Tensor, Any]]) -> list[Tensor]:
        """Return the inputs."""
        return [values for _, values, _ in columns]


class TimeInput:
    """A time comes as int64 microseconds, and is taken apart together with all others."""

    def described(self, book: Any) -> tuple[str, str]:
        """Return int64."""
        return "int64", TIME

    def fed(self, raw: RawColumn) -> NDArray[Any]:
        """Return int64 microseconds; what does not come as times, as text."""
        return raw.microseconds if isinstance(raw, Times) else _texts(raw)

    def emit(self, graph: Graph, columns: Sequence[tuple[str, Tensor, Any]]) -> list[Tensor]:
        """Return the parts of each time in one tensor."""
        parts = emit_calendar(graph, graph.beside([moments for _, moments, _ in columns]))
        wanted = [(part, t) for t, (_, _, book) in enumerate(columns) for part in book.parts]
        names = sorted({part for part, _ in wanted})
        places = [names.index(part) * len(columns) + t for part, t in wanted]
        return [graph.take(graph.beside([parts[n] for n in names]), np.array(places))]


class CategoryInput:
    """A category comes as text, and is looked up."""

    def described(self, book: Any) -> tuple[str, str]:
        """Return string."""
        return "string", EMPTY_LEVEL if "" in book.levels else CATEGORY

    def fed(self, raw: RawColumn) -> NDArray[Any]:
        """Return text."""
        return _texts(raw)

    def emit(self, graph: Graph, columns: Sequence[tuple[str, Tensor, Any]]) -> list[Tensor]:
        """Return the ids of each column."""
        return [_ids(graph, words, book, name) for name, words, book in columns]


class TextInput:
    """Text comes as it is; what n-grams of it would be, no op of ONNX says."""

    def described(self, book: Any) -> tuple[str, str]:
        """Return string."""
        return "string", TEXT

    def fed(self, raw: RawColumn) -> NDArray[Any]:
        """Return text."""
        return _texts(raw)

    def emit(self, graph: Graph, columns: Sequence[tuple[str, Tensor, Any]]) -> list[Tensor]:
        """Return nothing."""
        return []


INPUTS: Mapping[str, KindInput] = MappingProxyType(
    {
        "number": NumberInput(),
        "category": CategoryInput(),
        "time": TimeInput(),
        "text": TextInput(),
    }
)
"""How each kind comes into a document; no other does."""


def input_of(column: Column) -> KindInput:
    """Return how a column comes into a document.

    Raises
    ------
    ExportError
        When ONNX cannot say its kind.
    """
    if column.kind not in INPUTS:
        raise ExportError(
            f"expected columns of the kinds that ONNX can say, {', '.join(INPUTS)}, "
            f"but column {column.name!r} is of the kind {column.kind!r}"
        )
    return INPUTS[column.kind]


def _texts(raw: RawColumn) -> NDArray[Any]:
    words = strings_of(raw)
    texts: NDArray[Any] = np.array([*words.levels, ""], dtype=object)[words.indices]
    return texts


def _ids(graph: Graph, text: Tensor, book: CategoryCodebook, name: str) -> Tensor:
    ids = {"": MISSING} | {level: i for i, level in enumerate(book.levels, FIRST_LEVEL)}
    try:
        keys = [level.encode() for level in ids]
    except UnicodeEncodeError as error:
        raise ExportError(
            f"expected levels that UTF-8 can write in column {name!r}, got {error.object!r}"
        ) from None
    return graph.node(
        "LabelEncoder",
        [text],
        "int64",
        1,
        keys_strings=keys,
        values_int64s=list(ids.values()),
        default_int64=UNSEEN,
    )
