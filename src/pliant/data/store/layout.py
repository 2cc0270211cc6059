"""How a table lies in a store: one stream of numbers for each column of codes, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.data.store.answers import Answers, narrowest
from pliant.data.table import Roles, Table
from pliant.runtime.raw import Strings
from pliant.runtime.schema import Coded, Schema

Array = NDArray[Any]


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
class Stream:
    """One array of a block: the column it is made of, which part of it, and its type."""

    column: str
    part: str
    dtype: str


@dataclass(frozen=True)
class Layout:
    """The streams of a table: codes, ids, texts (lengths, then UTF-8 bytes), target, roles."""

    schema: Schema
    answers: Answers
    roles: RoleColumns

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream, in the order in which a block holds them."""
        schema, roles = self.schema, self.roles
        times = [c.name for c in schema.columns if c.kind == "time"]
        owner = {f"{name}.": name for name in times}
        found = []
        for j, (name, _) in enumerate(schema.code_columns):
            is_part = j >= len(schema.code_columns) - self._n_time_parts
            prefix = f"{name.rpartition('.')[0]}."
            found.append(Stream(owner[prefix] if is_part else name, "code", "uint8"))
        found += [Stream(n, "id", narrowest(b.n_codes)) for n, b in schema.id_columns]
        for name in schema.text_columns:
            found += [Stream(name, "length", "int32"), Stream(name, "text", "uint8")]
        found.append(Stream(self.answers.name, "target", self.answers.dtype))
        named = ((roles.weight, "float64"), (roles.groups, "int64"), (roles.time, roles.time_dtype))
        for part, (column, dtype) in zip(("weight", "groups", "time"), named, strict=True):
            if column is not None:
                found.append(Stream(column, part, dtype))
        return tuple(found)

    @cached_property
    def _n_time_parts(self) -> int:
        books = [c.codebook for c in self.schema.columns if c.kind == "time"]
        return sum(len(getattr(book, "parts", ())) for book in books)

    def of(self, part: str) -> list[int]:
        """Return the numbers of the streams of a part."""
        return [j for j, stream in enumerate(self.streams) if stream.part == part]

    def split(self, table: Table, order: NDArray[np.intp]) -> list[Array]:
        """Return the streams of a table's rows in that order."""
        coded, roles = table.coded, table.roles
        found: list[Array] = [coded.codes[order, j] for j in range(coded.codes.shape[1])]
        for j, number in enumerate(self.of("id")):
            found.append(coded.ids[order, j].astype(self.streams[number].dtype))
        for text in coded.texts:
            found += _unwoven(text.take(order))
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
        pairs = zip(self.of("length"), self.of("text"), strict=True)
        texts = tuple(_woven(arrays[i], arrays[j]) for i, j in pairs)
        weight, groups, time = (
            self._one(arrays, part) if self.of(part) else None
            for part in ("weight", "groups", "time")
        )
        return Table(self.schema, Coded(codes, ids, texts), target, Roles(weight, groups, time))

    def _one(self, arrays: Sequence[Array], part: str) -> Array:
        return arrays[self.of(part)[0]]


def _unwoven(text: Strings) -> list[Array]:
    """Return the length of each row's UTF-8 text, -1 where missing, and all the bytes."""
    words = [level.encode("utf-8", "surrogatepass") for level in text.levels]
    lengths = np.array([*map(len, words), -1], dtype=np.int32)[text.indices]
    joined = b"".join([words[i] for i in text.indices.tolist() if i >= 0])
    return [lengths, np.frombuffer(joined, dtype=np.uint8)]


def _woven(lengths: Array, data: Array) -> Strings:
    ends = np.cumsum(np.maximum(lengths, 0), dtype=np.int64)
    whole = data.tobytes()
    levels: dict[str, int] = {}
    indices = np.full(len(lengths), -1, dtype=np.int32)
    starts = ends - np.maximum(lengths, 0)
    for row in np.flatnonzero(lengths >= 0).tolist():
        word = whole[starts[row] : ends[row]].decode("utf-8", "surrogatepass")
        indices[row] = levels.setdefault(word, len(levels))
    return Strings(indices, list(levels))
