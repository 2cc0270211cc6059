"""A block: some features of a split, as ops, and the codes of its training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.ops import Op

View = Literal["plain", "crossed", "arithmetic", "grams", "grids"]
"""How a candidate sees a table: the columns, or pairs of them besides; or, in place of what is made
of free text, the text itself, with its grams counted; or, in place of what is made of images and
sounds, their grids."""

READ: Mapping[View, tuple[str, ...]] = MappingProxyType(
    {"grams": ("text",), "grids": ("image", "audio")}
)
"""The planes that models read themselves, by the views in which they do; no features are made of
these then."""


def reads(view: View, plane: str) -> bool:
    """Return whether models that see a table so read a plane of that kind themselves."""
    return plane in READ.get(view, ())


@dataclass(frozen=True)
class Feature:
    """One column of features.

    `kind` is number, category or statistic. `n_codes` counts its codes. `centers` float32
    (n_codes,): the value of each code in the column's own unit, NaN for missing; for a category,
    whose codes are names, None. `monotone` is 1 where predictions must not fall with the code, -1
    where they must not rise, else 0.
    """

    name: str
    kind: str
    n_codes: int
    centers: NDArray[np.float32] | None = None
    monotone: int = 0


@dataclass(frozen=True)
class Block:
    """Features that one function makes.

    `ops` make the wire `output` from codes, ids or text. `train` uint8 (n, F): the codes of the
    training rows, which see target statistics of which their own target is no part.
    """

    ops: tuple[Op, ...]
    output: str
    features: tuple[Feature, ...]
    train: NDArray[np.uint8]


def number_feature(name: str, book: NumberCodebook, kind: str = "number") -> Feature:
    """Return the feature of a number codebook."""
    missing = np.array([np.nan], dtype=np.float32)
    return Feature(name, kind, book.n_codes, np.concatenate([missing, book.centers]))
