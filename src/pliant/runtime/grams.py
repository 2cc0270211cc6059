"""Counted n-grams of text: words and characters hashed to slots, the same at fit and at predict.

A gram is 1 to `words` tokens in a row, or 1 to 3 characters of a script without spaces; or `low` to
`high` characters in a row within a token, the space before it and the one after included. Its slot
is the low `bits` bits of its CRC-32, for grams of characters with a newline before.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.tokens import is_unspaced, tokens_of

if HAVE_KERNEL:
    from pliant.runtime import _kernel

UNSPACED_WORDS = 3
"""Characters of scripts without spaces in a gram, where `words` are fewer."""

MAX_WORDS, MAX_BITS, MAX_COUNT = 4, 22, 255

TOGETHER = 4_096
"""Texts that are counted at once."""

DAMPED = np.array(
    [0, *(round(16 * (1 + math.log(count))) for count in range(1, MAX_COUNT + 1))], dtype=np.uint8
)
"""What a count is worth, uint8 (256,): 16 (1 + log count), whole so that sums of it are exact."""


@dataclass(frozen=True)
class GramRecipe:
    """Which grams are counted: up to `words` tokens, `low` to `high` characters (none where `high`
    is 0), hashed to 2 ** `bits` slots.

    Examples
    --------
    >>> sorted(GramRecipe(words=2).words_of(["ab", "c"]))
    ['ab', 'ab c', 'c']
    >>> sorted(GramRecipe(low=3, high=3).within("ab"))
    [' ab', 'ab ']
    """

    words: int = 2
    low: int = 2
    high: int = 5
    bits: int = 18

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Words, low, high and bits, as the kernel takes them."""
        return self.words, self.low, self.high, self.bits

    def words_of(self, tokens: Sequence[str]) -> Iterator[str]:
        """Give the grams of tokens, apart by spaces."""
        unspaced = 0
        for last, token in enumerate(tokens):
            unspaced = unspaced + 1 if is_unspaced(token) else 0
            longest = max(self.words, min(unspaced, UNSPACED_WORDS))
            for first in range(max(0, last + 1 - longest), last + 1):
                yield " ".join(tokens[first : last + 1])

    def within(self, token: str) -> Iterator[str]:
        """Give the grams of a token's characters, where it has several."""
        padded = f" {token} "
        for first in range(len(padded) - 1 if len(token) > 1 and not is_unspaced(token) else 0):
            shortest = first + max(1, self.low)
            for end in range(shortest, min(first + self.high, len(padded)) + 1):
                if (first, end) != (0, 1):
                    yield padded[first:end]

    def slots_of(self, text: str) -> Iterator[int]:
        """Give the slots of a text's grams."""
        tokens, last = tokens_of(text), (1 << self.bits) - 1
        for gram in self.words_of(tokens):
            yield zlib.crc32(gram.encode()) & last
        for token in tokens:
            for gram in self.within(token):
                yield zlib.crc32(b"\n" + gram.encode()) & last

    def count(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Return the slots of a text's grams, sorted, and how often each occurs, 255 at most."""
        counted = sorted(Counter(self.slots_of(text)).items())
        slots, counts = zip(*counted, strict=True) if counted else ((), ())
        return np.array(slots, dtype=np.int32), np.minimum(counts, MAX_COUNT).astype(np.uint8)


LONG = 400.0
"""Characters of a text in the mean from which words say enough: characters cost more than they
tell (docs/media.md)."""


MUCH = 1_000_000
"""Bytes of all texts in UTF-8 from which 2 ** 18 slots are too few: different grams would share
them (online_shopping_category, six megabytes: accuracy 0.898 with 2 ** 20, 0.896 with 2 ** 18)."""


def recipe_for(texts: Sequence[str]) -> GramRecipe:
    """Return which grams to count of texts like these: of long ones, words alone; of much text,
    into more slots.

    Examples
    --------
    >>> recipe_for(["where is my card?"]).high, recipe_for(["a long story " * 99]).high
    (5, 0)
    """
    characters = sum(map(len, texts)) / max(1, len(texts))
    if characters >= LONG:
        return GramRecipe(words=3, low=0, high=0, bits=22)
    n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return GramRecipe(bits=20 if n_bytes >= MUCH else 18)


@dataclass(frozen=True)
class GramCounts:
    """How often each gram occurs in L texts, one text after another.

    `slots` int32 are sorted within a text, `counts` uint8; `starts` int64 (L + 1,) says where each
    text begins.
    """

    slots: NDArray[np.int32]
    counts: NDArray[np.uint8]
    starts: NDArray[np.int64]
    recipe: GramRecipe

    @classmethod
    def of(cls, texts: Sequence[str], recipe: GramRecipe) -> GramCounts:
        """Return the counts of texts."""
        slots, counts = list[NDArray[np.int32]](), list[NDArray[np.uint8]]()
        lengths = np.zeros(len(texts) + 1, dtype=np.int64)
        for start in range(0, len(texts), TOGETHER):
            part = texts[start : start + TOGETHER]
            found = _counted(part, recipe, lengths[1 + start : 1 + start + len(part)])
            slots.append(found[0])
            counts.append(found[1])
        empty = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.uint8)
        return cls(
            np.concatenate([empty[0], *slots]),
            np.concatenate([empty[1], *counts]),
            np.cumsum(lengths),
            recipe,
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def values(self) -> NDArray[np.uint8]:
        """What each count is worth."""
        return DAMPED[self.counts]

    def take(self, texts: NDArray[np.intp]) -> GramCounts:
        """Return the counts of the given texts, one after another."""
        lengths = np.diff(self.starts)[texts]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        at = np.arange(starts[-1]) + np.repeat(self.starts[texts] - starts[:-1], lengths)
        return GramCounts(self.slots[at], self.counts[at], starts, self.recipe)

    def lengths(self) -> NDArray[np.float64]:
        """Return the Euclidean length of each text's values, float64 (L,); 1 where it has none."""
        squares = np.concatenate([[0.0], np.cumsum(self.values.astype(np.float64) ** 2)])
        own: NDArray[np.float64] = squares[self.starts[1:]] - squares[self.starts[:-1]]
        return np.asarray(np.sqrt(np.maximum(own, 1.0)))


def joined_tokens(texts: Sequence[str]) -> tuple[str, ...]:
    """Return texts as the kernel takes them: tokens, apart by single spaces."""
    return tuple([" ".join(tokens_of(text)) for text in texts])


def _counted(
    texts: Sequence[str], recipe: GramRecipe, lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return slots and counts of texts, and write how many each has to `lengths`."""
    if HAVE_KERNEL:
        slots, counts = _kernel.gram_counts(joined_tokens(texts), recipe.numbers, lengths)
        return np.frombuffer(slots, dtype=np.int32), np.frombuffer(counts, dtype=np.uint8)
    found = [recipe.count(text) for text in texts]
    lengths[:] = [len(slots) for slots, _ in found]
    return np.concatenate([s for s, _ in found]), np.concatenate([c for _, c in found])
