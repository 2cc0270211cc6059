"""Images: pixels of one size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ModelFileError
from pliant.runtime.columns import column_from_texts
from pliant.runtime.kinds.base import ArraySource, ArrayStore, Plane
from pliant.runtime.kinds.grid import MAX_SIDE, GridCodebook
from pliant.runtime.media.images import bitmap_of, pixels_of
from pliant.runtime.media.places import MissingFiles, missing_files_named
from pliant.runtime.raw import RawColumn, Strings

N_IMAGES = 20
"""Different images among those that are made up."""


@dataclass(frozen=True)
class ImageCodebook(GridCodebook):
    """Pixels of `size`, height and width, with 3 `channels`, or 1 where all images are grey.

    Examples
    --------
    >>> from pliant.runtime.columns import column_from_values
    >>> from pliant.runtime.media.images import bitmap_of
    >>> picture = np.full((2, 2, 3), [250, 9, 0], dtype=np.uint8)
    >>> book = ImageCodebook((2, 2))
    >>> book.encode(column_from_values([bitmap_of(picture), None]))[:, :3].tolist()
    [[250, 9, 0], [0, 0, 0]]
    """

    size: tuple[int, int] = (32, 32)
    channels: int = 3
    absent: MissingFiles = "refuse"

    kind: ClassVar[str] = "image"
    plane: ClassVar[str] = "image"
    noun: ClassVar[str] = "an image"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return (*self.size, self.channels)

    @property
    def missing_files(self) -> MissingFiles:
        """Whether a file that does not exist is an error, or a missing value."""
        return self.absent

    def grid_of(self, data: bytes) -> NDArray[np.uint8]:
        """Return the pixels of the bytes of a file."""
        return pixels_of(data, self.size, self.channels)

    def decode(self, plane: Plane) -> RawColumn:
        """Return images that have these pixels (n, H * W * C)."""
        rows = np.asarray(plane, dtype=np.uint8).reshape(-1, *self.shape)
        blobs = [bitmap_of(row).decode("latin-1") if row.any() else None for row in rows]
        return column_from_texts(blobs)

    def made_up(self, n_rows: int, rng: np.random.Generator) -> RawColumn:
        """Return noise."""
        pixels = rng.integers(1, 256, (N_IMAGES, *self.shape)).astype(np.uint8)
        levels = [bitmap_of(image).decode("latin-1") for image in pixels]
        return Strings(rng.integers(0, N_IMAGES, n_rows).astype(np.int32), levels)

    def described(self) -> str:
        """Return the size."""
        return "x".join(map(str, self.shape))

    def to_json(self, arrays: ArrayStore) -> dict[str, Any]:
        """Return size and channels."""
        held = {"size": list(self.size), "channels": self.channels}
        return held | ({"missing_files": "allow"} if self.absent == "allow" else {})

    @classmethod
    def from_json(cls, described: Mapping[str, Any], arrays: ArraySource) -> Self:
        """Return the codebook of what `to_json` has written."""
        size, channels = described["size"], described["channels"]
        sides = [side for side in size if type(side) is int and 1 <= side <= MAX_SIDE]
        if len(sides) != 2 or len(size) != 2 or channels not in (1, 3):
            raise ModelFileError(f"expected the size of images, got {size!r} and {channels!r}")
        missing = missing_files_named(described.get("missing_files", "refuse"))
        return cls((sides[0], sides[1]), channels, missing)
