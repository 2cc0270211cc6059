"""The schema: which columns a model reads, of what kind, and how each is encoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import MediaError, SchemaError
from pliant.runtime.binning import bin_numbers
from pliant.runtime.coded import Coded
from pliant.runtime.conversions import numbers_of
from pliant.runtime.kinds import (
    BinnedCodebook,
    Codebook,
    DictionaryCodebook,
    GridCodebook,
    NumberCodebook,
    Plane,
    PlaneCodebook,
)
from pliant.runtime.parts import side_by_side
from pliant.runtime.raw import Frame, RawColumn, Times

_FEW_ROWS = 256
"""Up to so many rows, all numbers are binned by one call; beyond, column by column saves memory."""


@dataclass(frozen=True)
class Column:
    """One column of the table.

    `kind` is number, category, time, text, image, audio or one from outside for a column in use,
    which has a `codebook`; else it is constant, empty, identifier or unread, and `note` says why.
    """

    name: str
    kind: str
    codebook: Codebook | None = None
    note: str = ""

    @property
    def used(self) -> bool:
        """Whether models read the column."""
        return self.codebook is not None


class Binned(NamedTuple):
    """A column whose values are binned, and which columns of `Coded.codes` are its."""

    name: str
    book: BinnedCodebook
    codes: range


class OwnPlane(NamedTuple):
    """A column that is a plane of its own, and the wire of that."""

    name: str
    book: PlaneCodebook
    wire: str

    def encode(self, column: RawColumn) -> Plane:
        """Return the plane; of an image or a sound that cannot be read, the column is named."""
        try:
            return self.book.encode(column)
        except MediaError as error:
            raise error.of(self.name) from None


@dataclass(frozen=True)
class Schema:
    """The columns of a table in their order, those left out included."""

    columns: tuple[Column, ...]

    @cached_property
    def used(self) -> tuple[Column, ...]:
        """The columns that models read."""
        return tuple(c for c in self.columns if c.used)

    @cached_property
    def books(self) -> tuple[tuple[str, Codebook], ...]:
        """Name and codebook of each column that models read."""
        return tuple((c.name, c.codebook) for c in self.columns if c.codebook is not None)

    @property
    def remarks(self) -> tuple[tuple[str, str], ...]:
        """Name and remark of each column that a user may want to state otherwise.

        Columns without two different values, and those that were stated, are not among them.
        """
        told = (c for c in self.columns if c.note and (c.used or c.kind == "identifier"))
        return tuple((c.name, c.note if c.used else f"left out, {c.note}") for c in told)

    @cached_property
    def binned(self) -> tuple[Binned, ...]:
        """The columns that are binned, in the order of their codes: by kind, then as they stand."""
        found = [(name, book) for name, book in self.books if isinstance(book, BinnedCodebook)]
        out, start = [], 0
        for name, book in sorted(found, key=lambda pair: pair[1].order):
            codes = range(start, start + len(book.bins))
            out.append(Binned(name, book, codes))
            start = codes.stop
        return tuple(out)

    @cached_property
    def code_columns(self) -> tuple[tuple[str, NumberCodebook], ...]:
        """Name and codebook of each column of `Coded.codes`."""
        return tuple(
            (f"{column.name}{part}", bins)
            for column in self.binned
            for part, bins in column.book.bins
        )

    @cached_property
    def id_columns(self) -> tuple[tuple[str, DictionaryCodebook], ...]:
        """Name and codebook of each column of `Coded.ids`."""
        return tuple((n, book) for n, book in self.books if isinstance(book, DictionaryCodebook))

    @cached_property
    def own_planes(self) -> tuple[OwnPlane, ...]:
        """The columns that are planes of their own, numbered by what the planes hold."""
        counts: dict[str, int] = {}
        out = []
        for name, book in self.books:
            if isinstance(book, PlaneCodebook):
                number = counts.get(book.plane, 0)
                counts[book.plane] = number + 1
                out.append(OwnPlane(name, book, f"{book.plane}:{number}"))
        return tuple(out)

    @cached_property
    def text_columns(self) -> tuple[str, ...]:
        """Name of each entry of `Coded.texts`."""
        return tuple(column.name for column in self.own_planes if column.book.plane == "text")

    @cached_property
    def vectors(self) -> tuple[OwnPlane, ...]:
        """The columns whose planes are float32 (n, W)."""
        return tuple(column for column in self.own_planes if column.book.plane == "values")

    @cached_property
    def grids(self) -> tuple[OwnPlane, ...]:
        """The columns of images and sounds, whose planes are uint8 (n, H * W * C)."""
        return tuple(o for o in self.own_planes if isinstance(o.book, GridCodebook))

    def encode(self, frame: Frame, threads: int = 1) -> Coded:
        """Return the encoded table; columns of many rows are split among `threads`.

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
        n_rows = frame.n_rows
        codes = self._encode_codes(frame, threads)
        ids = np.empty((n_rows, len(self.id_columns)), dtype=np.int32, order="F")
        side_by_side(
            n_rows,
            threads,
            [
                partial(_encode_ids, ids, j, book, frame[name])
                for j, (name, book) in enumerate(self.id_columns)
            ],
        )
        planes = {own.wire: own.encode(frame[own.name]) for own in self.own_planes}
        return Coded(codes, ids, planes)

    @cached_property
    def _edges(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        edges = [book.edges for _, book in self.code_columns]
        offsets = np.cumsum([0, *map(len, edges)], dtype=np.int64)
        return np.concatenate([np.empty(0), *edges]), offsets

    def _encode_codes(self, frame: Frame, threads: int) -> NDArray[np.uint8]:
        if frame.n_rows <= _FEW_ROWS:
            values = np.empty((frame.n_rows, len(self.code_columns)))
            j = 0
            for name, book, _ in self.binned:
                for numbers in book.values(frame[name]):
                    values[:, j] = numbers
                    j += 1
            if np.isinf(values).any():
                refuse_infinite({column.name: frame[column.name] for column in self.binned})
            return bin_numbers(values, *self._edges)
        codes = np.empty((frame.n_rows, len(self.code_columns)), dtype=np.uint8, order="F")
        infinite = side_by_side(
            frame.n_rows,
            threads,
            [
                partial(book.encode_into, codes[:, places.start : places.stop], frame[name])
                for name, book, places in self.binned
            ],
        )
        if any(infinite):
            refuse_infinite({column.name: frame[column.name] for column in self.binned})
        return codes


def _encode_ids(
    ids: NDArray[np.int32], place: int, book: DictionaryCodebook, column: RawColumn
) -> None:
    ids[:, place] = book.encode(column)


def refuse_infinite(columns: Mapping[str, RawColumn]) -> None:
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
