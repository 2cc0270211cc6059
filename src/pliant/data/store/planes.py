"""Planes that belong to one column, as streams of a block, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.kinds import Plane
from pliant.runtime.raw import Strings
from pliant.runtime.schema import OwnPlane

Array = NDArray[Any]


@dataclass(frozen=True)
class Stream:
    """One array of a block: the column it is made of, which part of it, its type, and how many
    numbers a row has.
    """

    column: str
    part: str
    dtype: str
    numbers: int = 1


class PlaneStreams(Protocol):
    """How planes of one type are kept."""

    def streams(self, own: OwnPlane) -> list[Stream]:
        """Return the streams of a column; a "text" has as many bytes as the one before it says."""

    def split(self, plane: Plane) -> list[Array]:
        """Return the arrays of its streams."""

    def join(self, arrays: Sequence[Array], own: OwnPlane) -> Plane:
        """Return the plane of the arrays of its streams."""


class TextStreams:
    """The length of each row's UTF-8 text, -1 where missing, and all the bytes."""

    def streams(self, own: OwnPlane) -> list[Stream]:
        """Return lengths and bytes."""
        return [Stream(own.name, "length", "int32"), Stream(own.name, "text", "uint8")]

    def split(self, plane: Plane) -> list[Array]:
        """Return lengths int32 (n,) and bytes uint8."""
        assert isinstance(plane, Strings)
        words = [level.encode("utf-8", "surrogatepass") for level in plane.levels]
        lengths = np.array([*map(len, words), -1], dtype=np.int32)[plane.indices]
        together = b"".join([words[i] for i in plane.indices.tolist() if i >= 0])
        return [lengths, np.frombuffer(together, dtype=np.uint8)]

    def join(self, arrays: Sequence[Array], own: OwnPlane) -> Plane:
        """Return the texts, equal ones once."""
        lengths, data = arrays
        ends = np.cumsum(np.maximum(lengths, 0), dtype=np.int64)
        whole = data.tobytes()
        levels: dict[str, int] = {}
        indices = np.full(len(lengths), -1, dtype=np.int32)
        starts = ends - np.maximum(lengths, 0)
        for row in np.flatnonzero(lengths >= 0).tolist():
            word = whole[starts[row] : ends[row]].decode("utf-8", "surrogatepass")
            indices[row] = levels.setdefault(word, len(levels))
        return Strings(indices, list(levels))


class VectorStreams:
    """A stream of float32 for each number of a row."""

    def streams(self, own: OwnPlane) -> list[Stream]:
        """Return as many streams as the vectors are wide."""
        return [Stream(own.name, "value", "float32")] * own.book.width

    def split(self, plane: Plane) -> list[Array]:
        """Return float32 (n,) a number."""
        return list(np.asarray(plane, dtype=np.float32).T)

    def join(self, arrays: Sequence[Array], own: OwnPlane) -> Plane:
        """Return float32 (n, W)."""
        return np.stack(arrays, axis=1)


class GridStreams:
    """One stream of the bytes of all grids, one row after another."""

    def streams(self, own: OwnPlane) -> list[Stream]:
        """Return the stream."""
        return [Stream(own.name, "grid", "uint8", own.book.width)]

    def split(self, plane: Plane) -> list[Array]:
        """Return uint8 (n * W,)."""
        return [np.asarray(plane, dtype=np.uint8).reshape(-1)]

    def join(self, arrays: Sequence[Array], own: OwnPlane) -> Plane:
        """Return uint8 (n, W)."""
        return arrays[0].reshape(-1, own.book.width)


PLANES: Mapping[str, PlaneStreams] = MappingProxyType(
    {
        "text": TextStreams(),
        "values": VectorStreams(),
        "image": GridStreams(),
        "audio": GridStreams(),
    }
)
"""How the planes of `PlaneCodebook.plane` are kept."""
