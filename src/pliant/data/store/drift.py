"""Drift: how often values are odd to codebooks that were learned before they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pliant.data.table import Table
from pliant.runtime.kinds import MISSING, UNSEEN

Counts = Mapping[str, tuple[int, int]]
"""Of each column of codes or ids: how many values were there, and how many of them were odd."""


@dataclass
class OddCounter:
    """Counts levels that are unseen, and numbers that lie in the first or the last bin."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, table: Table) -> None:
        """Take some rows."""
        schema, coded = table.schema, table.coded
        for j, (name, book) in enumerate(schema.code_columns):
            codes = coded.codes[:, j]
            there = int(np.count_nonzero(codes))
            last = book.n_codes - 1
            ends = np.count_nonzero(codes == 1) + (last > 1) * np.count_nonzero(codes == last)
            self._count(name, there, int(ends))
        for j, (name, _) in enumerate(schema.id_columns):
            ids = coded.ids[:, j]
            there = int(np.count_nonzero(ids != MISSING))
            self._count(name, there, int(np.count_nonzero(ids == UNSEEN)))

    def _count(self, name: str, there: int, odd: int) -> None:
        known = self.counts.get(name, (0, 0))
        self.counts[name] = known[0] + there, known[1] + odd


@dataclass(frozen=True)
class Drift:
    """What appended rows are like: of each column the share of odd values before, and in them."""

    rows: int
    shares: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, rows: int, before: Counts, found: Counts) -> Drift:
        """Return the drift of so many rows."""
        return cls(rows, {name: (_share(before[name]), _share(found[name])) for name in found})

    def described(self, most: int = 5) -> list[str]:
        """Return the columns that have drifted most, those that have not left out."""
        moved = sorted(self.shares.items(), key=lambda item: item[1][0] - item[1][1])
        return [
            f"column {name!r}: {after:.1%} of its values are unseen, or in the first or last bin; "
            f"{before:.1%} were before"
            for name, (before, after) in moved[:most]
            if after - before >= NOTABLE
        ]


NOTABLE = 0.01
"""A rise of the share of odd values from which it is told."""


def added(first: Counts, second: Counts) -> dict[str, tuple[int, int]]:
    """Return the sums of two counts of the same columns."""
    return {n: (first[n][0] + second[n][0], first[n][1] + second[n][1]) for n in first}


def _share(counts: tuple[int, int]) -> float:
    return counts[1] / max(1, counts[0])
