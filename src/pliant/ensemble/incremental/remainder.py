"""The rest: the rows that the search does not see, and those that judge in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Table
from pliant.ensemble.incremental.block_size import BlockSize
from pliant.runtime.schema import Schema

MAX_HELD, HELD_SHARE = 50_000, 0.2
"""Rows that are held out, and the share of a shard that they are at most."""


class Shards(Protocol):
    """Rows dealt to shards by chance, those of a store on disk or of a frame in memory."""

    @property
    def on_disk(self) -> bool:
        """Whether another process of this machine reads them as well, at no cost to this one."""
        ...

    @property
    def shard_rows(self) -> tuple[int, ...]:
        """How many rows each shard has."""
        ...

    def shard(self, number: int) -> Table:
        """Return the rows of a shard."""
        ...


@dataclass(frozen=True)
class Remainder:
    """The shards from number `first` on. Some rows of the last one are held out to judge on.

    Models come to the others in blocks; `block` says how large.

    Where `first` is 0 the sample's rows are among them; the last shard's never are of the sample.
    """

    shards: Shards
    first: int
    seed: int
    block: BlockSize = field(default_factory=BlockSize)

    def __len__(self) -> int:
        return self._ends[-1]

    def held_out(self) -> Table:
        """Return the rows that judge: neither the search nor training sees them."""
        last = len(self.shards.shard_rows) - 1
        return self.shards.shard(last).take(self._held)

    def tables(self, start: int, stop: int) -> Iterator[Table]:
        """Give the rows from `start` to `stop` of those to train on, a shard at a time."""
        for i, (begin, end) in enumerate(zip(self._starts, self._ends, strict=True)):
            low, high = max(start, begin) - begin, min(stop, end) - begin
            if low >= high:
                continue
            table = self.shards.shard(self.first + i)
            rows = self._kept if end == len(self) else np.arange(len(table))
            yield table if high - low == len(table) else table.take(rows[low:high])

    @cached_property
    def _sides(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows of the last shard: those that judge, and those to train on."""
        n_rows = self.shards.shard_rows[-1]
        n_held = min(MAX_HELD, int(HELD_SHARE * n_rows))
        order = np.random.default_rng(self.seed).permutation(n_rows)
        return np.sort(order[:n_held]), np.sort(order[n_held:])

    @property
    def _held(self) -> NDArray[np.intp]:
        return self._sides[0]

    @property
    def _kept(self) -> NDArray[np.intp]:
        return self._sides[1]

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        rows = [*self.shards.shard_rows[self.first : -1], len(self._kept)]
        return tuple(int(end) for end in np.cumsum(rows))

    @property
    def _starts(self) -> tuple[int, ...]:
        return (0, *self._ends[:-1])


def supervised(schema: Schema) -> bool:
    """Return whether features are made from targets: their rows are then trained on as they are
    in the sample only, where a row's own target is left out.
    """
    return bool(schema.id_columns or schema.text_columns)
