"""Log-mel spectrograms: samples of any rate -> bands by frames, the same picture at every rate.

Bands lie on the mel scale (Stevens, Volkmann and Newman, 1937) between 0 Hz and a `top`, so that
sounds of 8 kHz and of 44 kHz are alike as far as both have these bands, and nothing is resampled.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

WINDOW, HOP = 0.025, 0.010
"""Seconds of a window, and from one to the next."""

RANGE, QUIET = 80.0, 35.0
"""Decibels below the loudest that are told apart; and at which the ends of a sound are cut."""

_TOGETHER = 512
"""Windows that are transformed at once."""


def log_mel(
    samples: NDArray[np.float32], rate: int, bands: int, frames: int, top: float
) -> NDArray[np.uint8]:
    """Return a spectrogram, uint8 (bands, frames): 255 the loudest, 1 at 80 dB below and silence.

    Ends that are 35 dB quieter than the loudest window are cut; the rest is stretched or averaged
    to so many frames.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000).astype(np.float32)
    >>> picture = log_mel(tone, 8000, 40, 64, 4000.0)
    >>> picture.shape, int(picture[:, 32].argmax())
    ((40, 64), 18)
    """
    power = np.concatenate(list(_mel_power(samples, rate, bands, top)))
    loudness = power.sum(axis=1)
    loud = np.flatnonzero(loudness >= loudness.max() * 10 ** (-QUIET / 10))
    power = power[loud[0] : loud[-1] + 1]
    greatest = power.max()
    if greatest <= 0:
        return np.ones((bands, frames), dtype=np.uint8)
    decibels = 10 * np.log10(power / greatest + 10 ** (-RANGE / 10))
    levels = 1 + 254 * (1 + np.clip(decibels, -RANGE, 0) / RANGE)
    codes: NDArray[np.uint8] = np.rint(_stretched(levels, frames)).astype(np.uint8)
    return np.ascontiguousarray(codes.T)


def _mel_power(
    samples: NDArray[np.float32], rate: int, bands: int, top: float
) -> Iterator[NDArray[np.float64]]:
    """Give the power of bands, window after window, float64 (w, bands)."""
    size, hop = max(2, round(WINDOW * rate)), max(1, round(HOP * rate))
    if len(samples) < size:
        samples = np.pad(samples, (0, size - len(samples)))
    n_fft = 1 << (2 * size - 1).bit_length()
    filters, taper = _filters(rate, n_fft, bands, top), np.hanning(size)
    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    for a in range(0, len(windows), _TOGETHER):
        spectrum = np.fft.rfft(windows[a : a + _TOGETHER] * taper, n_fft, axis=1)
        yield (spectrum.real**2 + spectrum.imag**2) @ filters


@lru_cache(maxsize=32)
def _filters(rate: int, n_fft: int, bands: int, top: float) -> NDArray[np.float64]:
    """Return triangular filters (n_fft // 2 + 1, bands) that sum to 1; to 0 beyond the rate."""
    edges = _hertz(np.linspace(0, _mel(top), bands + 2))
    hertz = np.arange(n_fft // 2 + 1)[:, None] * (rate / n_fft)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (hertz - low) / (middle - low), (high - hertz) / (high - middle)
    weights = np.maximum(0, np.minimum(rising, falling))
    weights[:, middle > rate / 2] = 0
    made: NDArray[np.float64] = weights / np.maximum(weights.sum(axis=0), 1e-12)
    return made


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    made: NDArray[np.float64] = 700 * (10 ** (mel / 2595) - 1)
    return made


def _stretched(levels: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Return levels (t, bands) as so many frames: between two in a line, or means of many."""
    t = len(levels)
    if t <= frames:
        at = np.linspace(0, t - 1, frames)
        low = np.minimum(at.astype(np.intp), max(0, t - 2))
        share = (at - low)[:, None]
        made: NDArray[np.float64] = (
            levels[low] * (1 - share) + levels[np.minimum(low + 1, t - 1)] * share
        )
        return made
    ends = np.linspace(0, t, frames + 1)
    sums = np.concatenate([np.zeros((1, levels.shape[1])), np.cumsum(levels, axis=0)])
    low = np.minimum(ends.astype(np.intp), t - 1)
    at_ends = sums[low] + (ends - low)[:, None] * levels[low]
    means: NDArray[np.float64] = np.diff(at_ends, axis=0) * (frames / t)
    return means
