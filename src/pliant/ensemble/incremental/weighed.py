"""Rows of a fit that count by their class: those that are searched on, and the rest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pliant.data.class_weight import ClassWeight, class_factors, mean_weight, weighed
from pliant.data.table import Table
from pliant.ensemble.incremental.remainder import Remainder, Shards


@dataclass(frozen=True)
class WeighedShards:
    """Shards whose rows count by their class; `mean` is what one of the sample counts."""

    shards: Shards
    factors: Sequence[float]
    mean: float

    @property
    def on_disk(self) -> bool:
        """Whether another process of this machine reads them as well."""
        return self.shards.on_disk

    @property
    def shard_rows(self) -> tuple[int, ...]:
        """How many rows each shard has."""
        return self.shards.shard_rows

    def shard(self, number: int) -> Table:
        """Return the rows of a shard."""
        return weighed(self.shards.shard(number), self.factors, self.mean)


def weighed_rows(
    given: ClassWeight | None, table: Table, remainder: Remainder | None
) -> tuple[Table, Remainder | None]:
    """Return rows that count by their class; all as they are where no weights are given.

    What "balanced" means is counted on the rows that are searched on.

    Raises
    ------
    ConfigError
        When the weights are not for the classes of the target.
    """
    if given is None:
        return table, remainder
    factors = class_factors(given, table.target, table.roles.weight)
    mean = mean_weight(table, factors)
    if remainder is not None:
        remainder = replace(remainder, shards=WeighedShards(remainder.shards, factors, mean))
    return weighed(table, factors, mean), remainder
