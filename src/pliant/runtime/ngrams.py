"""Hashed n-grams of text: the same buckets at fit and at predict, by a checksum of each gram."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.raw import Strings

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


def gram_scores(text: Strings, weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return float64 (n, V): the mean over a text's buckets of `weights` (B, V), NaN if missing.

    The mean is times the square root of the number of buckets, so that long texts, which say
    more, reach further.
    """
    table = np.full((len(text.levels) + 1, weights.shape[1]), np.nan)
    for i in np.unique(text.indices[text.indices >= 0]):
        found = buckets_of(text.levels[i], len(weights))
        table[i] = weights[found].sum(axis=0, dtype=np.float64) / max(1.0, len(found) ** 0.5)
    return table[text.indices]
