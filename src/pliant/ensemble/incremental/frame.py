"""A frame too large to be searched on, as piles of rows: the sample first, then all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.data.table import Roles, Table
from pliant.data.target import Target
from pliant.ensemble.incremental.blocks import cuts
from pliant.runtime.raw import Frame
from pliant.runtime.schema import Schema

PILE_ROWS = 100_000
"""Rows of a pile but the first, at most: so many are encoded at once."""


@dataclass(frozen=True)
class FramePiles:
    """The rows of a frame, dealt to piles by chance, and encoded when a pile is asked for.

    `order` is a permutation of the rows, whose first `sampled` are the first pile.
    """

    frame: Frame
    target: Target
    roles: Roles
    schema: Schema
    order: NDArray[np.intp]
    sampled: int
    on_disk: ClassVar[bool] = False

    @property
    def pile_rows(self) -> tuple[int, ...]:
        """How many rows each pile has."""
        return tuple(np.diff(self._ends).tolist())

    def pile(self, number: int) -> Table:
        """Return the rows of a pile."""
        start, stop = self._ends[number : number + 2]
        rows = np.sort(self.order[start:stop])
        coded = self.schema.encode(self.frame.take(rows))
        return Table(self.schema, coded, self.target.take(rows), self.roles.take(rows))

    @property
    def _ends(self) -> list[int]:
        others = len(self.order) - self.sampled
        return [0, *(self.sampled + end for end in cuts(others, -(-others // PILE_ROWS)))]
