"""The table as workers get it: all that features are made from, nothing that encodes new rows.

Its schema has a column for each column of a plane, of the kinds that are always there: so workers
need no kind from outside. The edges of the bins take 2 kB a column, and the names of many levels
more than their ids. Texts are their counted grams.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Table
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import (
    ArraySource,
    ArrayStore,
    CategoryCodebook,
    GridCodebook,
    NumberCodebook,
    Plane,
    PlaneCodebook,
    TextCodebook,
)
from pliant.runtime.raw import RawColumn, Strings
from pliant.runtime.schema import Column, OwnPlane, Schema


@dataclass(frozen=True)
class BareCategories(CategoryCodebook):
    """As many ids as there were, their names left behind: it encodes nothing."""

    levels: tuple[str, ...] = ()
    count: int = 0

    @property
    def n_codes(self) -> int:
        """The number of ids, "missing" and "unseen" included."""
        return self.count


@dataclass(frozen=True)
class BareVectors(PlaneCodebook):
    """As many numbers a row as there were: it encodes nothing."""

    size: int

    kind: ClassVar[str] = "vectors"
    plane: ClassVar[str] = "values"

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return self.size

    def encode(self, column: RawColumn) -> Plane:
        """Return vectors that are missing throughout."""
        return np.full((len(column), self.size), np.nan, dtype=np.float32)

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return text that is missing."""
        return Strings(np.full(n_rows, -1, dtype=np.int32), [])

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return the size."""
        return {"size": self.size}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        return cls(int(described["size"]))


@dataclass(frozen=True)
class BareImages(GridCodebook):
    """Images of the size that there was: it encodes nothing."""

    sides: tuple[int, int, int]

    kind: ClassVar[str] = "images"
    plane: ClassVar[str] = "image"
    noun: ClassVar[str] = "an image"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.sides

    def grid_of(self, data: bytes) -> NDArray[np.uint8]:
        """Return a grid that is missing."""
        return np.zeros(self.sides, dtype=np.uint8)

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return text that is missing."""
        return Strings(np.full(n_rows, -1, dtype=np.int32), [])

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return the sides."""
        return {"sides": list(self.sides)}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        height, width, channels = map(int, described["sides"])
        return cls((height, width, channels))


@dataclass(frozen=True)
class BareSounds(BareImages):
    """Sounds of as many bands and frames as there were: it encodes nothing."""

    kind: ClassVar[str] = "sounds"
    plane: ClassVar[str] = "audio"
    noun: ClassVar[str] = "a sound"


_GRIDS: Mapping[str, type[BareImages]] = {"image": BareImages, "audio": BareSounds}


def bare(table: Table) -> Table:
    """Return the same rows under a schema that says only what their codes are worth."""
    return replace(table, schema=_bare_schema(table.schema), coded=_bare_rows(table.coded))


def _bare_schema(schema: Schema) -> Schema:
    numbers = (Column(name, "number", _edgeless(book)) for name, book in schema.code_columns)
    words = (Column(n, "category", BareCategories(count=b.n_codes)) for n, b in schema.id_columns)
    texts = (Column(name, "text", TextCodebook()) for name in schema.text_columns)
    vectors = (Column(v.name, BareVectors.kind, BareVectors(v.book.width)) for v in schema.vectors)
    grids = (_bare_grid(own) for own in schema.grids)
    return Schema((*numbers, *words, *texts, *vectors, *grids))


def _bare_grid(own: OwnPlane) -> Column:
    assert isinstance(own.book, GridCodebook)
    kind = _GRIDS[own.book.plane]
    return Column(own.name, kind.kind, kind(own.book.shape))


def _edgeless(book: NumberCodebook) -> NumberCodebook:
    return replace(book, edges=np.empty(0))


def _bare_rows(coded: Coded) -> Coded:
    return replace(coded, own={wire: _bare_plane(plane) for wire, plane in coded.own.items()})


def _bare_plane(plane: Plane) -> Plane:
    return replace(plane.with_counts(), levels=[]) if isinstance(plane, Strings) else plane
