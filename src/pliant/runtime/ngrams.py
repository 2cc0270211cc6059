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

from pliant.runtime.level import HAVE_KERNEL

if HAVE_KERNEL:
    from pliant.runtime import _kernel

if TYPE_CHECKING:
    from pliant.runtime.raw import Strings

BUCKETS, MAX_BUCKETS = 2**15, 2**16
"""Buckets of the grams of a text, and how many there may be."""

TOGETHER, CELLS = 4_096, 4_000_000
"""Texts that are hashed at once, and weights of their grams that are added up at once."""

_WORD = re.compile(r"\w+")
_LONGEST = 20_000
"""Characters of a text that are read."""


def buckets_of(text: str, n_buckets: int) -> NDArray[np.uint16]:
    """Return the sorted distinct buckets of a text's words, word pairs and 4-character grams.

    Examples
    --------
    >>> buckets_of("ab", 32768).tolist()
    [18541]
    """
    found = {zlib.crc32(gram.encode()) % n_buckets for gram in _grams(_words(text))}
    return np.array(sorted(found), dtype=np.uint16)


def _words(text: str) -> str:
    """Return the words of a text, small and apart by single spaces."""
    return " ".join(_WORD.findall(text[:_LONGEST].lower()))


def _grams(words: str) -> Iterator[str]:
    each = words.split()
    yield from each
    for first, second in pairwise(each):
        yield f"{first} {second}"
    for i in range(len(words) - 3):
        yield "#" + words[i : i + 4]


def all_buckets(texts: Sequence[str], n_buckets: int) -> tuple[bytes, NDArray[np.int64]]:
    """Return the buckets of texts, one after another, and how many each has."""
    counts = np.zeros(len(texts), dtype=np.int64)
    if HAVE_KERNEL:
        return _kernel.gram_buckets(tuple(map(_words, texts)), n_buckets, counts), counts
    found = [buckets_of(text, n_buckets) for text in texts]
    counts[:] = [len(buckets) for buckets in found]
    return b"".join(buckets.tobytes() for buckets in found), counts


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
        for start in range(0, len(used), TOGETHER):
            part = used[start : start + TOGETHER]
            buckets, counts = all_buckets([levels[i] for i in part.tolist()], n_buckets)
            found += buckets
            lengths[part + 1] = counts
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
        used = np.unique(indices[indices >= 0])
        lengths = np.diff(self.starts)
        ends = np.cumsum(lengths[used])
        start = 0
        while start < len(used):
            most = (ends[start - 1] if start else 0) + CELLS // weights.shape[1]
            stop = max(start + 1, int(np.searchsorted(ends, most, side="right")))
            part = used[start:stop]
            table[part] = self._sums(part, weights)
            start = stop
        table[used] /= np.maximum(1.0, np.sqrt(lengths[used]))[:, None]
        return table[indices]

    def _sums(self, texts: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return float64 (t, V): the sum of weights over the buckets of each text."""
        lengths = np.diff(self.starts)[texts]
        sums = np.zeros((len(texts), weights.shape[1]))
        some = lengths > 0
        begins = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(self.starts[texts] - begins, lengths)
        if len(places):
            held = weights[self.buckets[places]].astype(np.float64)
            sums[some] = np.add.reduceat(held, begins[some], axis=0)
        return sums


def gram_scores(text: Strings, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return `Grams.scores` of rows of text, hashed into as many buckets as there are weights."""
    return text.hashed(len(weights)).scores(text.indices, weights)
