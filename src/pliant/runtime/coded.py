"""An encoded table: what every program and every learner reads, plane by plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.kinds.base import Plane
from pliant.runtime.raw import Strings


@dataclass(frozen=True)
class Coded:
    """The planes of n rows, by the names of the wires that carry them into a program.

    `codes` uint8 (n, C): numbers, calendar parts, and what else is binned. `ids` int32 (n, D):
    dictionary ids of categories. `own`: planes of a single column each, such as `text:0`.
    `described`: what ops make of these, made once for many uses, by the wires that these make.

    Examples
    --------
    >>> coded = Coded(np.zeros((3, 2), np.uint8), np.zeros((3, 0), np.int32))
    >>> len(coded), list(coded.planes), coded["codes"].shape
    (3, ['codes', 'ids'], (3, 2))
    """

    codes: NDArray[np.uint8]
    ids: NDArray[np.int32]
    own: Mapping[str, Plane] = field(default_factory=dict)
    described: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, wire: str) -> Plane:
        return self.planes[wire]

    @property
    def planes(self) -> dict[str, Plane]:
        """Every plane by its wire, and what was made of them."""
        return {"codes": self.codes, "ids": self.ids, **self.own, **self.described}

    @property
    def texts(self) -> tuple[Strings, ...]:
        """The planes of free text."""
        return tuple(plane for plane in self.own.values() if isinstance(plane, Strings))

    @property
    def vectors(self) -> tuple[NDArray[np.float32], ...]:
        """The planes of vectors, float32 (n, W) each."""
        return tuple(plane for plane in self.arrays if plane.dtype != np.uint8)

    @property
    def grids(self) -> tuple[NDArray[np.uint8], ...]:
        """The planes of images and sounds, uint8 (n, H * W * C) each."""
        return tuple(plane for plane in self.arrays if plane.dtype == np.uint8)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """The planes of a single column that are arrays: vectors, images, sounds."""
        return tuple(plane for plane in self.own.values() if not isinstance(plane, Strings))

    def take(self, rows: NDArray[np.intp]) -> Coded:
        """Return the given rows."""
        own = {wire: rows_of(plane, rows) for wire, plane in self.own.items()}
        described = {wire: made[rows] for wire, made in self.described.items()}
        return Coded(self.codes[rows], self.ids[rows], own, described)

    def with_counts(self) -> Coded:
        """Return the same rows, the grams of texts counted: once for all that is made of them."""
        own = {wire: _with_counts(plane) for wire, plane in self.own.items()}
        return replace(self, own=own)

    def between(self, a: int, b: int) -> Coded:
        """Return the rows a to b - 1, arrays not copied."""
        if a == 0 and b >= len(self):
            return self
        own = {wire: between(plane, a, min(b, len(self))) for wire, plane in self.own.items()}
        described = {wire: made[a:b] for wire, made in self.described.items()}
        return Coded(self.codes[a:b], self.ids[a:b], own, described)


def joined(parts: Sequence[Coded]) -> Coded:
    """Return the rows of all parts, one after another; they have the same planes.

    What was made of these is left behind.
    """
    return Coded(
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.ids for part in parts]),
        {wire: _joined([part.own[wire] for part in parts]) for wire in parts[0].own},
    )


def rows_of(plane: Plane, rows: NDArray[np.intp]) -> Plane:
    """Return the given rows of a plane."""
    return plane.take(rows) if isinstance(plane, Strings) else plane[rows]


def _with_counts(plane: Plane) -> Plane:
    return plane.with_counts() if isinstance(plane, Strings) else plane


def between(plane: Plane, a: int, b: int) -> Plane:
    """Return the rows a to b - 1 of a plane."""
    return plane.take(np.arange(a, b)) if isinstance(plane, Strings) else plane[a:b]


def _joined(parts: Sequence[Plane]) -> Plane:
    """Return planes of one wire below each other, texts with one list of levels."""
    number: dict[str, int] = {}
    indices = []
    for part in parts:
        if not isinstance(part, Strings):
            return np.concatenate([np.asarray(other) for other in parts])
        own = np.array([number.setdefault(level, len(number)) for level in part.levels] + [-1])
        indices.append(own[part.indices].astype(np.int32))
    return Strings(np.concatenate(indices), list(number))
