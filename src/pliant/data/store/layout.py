"""How a table lies in a store: one stream of numbers for each column of codes, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pliant.data.store.planes import PLANES, Array, Stream
from pliant.data.store.target_codec import TargetCodec, narrowest
from pliant.data.table import Roles, Table
from pliant.runtime.coded import Coded, rows_of
from pliant.runtime.kinds import Plane
from pliant.runtime.schema import Schema


@dataclass(frozen=True)
class RoleColumns:
    """The columns that say what a row counts, belongs to and when it was; None where none does.

    `mean_weight` is the mean of all weights: a store keeps them as they came, and gives them back
    with a mean of 1. `time_dtype` is float64 for numbers, int64 for microseconds since 1970, which
    are parsed by `time_format` where they are text.
    """

    weight: str | None = None
    groups: str | None = None
    time: str | None = None
    mean_weight: float = 1.0
    time_dtype: str = "int64"
    time_format: str = "iso"


@dataclass(frozen=True)
class Layout:
    """The streams of a table: codes, ids, texts (lengths, then UTF-8 bytes), target, roles."""

    schema: Schema
    answers: TargetCodec
    roles: RoleColumns

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream, in the order in which a block holds them."""
        schema, roles = self.schema, self.roles
        found = [Stream(c.name, "code", "uint8") for c in schema.binned for _ in c.codes]
        found += [Stream(n, "id", narrowest(b.n_codes)) for n, b in schema.id_columns]
        for own in schema.own_planes:
            found += PLANES[own.book.plane].streams(own)
        found.append(Stream(self.answers.name, "target", self.answers.dtype))
        named = ((roles.weight, "float64"), (roles.groups, "int64"), (roles.time, roles.time_dtype))
        for part, (column, dtype) in zip(("weight", "groups", "time"), named, strict=True):
            if column is not None:
                found.append(Stream(column, part, dtype))
        return tuple(found)

    def of(self, part: str) -> list[int]:
        """Return the numbers of the streams of a part."""
        return [j for j, stream in enumerate(self.streams) if stream.part == part]

    def split(self, table: Table, order: NDArray[np.intp]) -> list[Array]:
        """Return the streams of a table's rows in that order."""
        coded, roles = table.coded, table.roles
        found: list[Array] = [coded.codes[order, j] for j in range(coded.codes.shape[1])]
        for j, number in enumerate(self.of("id")):
            found.append(coded.ids[order, j].astype(self.streams[number].dtype))
        for own in self.schema.own_planes:
            found += PLANES[own.book.plane].split(rows_of(coded.own[own.wire], order))
        found.append(self.answers.encode(table.target)[order])
        for values in (roles.weight, roles.groups, roles.time):
            if values is not None:
                found.append(values[order])
        return found

    def join(self, arrays: Sequence[Array]) -> Table:
        """Return the table of these streams."""
        target = self.answers.decode(self._one(arrays, "target"))
        n = len(target.values)
        codes = np.empty((n, len(self.of("code"))), dtype=np.uint8)
        ids = np.empty((n, len(self.of("id"))), dtype=np.int32)
        for out, part in ((codes, "code"), (ids, "id")):
            for j, number in enumerate(self.of(part)):
                out[:, j] = arrays[number]
        start, own = codes.shape[1] + ids.shape[1], dict[str, Plane]()
        for column in self.schema.own_planes:
            plane = PLANES[column.book.plane]
            end = start + len(plane.streams(column))
            own[column.wire] = plane.join(arrays[start:end], column)
            start = end
        weight, groups, time = (
            self._one(arrays, part) if self.of(part) else None
            for part in ("weight", "groups", "time")
        )
        return Table(self.schema, Coded(codes, ids, own), target, Roles(weight, groups, time))

    def _one(self, arrays: Sequence[Array], part: str) -> Array:
        return arrays[self.of(part)[0]]
