"""Deal rows to shards in bounded memory: what is too much to hold waits in a file beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.config import refuse_below_one
from pliant.data.store.blocks import Block, write_block
from pliant.data.store.layout import Layout
from pliant.data.store.partition import deal
from pliant.data.table import Table
from pliant.runtime.schema import Schema

Array = NDArray[Any]


@dataclass(frozen=True)
class ShardSize:
    """How large shards become, but for chance, and how much is held while they are written.

    Parameters
    ----------
    rows : int
        Rows of a shard, at most.
    table_bytes : int
        Bytes that a shard takes as a table in memory, at most.
    held_bytes : int
        Bytes of dealt codes that are held in memory before they are put aside.

    Raises
    ------
    ConfigError
        When one is no whole number from 1 on.

    Examples
    --------
    >>> import pliant
    >>> pliant.data.ShardSize(rows=0)
    Traceback (most recent call last):
    pliant.core.errors.ConfigError: expected a whole number from 1 on as rows of ShardSize, got 0
    """

    rows: int = 250_000
    table_bytes: int = 24 << 20
    held_bytes: int = 64 << 20

    def __post_init__(self) -> None:
        refuse_below_one(self)

    def most_rows(self, schema: Schema, arrow: Mapping[str, int], rows: int) -> int:
        """Return how many of so many `rows` a shard has at most.

        `arrow` is the bytes of each column of all rows, as Arrow.
        """
        width = len(schema.code_columns) + 4 * len(schema.id_columns) + 8
        width += sum(4 * own.book.width for own in schema.vectors)
        width += sum(own.book.width for own in schema.grids)
        texts = sum(arrow[name] + 4 * rows for name in schema.text_columns)
        return max(1, min(self.rows, int(self.table_bytes / (width + texts / rows))))


@dataclass(frozen=True)
class _Dealt:
    """The streams of a batch in the order of shards, and where each shard begins in them."""

    arrays: list[Array]
    bounds: list[NDArray[np.int64]]

    def of(self, shard: int, stream: int) -> Array:
        bounds = self.bounds[stream]
        return self.arrays[stream][bounds[shard] : bounds[shard + 1]]


class ShardWriter:
    """Takes tables, and writes the rows of each shard as one block of a file.

    Which shard a row goes to depends on its number and the seed alone; `first` is the number of
    the first row. Codes beyond `held_bytes` are put aside in a file in `folder`, which is gone
    after `finish`.
    """

    def __init__(
        self,
        layout: Layout,
        n_shards: int,
        seed: int,
        folder: Path,
        first: int = 0,
        *,
        held_bytes: int = ShardSize.held_bytes,
    ) -> None:
        self._layout, self._n_shards, self._seed = layout, n_shards, seed
        self._most_bytes = held_bytes
        self.rows = first
        self._held: list[_Dealt] = []
        self._held_bytes = 0
        self._aside = folder / "aside"
        self._segments: list[list[tuple[int, list[int]]]] = [[] for _ in range(n_shards)]

    def add(self, table: Table) -> None:
        """Deal the rows of a table."""
        shards = deal(self.rows, len(table), self._n_shards, self._seed)
        self.rows += len(table)
        order = np.argsort(
            shards.astype(np.uint16 if self._n_shards < 1 << 16 else np.int64), kind="stable"
        )
        rows = _ends(np.bincount(shards, minlength=self._n_shards))
        arrays = self._layout.split(table, order)
        bounds = [rows * stream.numbers for stream in self._layout.streams]
        for j in self._layout.of("text"):
            bounds[j] = _ends(np.maximum(arrays[j - 1], 0))[rows]
        self._held.append(_Dealt(arrays, bounds))
        self._held_bytes += sum(array.nbytes for array in arrays)
        if self._held_bytes > self._most_bytes:
            self._put_aside()

    def finish(self, file: IO[bytes], number: int) -> list[Block]:
        """Write every shard that has rows as a block of the file, the store's `number`th."""
        blocks = []
        for shard in range(self._n_shards):
            arrays = self._gathered(shard)
            rows = len(arrays[self._layout.of("target")[0]])
            if rows:
                start = file.tell()
                sizes, checks = write_block(file, arrays)
                blocks.append(Block(shard, rows, number, start, tuple(sizes), tuple(checks)))
        self._aside.unlink(missing_ok=True)
        return blocks

    def _put_aside(self) -> None:
        """Write what is held to the file beside, shard after shard."""
        with self._aside.open("ab") as file:
            for shard, segments in enumerate(self._segments):
                start = file.tell()
                sizes = []
                for stream in range(len(self._layout.streams)):
                    parts = [dealt.of(shard, stream) for dealt in self._held]
                    sizes.append(sum(part.nbytes for part in parts))
                    file.writelines(np.ascontiguousarray(part).data for part in parts)
                segments.append((start, sizes))
        self._held, self._held_bytes = [], 0

    def _gathered(self, shard: int) -> list[Array]:
        """Return the streams of a shard: of what was put aside, and of what is held."""
        parts: list[list[Array]] = [[] for _ in self._layout.streams]
        if self._segments[shard]:
            with self._aside.open("rb") as file:
                for start, sizes in self._segments[shard]:
                    file.seek(start)
                    for found, size, stream in zip(parts, sizes, self._layout.streams, strict=True):
                        found.append(np.frombuffer(file.read(size), stream.dtype))
        for j, found in enumerate(parts):
            found.extend(dealt.of(shard, j) for dealt in self._held)
        empty = [np.empty(0, stream.dtype) for stream in self._layout.streams]
        return [np.concatenate([none, *found]) for none, found in zip(empty, parts, strict=True)]


def _ends(counts: Array) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
