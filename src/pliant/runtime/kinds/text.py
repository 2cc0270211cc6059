"""Free text: it stays as it is until n-grams are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from pliant.runtime.conversions import spoken
from pliant.runtime.kinds.base import ArraySource, ArrayStore, Plane, PlaneCodebook
from pliant.runtime.raw import RawColumn, Strings

N_TEXTS = 100
"""Different texts among those that are made up."""


@dataclass(frozen=True)
class TextCodebook(PlaneCodebook):
    """Nothing is learned of text but that it is some."""

    kind: ClassVar[str] = "text"
    plane: ClassVar[str] = "text"

    def encode(self, column: RawColumn) -> Strings:
        """Return the column as text, the words for "missing" missing."""
        return spoken(column)

    def decode(self, plane: Plane) -> RawColumn | None:
        """Return the texts."""
        return plane if isinstance(plane, Strings) else None

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return short texts."""
        texts = [f"some words of text {n}" for n in range(N_TEXTS)]
        return Strings(rng.integers(0, len(texts), n_rows).astype(np.int32), texts)

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return nothing."""
        return {}

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook."""
        return cls()
