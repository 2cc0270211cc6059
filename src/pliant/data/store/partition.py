"""Chance as a function of the row's number: the same however the rows come in batches."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE, PILES = 1, 2
"""What keys are for: rows to learn codebooks from are drawn apart from where rows are dealt."""

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def row_keys(first: int, count: int, purpose: int, seed: int) -> NDArray[np.uint64]:
    """Return a uint64 key of each row `first`, `first` + 1, ..., as good as drawn at random.

    The generator is SplitMix64 (Steele, Lea and Flood, 2014), jumped to the row.
    """
    start = _mixed(np.array([(seed << 8) + purpose], dtype=np.uint64) * _GOLDEN)
    return _mixed((np.arange(first, first + count, dtype=np.uint64) + start) * _GOLDEN)


def deal(first: int, count: int, n_shards: int, seed: int) -> NDArray[np.int64]:
    """Return the shard of each row `first`, `first` + 1, ..., int64 of shape (count,)."""
    high = row_keys(first, count, PILES, seed) >> np.uint64(32)
    return ((high * np.uint64(n_shards)) >> np.uint64(32)).astype(np.int64)


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))
