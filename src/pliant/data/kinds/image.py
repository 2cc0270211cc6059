"""Images: which columns hold them, and of what size their pixels are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

from pliant.core.config import refuse_below_one
from pliant.data.kinds.media import MediaKind, bytes_sampled, size_of
from pliant.runtime.kinds import Codebook, ImageCodebook
from pliant.runtime.media.blobs import IMAGE_SUFFIXES
from pliant.runtime.media.images import header_of
from pliant.runtime.media.places import HERE
from pliant.runtime.media.unreadable import UnreadableError
from pliant.runtime.raw import Strings


@dataclass(frozen=True)
class ImageSize:
    """Of what size the pixels of a column's images are kept.

    Images that are all of one size up to `kept` pixels a side keep it. Any others become squares:
    of `small` pixels a side where the shorter side of half of them has at most `few` pixels, else
    of `large` pixels.

    Examples
    --------
    >>> policy = ImageSize()
    >>> policy.of([(28, 28), (28, 28)]), policy.of([(40, 60), (44, 44)]), policy.of([(480, 640)])
    ((28, 28), (32, 32), (64, 64))
    """

    kept: int = 64
    few: int = 48
    small: int = 32
    large: int = 64

    def __post_init__(self) -> None:
        refuse_below_one(self)

    def of(self, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """Return height and width for images of these heights and widths."""
        if len(set(sizes)) == 1 and max(sizes[0]) <= self.kept:
            return sizes[0]
        side = self.small if sizes and median(map(min, sizes)) <= self.few else self.large
        return side, side


class ImageKind(MediaKind):
    """Pictures, as bytes, paths or URLs."""

    codebook: ClassVar[type[Codebook]] = ImageCodebook
    rank: ClassVar[float] = 5
    suffixes: ClassVar[tuple[str, ...]] = IMAGE_SUFFIXES
    noun: ClassVar[str] = "an image"

    def __init__(self, size: ImageSize | None = None) -> None:
        self._size = size or ImageSize()

    def learned(self, column: Strings, mark: str) -> Codebook:
        """Return the codebook: the size of some of the images, and whether any has colours."""
        sizes, colours = [], False
        for data in bytes_sampled(column):
            try:
                size, coloured = header_of(data)
            except UnreadableError:  # told with its row when all are read
                continue
            sizes.append(size)
            colours |= coloured
        absent = (column.folder or HERE).missing
        channels = 3 if colours or not sizes else 1
        return ImageCodebook(size_of(mark) or self._size.of(sizes), channels, absent)
