"""Augmentation: images shifted by a few pixels, and every other time mirrored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


def shifted(images: Images, most: int, rng: np.random.Generator) -> Images:
    """Return images uint8 (n, H, W, C), each moved by up to `most` pixels down or up, and across.

    What comes in at an edge is what lies inside of it, mirrored. Sides of at most `most` pixels are
    moved by as many as they have, less one.
    """
    n, high, wide, _ = images.shape
    rows, columns = min(most, high - 1), min(most, wide - 1)
    padded = np.pad(images, ((0, 0), (rows, rows), (columns, columns), (0, 0)), mode="reflect")
    moves = rng.integers(0, [2 * rows + 1, 2 * columns + 1], (n, 2))
    out = np.empty_like(images)
    for y in range(2 * rows + 1):
        for x in range(2 * columns + 1):
            at = np.flatnonzero((moves[:, 0] == y) & (moves[:, 1] == x))
            out[at] = padded[at, y : y + high, x : x + wide]
    return out


def mirrored(images: Images, which: NDArray[np.bool_]) -> Images:
    """Return images uint8 (n, H, W, C), those of `which` (n,) with left and right exchanged."""
    out = images.copy()
    out[which] = images[which][:, :, ::-1]
    return out
