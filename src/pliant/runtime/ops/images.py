"""Ops that describe images: directions of edges, and colours. All of it is in whole numbers.

Their sums are exact in any order, so that a description is the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pliant.runtime.kinds.grid import MAX_SIDE
from pliant.runtime.ops.base import Array, Op, Run, Wire, one, register

MAX_CELLS, MAX_DIRECTIONS = 32, 36
"""Cells of a side, and directions, at most."""

UNIT = 1024
"""The length of the whole numbers that point in a direction."""

FLAT = 100.0
"""The length of gradients below which a block counts as flat: about a contrast of 3 of 255."""

GAIN = 400.0
"""What a normalised gradient of 1 is as a code; above 255 / 400 it is cut, as by Lowe (2004)."""

BITS = 3
"""A channel has 2 ** 3 intensities."""

_CHUNK_BYTES = 1 << 20
"""Bytes of pixels that are described at once."""


@register("gradients")
def gradients(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Describe images by histograms of oriented gradients (Dalal and Triggs, 2005).

    The image is cut into `cells` by `cells`. At each pixel the channel with the steepest gradient
    counts: its length goes to the `directions`, which share half a turn, by how close they are. The
    histograms of four cells that touch are divided by their Euclidean length, and become codes
    uint8 (n, (cells - 1)^2 * 4 * directions). An image that is missing gives zeros.
    """
    shape = shape_of(op, one(inputs, "image"))
    cells = op.integer("cells", 2, min(MAX_CELLS, *shape[:2]))
    directions = op.integer("directions", 2, MAX_DIRECTIONS)

    def run(pixels: Array) -> Array:
        parts = [
            _normalised(_histograms(part, cells, directions)) for part in _parts(pixels, shape)
        ]
        return np.concatenate(parts)

    return run, Wire("codes", (cells - 1) ** 2 * 4 * directions)


@register("colours")
def colours(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Describe images by how often each channel has each of eight intensities, cell by cell.

    The image is cut into `cells` by `cells`; a code is 255 times the root of the share of a cell's
    pixels, uint8 (n, cells^2 * channels * 8). An image that is missing gives zeros.
    """
    shape = shape_of(op, one(inputs, "image"))
    cells = op.integer("cells", 1, min(MAX_CELLS, *shape[:2]))

    def run(pixels: Array) -> Array:
        return np.concatenate([_shares(part, cells) for part in _parts(pixels, shape)])

    return run, Wire("codes", cells**2 * shape[2] << BITS)


def shape_of(op: Op, wire: Wire) -> tuple[int, int, int]:
    """Return the height, width and channels of the grids of a wire, as the settings say.

    Raises
    ------
    ValueError
        When they are not as wide as the wire.
    """
    height, width = op.integer("height", 1, MAX_SIDE), op.integer("width", 1, MAX_SIDE)
    channels = op.integer("channels", 1, 4)
    if height * width * channels != wire.width:
        raise ValueError(f"expected {wire.width} bytes a row, got {height} x {width} x {channels}")
    return height, width, channels


def _parts(pixels: Array, shape: tuple[int, int, int]) -> Iterator[Array]:
    """Give some images at a time, int32 (n, H, W, C); of no image, one part without any."""
    step = max(1, _CHUNK_BYTES // pixels.shape[1])
    for a in range(0, max(1, len(pixels)), step):
        yield pixels[a : a + step].reshape(-1, *shape).astype(np.int32)


def _cell_sums(values: Array, cells: int) -> Array:
    """Return the sums of values (n, H, W, ...) over the cells, (n, cells, cells, ...)."""
    for axis in (1, 2):
        starts = np.arange(cells) * values.shape[axis] // cells
        values = np.add.reduceat(values, starts, axis=axis)
    return values


def _histograms(pixels: Array, cells: int, directions: int) -> Array:
    """Return how long the gradients of each direction are in each cell, int32 (n, c, c, D)."""
    across, down = np.zeros_like(pixels), np.zeros_like(pixels)
    across[:, :, 1:-1] = pixels[:, :, 2:] - pixels[:, :, :-2]
    down[:, 1:-1] = pixels[:, 2:] - pixels[:, :-2]
    across, down = _steepest(across, down)
    length = np.rint(np.sqrt((across * across + down * down).astype(np.float32))).astype(np.int32)
    angles = np.pi * np.arange(directions) / directions
    step = np.rint(UNIT * np.stack([np.cos(angles), np.sin(angles)], axis=1)).astype(np.int32)
    least = length * round(UNIT * np.cos(np.pi / directions))
    out = np.empty((len(pixels), cells, cells, directions), dtype=np.int32)
    for d, (x, y) in enumerate(step.tolist()):
        along = np.abs(x * across + y * down)
        along -= least  # none at the next direction
        np.maximum(along, 0, out=along)
        along >>= 6
        out[..., d] = _cell_sums(along, cells)
    return out


def _steepest(across: Array, down: Array) -> tuple[Array, Array]:
    """Return the gradients (n, H, W) of the channel that is steepest at each pixel."""
    if across.shape[3] == 1:
        return across[..., 0], down[..., 0]
    best, x, y = -1, across[..., 0], down[..., 0]
    best = x * x + y * y
    for c in range(1, across.shape[3]):
        own = across[..., c] ** 2 + down[..., c] ** 2
        steeper = own > best
        best = np.where(steeper, own, best)
        x, y = np.where(steeper, across[..., c], x), np.where(steeper, down[..., c], y)
    return x, y


def _normalised(histograms: Array) -> Array:
    """Return blocks of four cells, each divided by its length, as uint8 codes (n, B * 4 * D)."""
    n, cells, _, directions = histograms.shape
    blocks = []
    for i in range(cells - 1):
        for j in range(cells - 1):
            block = (
                histograms[:, i : i + 2, j : j + 2].reshape(n, 4 * directions).astype(np.float64)
            )
            length = np.sqrt((block * block).sum(axis=1, keepdims=True))  # of whole numbers: exact
            blocks.append(np.minimum(np.rint(block * (GAIN / (length + FLAT))), 255))
    return np.concatenate(blocks, axis=1).astype(np.uint8)


def _shares(pixels: Array, cells: int) -> Array:
    """Return the roots of shares of intensities, uint8 codes (n, cells^2 * C * 8)."""
    intensity, there = pixels >> (8 - BITS), pixels.any(axis=(1, 2, 3))
    area = _cell_sums(np.ones((1, *pixels.shape[1:3], 1), dtype=np.int32), cells)
    out = np.empty((len(pixels), cells, cells, pixels.shape[3], 1 << BITS), dtype=np.uint8)
    for level in range(1 << BITS):
        counts = _cell_sums((intensity == level).astype(np.int32), cells)
        out[..., level] = np.rint(255 * np.sqrt(counts / area))
    out[~there] = 0
    return out.reshape(len(pixels), math.prod(out.shape[1:]))
