"""How large the blocks are in which models come to the rows that the search does not see."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.core.errors import ConfigError


@dataclass(frozen=True)
class BlockSize:
    """How many rows a block has, and how many are made into features at a time.

    Parameters
    ----------
    min_rows : int
        Rows of a block below which it is too small a sample of all to learn from. Where memory does
        not hold as many, a model stays as it was on the rows of the search.
    max_rows : int or None
        Rows of a block at most; None leaves that to memory and time.
    shard_rows : int
        Rows of a frame that are encoded at once, at most. A store has shards of its own.

    Raises
    ------
    ConfigError
        When a block may have no rows, or fewer than it must have.
    """

    min_rows: int = 20_000
    max_rows: int | None = None
    shard_rows: int = 100_000

    def __post_init__(self) -> None:
        if self.min_rows < 1 or self.shard_rows < 1:
            raise ConfigError(
                f"expected blocks and shards of at least 1 row, got {self.min_rows} "
                f"and {self.shard_rows}"
            )
        if self.max_rows is not None and self.max_rows < self.min_rows:
            raise ConfigError(
                f"expected blocks to be allowed {self.min_rows:,} rows, which they need at least, "
                f"got at most {self.max_rows:,}"
            )

    def bounded(self, rows: float) -> float:
        """Return how many rows a block has where there is room for so many.

        Examples
        --------
        >>> BlockSize().bounded(1e6), BlockSize(max_rows=50_000).bounded(1e6)
        (1000000.0, 50000)
        """
        return rows if self.max_rows is None else min(rows, self.max_rows)


def cuts(n_rows: int, n_blocks: int) -> list[int]:
    """Return where rows are cut into blocks of equal size, from 0 to `n_rows`.

    Examples
    --------
    >>> cuts(100_000, 3)
    [0, 33333, 66666, 100000]
    """
    return [n_rows * i // n_blocks for i in range(n_blocks + 1)]
