"""How often each text occurs in a stream, in bounded memory."""

from __future__ import annotations

import zlib
from collections import Counter

import numpy as np

from pliant.runtime.raw import Strings

_MAX_HASHES = 1 << 14


class Sketch:
    """Counts texts, at most `most` of them (Misra and Gries, 1982, merged as batches come).

    The `kept` most frequent ones are what it tells of.

    While there are no more than that, counts are exact. Beyond, each is at most `error` too
    small, and every text that occurs more often than `error` is there. How many different texts
    there were is estimated from those whose hash ends in zeros (Flajolet, 1990), to about 1 %.
    """

    def __init__(self, most: int, kept: int) -> None:
        self._most, self._kept = most, kept
        self._counts: Counter[str] = Counter()
        self._hashes: set[int] = set()
        self._zeros = 0
        self.error = 0

    def add(self, column: Strings) -> None:
        """Count the values of a batch."""
        found = np.bincount(column.indices[column.indices >= 0], minlength=len(column.levels))
        present = np.flatnonzero(found)
        words = [column.levels[i] for i in present.tolist()]
        new = [word for word in words if word not in self._counts]
        self._counts.update(dict(zip(words, found[present].tolist(), strict=True)))
        self._estimate(new)
        if len(self._counts) > self._most:
            self._prune()

    @property
    def n_distinct(self) -> int:
        """How many different texts there were: exactly, or estimated where some were let go."""
        return len(self._hashes) << self._zeros if self.error else len(self._counts)

    def levels(self, most: int) -> list[str]:
        """Return the most frequent texts, at most so many and those that are kept, ties by name."""
        known = sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [word for word, _ in known[: min(most, self._kept)]]

    def _estimate(self, words: list[str]) -> None:
        mask = (1 << self._zeros) - 1
        hashes = (zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words)
        self._hashes.update(h for h in hashes if not h & mask)
        while len(self._hashes) > _MAX_HASHES:
            self._zeros += 1
            self._hashes = {h for h in self._hashes if not h & ((1 << self._zeros) - 1)}

    def _prune(self) -> None:
        """Let half go: take from each count that of the first that goes."""
        counts = np.fromiter(self._counts.values(), np.int64, len(self._counts))
        keep = self._most // 2
        cut = int(np.partition(counts, len(counts) - keep - 1)[len(counts) - keep - 1])
        self.error += cut
        self._counts = Counter({w: n - cut for w, n in self._counts.items() if n > cut})
