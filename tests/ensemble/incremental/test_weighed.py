"""Rows that the search does not see count by their class as those that it sees."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.data.table import Table
from pliant.ensemble.incremental.remainder import Remainder
from pliant.ensemble.incremental.weighed import weighed_rows
from pliant.testing import small_table


class TwoShards:
    """A table as two shards."""

    on_disk = False
    shard_rows = (100, 60)

    def shard(self, number: int) -> Table:
        rows = np.arange(100) if number == 0 else np.arange(100, 160)
        return small_table(160).take(rows)


def test_a_row_of_a_class_counts_the_same_everywhere() -> None:
    shards = TwoShards()
    sample, remainder = weighed_rows("balanced", shards.shard(0), Remainder(shards, 1, 0))
    assert remainder is not None
    assert sample.roles.weight is not None
    assert sample.roles.weight.mean() == pytest.approx(1.0)
    for table in (*remainder.tables(0, len(remainder)), remainder.held_out()):
        for number in (0, 1):
            of_class = sample.roles.weight[sample.target.values == number][0]
            assert table.roles.weight is not None
            assert table.roles.weight[table.target.values == number] == pytest.approx(of_class)


def test_without_weights_rows_stay_as_they_are() -> None:
    table, rest = small_table(), Remainder(TwoShards(), 1, 0)
    assert weighed_rows(None, table, rest) == (table, rest)
