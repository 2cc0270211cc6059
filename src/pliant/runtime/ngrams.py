"""Hashed n-grams of text: the same buckets at fit and at predict, by a checksum of each gram."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pliant.runtime.raw import Strings

BUCKETS, MOST_BUCKETS = 2**15, 2**16
"""Buckets of the grams of a text, and how many there may be."""

_WORD = re.compile(r"\w+")
_LONGEST = 20_000
"""Characters of a text that are read."""


def buckets_of(text: str, n_buckets: int) -> NDArray[np.int64]:
    """Return the sorted distinct buckets of a text's words, word pairs and 4-character grams."""
    found = {zlib.crc32(gram.encode()) % n_buckets for gram in _grams(text[:_LONGEST].lower())}
    return np.array(sorted(found), dtype=np.int64)


def _grams(text: str) -> Iterator[str]:
    words = _WORD.findall(text)
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"
    joined = " ".join(words)
    for i in range(len(joined) - 3):
        yield "#" + joined[i : i + 4]


@dataclass(frozen=True)
class Grams:
    """Buckets uint16 of L texts, one after another; `starts` int64 (L + 1,) says where each begins.

    They are distinct within a text, and less than `n_buckets`.
    """

    buckets: NDArray[np.uint16]
    starts: NDArray[np.int64]
    n_buckets: int

    @classmethod
    def of(cls, levels: Sequence[str], used: NDArray[np.integer[Any]], n_buckets: int) -> Grams:
        """Return the grams of the texts with the numbers `used`; others have none."""
        lengths = np.zeros(len(levels) + 1, dtype=np.int64)
        found = bytearray()
        for i in used.tolist():
            buckets = buckets_of(levels[i], n_buckets).astype(np.uint16)
            found += buckets.tobytes()
            lengths[i + 1] = len(buckets)
        return cls(np.frombuffer(found, dtype=np.uint16), np.cumsum(lengths), n_buckets)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> NDArray[np.uint16]:
        return self.buckets[self.starts[i] : self.starts[i + 1]]

    def scores(
        self, indices: NDArray[np.int32], weights: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Return float64 (n, V): the mean of `weights` (B, V) over a text's buckets; missing, NaN.

        The mean is times the square root of the number of buckets, so that long texts, which say
        more, reach further.
        """
        table = np.full((len(self) + 1, weights.shape[1]), np.nan)
        for i in np.unique(indices[indices >= 0]).tolist():
            found = self[i]
            table[i] = weights[found].sum(axis=0, dtype=np.float64) / max(1.0, len(found) ** 0.5)
        return table[indices]


def gram_scores(text: Strings, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return `Grams.scores` of rows of text, hashed into as many buckets as there are weights."""
    return text.hashed(len(weights)).scores(text.indices, weights)
