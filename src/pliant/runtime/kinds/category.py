"""Categories: a word becomes its number in a dictionary, the most frequent levels first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ModelFileError
from pliant.runtime.grammar import is_missing_word, meanings
from pliant.runtime.kinds.base import (
    FIRST_LEVEL,
    MISSING,
    UNSEEN,
    ArraySource,
    ArrayStore,
    DictionaryCodebook,
)
from pliant.runtime.raw import RawColumn, Strings


@dataclass(frozen=True)
class CategoryCodebook(DictionaryCodebook):
    """A dictionary of `levels`, most frequent first.

    A word that is no level, and no word for "missing", is the level that means the same: the same
    truth, number or time, written in another way.

    Examples
    --------
    >>> book = CategoryCodebook(("red", "1.5"))
    >>> [book.id_of(word) for word in ("red", "1.50", "green", "NA")]
    [2, 3, 1, 0]
    """

    levels: tuple[str, ...]

    kind: ClassVar[str] = "category"

    @property
    def n_codes(self) -> int:
        """The number of ids, "missing" and "unseen" included."""
        return len(self.levels) + FIRST_LEVEL

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each level."""
        return {level: i for i, level in enumerate(self.levels, start=FIRST_LEVEL)}

    def id_of(self, word: str) -> int:
        """Return the id of one word."""
        found = self.ids.get(word)
        if found is not None:
            return found
        if is_missing_word(word):
            return MISSING
        known = (self._meant.get(meaning) for meaning in meanings(word))
        return next((i for i in known if i is not None), UNSEEN)

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return levels."""
        levels = list(self.levels) or [""]
        return Strings(rng.integers(0, len(levels), n_rows).astype(np.int32), levels)

    def decode(self, ids: NDArray[np.int32]) -> RawColumn:
        """Return words that have these ids (n,)."""
        unseen = "unseen"
        while unseen in self.ids:
            unseen += "_"
        return Strings(ids - FIRST_LEVEL + 1, [unseen, *self.levels])

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return the levels."""
        return {"levels": list(self.levels)}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        levels = described["levels"]
        if not all(isinstance(level, str) for level in levels):
            raise ModelFileError("expected levels that are text")
        return cls(tuple(levels))

    @cached_property
    def _meant(self) -> dict[object, int]:
        """The id of the most frequent level of each meaning; what it means first comes first."""
        first, then = dict[object, int](), dict[object, int]()
        for level, i in self.ids.items():
            for place, meaning in enumerate(meanings(level, padded=True)):
                (then if place else first).setdefault(meaning, i)
        return then | first
