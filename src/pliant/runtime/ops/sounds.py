"""An op that describes sounds by random convolution kernels, in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pliant.runtime.ops.base import Array, Op, Run, Wire, one, register
from pliant.runtime.ops.images import shape_of

MAX_KERNELS = 10_000
LENGTH = 9
"""Frames that a kernel sees."""

DILATIONS = (1, 2, 4, 6)
"""Frames from one that a kernel sees to the next; kernels have them in turn."""

BANDS, STEP = 8, 4
"""Neighbouring bands that a kernel sees at most, and from where on: every fourth band."""

BIAS = 40.0
"""How far biases are from 0, in answers of a kernel of length 1."""

GAIN = 0.9
"""What an answer of 1 of a kernel of length 1 is as a code."""

_CHUNK_BYTES = 8 << 20
"""Bytes of windows that are held at once."""

_MASK = (1 << 64) - 1


@register("kernels")
def kernels(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Describe spectrograms by random kernels, after ROCKET (Dempster, Petitjean and Webb, 2020).

    Each of `count` kernels, drawn from a `seed`, sees 9 frames of 1 to 8 neighbouring bands; its
    weights add up to 0. It gives two codes, the share of frames at which its answer is above a
    bias, and the greatest answer: uint8 (n, 2 * count), the shares first. Beyond its ends a sound
    goes on as it ends. One that is missing gives zeros.
    """
    bands, frames, channels = shape_of(op, one(inputs, "audio"))
    count = op.integer("count", 1, MAX_KERNELS)
    if channels != 1:
        raise ValueError(f"expected spectrograms of one channel, got {channels}")
    groups = drawn(count, bands, op.integer("seed", 0, 1 << 31))
    step = max(1, _CHUNK_BYTES // (4 * BANDS * LENGTH * frames))

    def run(pixels: Array) -> Array:
        out = np.zeros((len(pixels), 2 * count), dtype=np.uint8)
        for a in range(0, len(pixels), step):
            part = pixels[a : a + step].reshape(-1, bands, frames)
            there = (part.max(axis=(1, 2)) > 0)[:, None]
            for group in groups:
                shares, most = group.answers(part)
                out[a : a + step, group.numbers] = np.where(there, shares, 0)
                out[a : a + step, count + group.numbers] = np.where(there, most, 0)
        return out

    return run, Wire("codes", 2 * count)


@dataclass(frozen=True)
class Kernels:
    """Kernels of one dilation that see the same bands, from `start` to `stop`.

    `numbers` intp (k,) say which they are; `weights` float32 ((stop - start) * 9, k) and `bias`
    float32 (k,) are whole; `length` float32 (k,) is the Euclidean length of the weights.
    """

    numbers: Array
    dilation: int
    start: int
    stop: int
    weights: Array
    bias: Array
    length: Array

    def answers(self, pixels: Array) -> tuple[Array, Array]:
        """Return the shares and the greatest answers of spectrograms (n, bands, frames)."""
        n, _, frames = pixels.shape
        margin = self.dilation * (LENGTH // 2)
        within = np.pad(
            pixels[:, self.start : self.stop], ((0, 0), (0, 0), (margin, margin)), mode="edge"
        )
        seen = [within[:, :, t * self.dilation :][:, :, :frames] for t in range(LENGTH)]
        windows = np.stack(seen, axis=-1).transpose(0, 2, 1, 3).reshape(n * frames, -1)
        found = (windows.astype(np.float32) @ self.weights).reshape(n, frames, -1)
        above = (found > self.bias).sum(axis=1)
        most = np.rint(found.max(axis=1) * (GAIN / self.length))
        return np.rint(above * (255 / frames)), np.clip(most, 1, 255)


def drawn(count: int, bands: int, seed: int) -> list[Kernels]:
    """Return random kernels by dilation and bands; the same on every machine."""
    most = min(BANDS, bands)
    starts = list(range(0, max(1, bands - most + 1), STEP))
    if starts[-1] != bands - most:
        starts.append(bands - most)
    number = np.arange(count)
    which = _noise(seed, 0, count) % np.uint64(len(starts))
    n_bands = 1 + (_noise(seed, 1, count) % np.uint64(most)).astype(np.intp)
    first = (_noise(seed, 2, count) % (most - n_bands + 1).astype(np.uint64)).astype(np.intp)
    normal = _normal(seed, 3, count * most * LENGTH).reshape(count, most, LENGTH)
    band = np.arange(most)
    sees = (band >= first[:, None]) & (band < (first + n_bands)[:, None])
    weights = _of_mean_zero(np.where(sees[:, :, None], normal, 0), sees)
    length = np.sqrt((weights**2).sum(axis=(1, 2)).astype(np.float64))
    bias = np.rint(_normal(seed, 4, count) / 37.0 * BIAS * length)
    groups = []
    for d, dilation in enumerate(DILATIONS):
        for s, start in enumerate(starts):
            own = np.flatnonzero((number % len(DILATIONS) == d) & (which == s))
            if len(own):
                flat = weights[own].reshape(len(own), -1).T.astype(np.float32)
                arrays = flat, bias[own].astype(np.float32), length[own].astype(np.float32)
                groups.append(Kernels(own, dilation, start, start + most, *arrays))
    return groups


def _of_mean_zero(weights: Array, sees: Array) -> Array:
    """Return whole weights (k, b, 9) whose sum is 0 over what a kernel sees, 0 elsewhere."""
    flat, where = weights.reshape(len(weights), -1), np.repeat(sees, LENGTH, axis=1)
    n = where.sum(axis=1)
    total = flat.sum(axis=1)
    place = np.cumsum(where, axis=1)  # the first places bear what division leaves over
    spread = total[:, None] // n[:, None] + (place <= (total % n)[:, None])
    return np.where(where, flat - spread, 0).reshape(weights.shape)


def _noise(seed: int, stream: int, count: int) -> Array:
    """Return random uint64 (count,): SplitMix64 (Steele, Lea and Flood, 2014)."""
    start = (seed * 0x9E3779B97F4A7C15 + stream * 0xD1B54A32D192ED03) & _MASK
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = steps + np.uint64(start)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _normal(seed: int, stream: int, count: int) -> Array:
    """Return whole numbers, about normal with a deviation of 37: a quarter of four bytes' sum."""
    bytes_ = _noise(seed, stream, (count + 1) // 2).astype("<u8").view(np.uint8)
    sums = bytes_.reshape(-1, 4).astype(np.int64).sum(axis=1)[:count]
    return np.asarray((sums - 510) // 4)
