"""A frame too large to be searched on, as shards of rows: the sample first, then all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Roles, Table
from pliant.data.target import Target
from pliant.ensemble.incremental.block_size import BlockSize, cuts
from pliant.runtime.raw import Frame
from pliant.runtime.schema import Schema


@dataclass(frozen=True)
class FrameShards:
    """The rows of a frame, dealt to shards by chance, and encoded when a shard is asked for.

    `order` is a permutation of the rows, whose first `sampled` are the first shard; the others have
    as many as `block` says.
    """

    frame: Frame
    target: Target
    roles: Roles
    schema: Schema
    order: NDArray[np.intp]
    sampled: int
    block: BlockSize
    on_disk: ClassVar[bool] = False

    @property
    def shard_rows(self) -> tuple[int, ...]:
        """How many rows each shard has."""
        return tuple(np.diff(self._ends).tolist())

    def shard(self, number: int) -> Table:
        """Return the rows of a shard."""
        start, stop = self._ends[number : number + 2]
        rows = np.sort(self.order[start:stop])
        coded = self.schema.encode(self.frame.take(rows))
        return Table(self.schema, coded, self.target.take(rows), self.roles.take(rows))

    @property
    def _ends(self) -> list[int]:
        others = len(self.order) - self.sampled
        n_shards = -(-others // self.block.shard_rows)
        return [0, *(self.sampled + end for end in cuts(others, n_shards))]
