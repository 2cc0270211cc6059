"""The schema: which columns a model reads, of what kind, and how each is encoded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import SchemaError
from pliant.runtime.binning import bin_numbers
from pliant.runtime.codebook import (
    CategoryCodebook,
    NumberCodebook,
    TimeCodebook,
    numbers_of,
    spoken,
)
from pliant.runtime.raw import Frame, RawColumn, Strings, Times

Codebook = NumberCodebook | CategoryCodebook | TimeCodebook | None

_FEW_ROWS = 256
"""Up to so many rows, all numbers are binned by one call; beyond, column by column saves memory."""


@dataclass(frozen=True)
class Column:
    """One column of the table.

    `kind` is number, category, time or text for a column in use, and constant, empty, identifier
    or unread for one that is left out; `note` then says why.
    """

    name: str
    kind: str
    codebook: Codebook = None
    note: str = ""

    @property
    def used(self) -> bool:
        """Whether models read the column."""
        return self.kind in ("number", "category", "time", "text")


@dataclass(frozen=True)
class Coded:
    """An encoded table: what every program and every learner reads.

    `codes` uint8 (n, C): numbers and calendar parts. `ids` int32 (n, D): dictionary ids of
    categories. `texts`: free text, T columns of n entries.
    """

    codes: NDArray[np.uint8]
    ids: NDArray[np.int32]
    texts: tuple[Strings, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

    def wires(self) -> dict[str, Any]:
        """Return what a program reads, by the names of its input wires."""
        texts = {f"text:{j}": text for j, text in enumerate(self.texts)}
        return {"codes": self.codes, "ids": self.ids, **texts}

    def take(self, rows: NDArray[np.intp]) -> Coded:
        """Return the given rows."""
        return Coded(self.codes[rows], self.ids[rows], tuple(t.take(rows) for t in self.texts))

    def with_grams(self) -> Coded:
        """Return the same rows, their texts hashed: once for all features made of them."""
        return replace(self, texts=tuple(text.with_grams() for text in self.texts))

    def between(self, a: int, b: int) -> Coded:
        """Return the rows a to b - 1, their codes and ids not copied."""
        if a == 0 and b >= len(self):
            return self
        texts = tuple(t.take(np.arange(a, min(b, len(self)))) for t in self.texts)
        return Coded(self.codes[a:b], self.ids[a:b], texts)


@dataclass(frozen=True)
class Schema:
    """The columns of a table in their order, those left out included."""

    columns: tuple[Column, ...]

    @cached_property
    def used(self) -> tuple[Column, ...]:
        """The columns that models read."""
        return tuple(c for c in self.columns if c.used)

    @property
    def remarks(self) -> tuple[tuple[str, str], ...]:
        """Name and remark of each column that a user may want to state otherwise.

        Columns without two different values, and those that were stated, are not among them.
        """
        told = (c for c in self.columns if c.note and (c.used or c.kind == "identifier"))
        return tuple((c.name, c.note if c.used else f"left out, {c.note}") for c in told)

    @cached_property
    def code_columns(self) -> tuple[tuple[str, NumberCodebook], ...]:
        """Name and codebook of each column of `Coded.codes`."""
        out = list(self._number_columns)
        for name, book in self._time_columns:
            names = (f"{name}.{part}" for part in book.parts)
            out.extend(zip(names, book.books, strict=True))
        return tuple(out)

    @cached_property
    def id_columns(self) -> tuple[tuple[str, CategoryCodebook], ...]:
        """Name and codebook of each column of `Coded.ids`."""
        return tuple(
            (c.name, c.codebook) for c in self.columns if isinstance(c.codebook, CategoryCodebook)
        )

    @cached_property
    def text_columns(self) -> tuple[str, ...]:
        """Name of each entry of `Coded.texts`."""
        return tuple(c.name for c in self.columns if c.kind == "text")

    def encode(self, frame: Frame) -> Coded:
        """Return the encoded table.

        Raises
        ------
        SchemaError
            When a column in use is missing, or a number is infinite.
        """
        missing = [c.name for c in self.used if c.name not in frame]
        if missing:
            raise SchemaError(
                f"expected the columns {_names([c.name for c in self.used])}, "
                f"but the table has no column {_names(missing)}"
            )
        return Coded(
            self._encode_codes(frame),
            self._encode_ids(frame),
            tuple(spoken(frame[name]) for name in self.text_columns),
        )

    @cached_property
    def _number_columns(self) -> tuple[tuple[str, NumberCodebook], ...]:
        return tuple(
            (c.name, c.codebook) for c in self.columns if isinstance(c.codebook, NumberCodebook)
        )

    @cached_property
    def _time_columns(self) -> tuple[tuple[str, TimeCodebook], ...]:
        return tuple(
            (c.name, c.codebook) for c in self.columns if isinstance(c.codebook, TimeCodebook)
        )

    @cached_property
    def _edges(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        edges = [book.edges for _, book in self._number_columns]
        offsets = np.cumsum([0, *map(len, edges)], dtype=np.int64)
        return np.concatenate([np.empty(0), *edges]), offsets

    def _encode_codes(self, frame: Frame) -> NDArray[np.uint8]:
        numbers = self._number_columns
        if frame.n_rows <= _FEW_ROWS and not self._time_columns:
            values = np.empty((frame.n_rows, len(numbers)))
            for j, (name, book) in enumerate(numbers):
                values[:, j] = numbers_of(frame[name], book.decimal)
            if np.isinf(values).any():
                refuse_infinite({name: frame[name] for name, _ in numbers})
            return bin_numbers(values, *self._edges)
        codes = np.empty((frame.n_rows, len(self.code_columns)), dtype=np.uint8, order="F")
        for j, (name, book) in enumerate(numbers):
            if book.encode_into(codes[:, j : j + 1], frame[name]):
                refuse_infinite({name: frame[name]})
        parts = [p for name, book in self._time_columns for p in book.encode(frame[name])]
        for j, part in enumerate(parts, start=len(numbers)):
            codes[:, j] = part
        return codes

    def _encode_ids(self, frame: Frame) -> NDArray[np.int32]:
        ids = np.empty((frame.n_rows, len(self.id_columns)), dtype=np.int32, order="F")
        for j, (name, book) in enumerate(self.id_columns):
            ids[:, j] = book.encode(frame[name])
        return ids


def refuse_infinite(columns: dict[str, RawColumn]) -> None:
    """Raise SchemaError when a number is infinite, naming the column and the row."""
    for name, column in columns.items():
        infinite = np.empty(0) if isinstance(column, Times) else np.isinf(numbers_of(column))
        if infinite.any():
            row = int(np.flatnonzero(infinite)[0])
            raise SchemaError(
                f"expected finite numbers or missing values, got an infinity (inf) "
                f"in column {name!r}, row {row}"
            )


def _names(names: list[str], most: int = 8) -> str:
    shown = ", ".join(repr(n) for n in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
