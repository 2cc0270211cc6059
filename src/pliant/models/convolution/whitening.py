"""Whitening: the first layer tells apart the directions in which patches of images differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_IMAGES = 1_000
"""Images whose patches are looked at."""

SOFT = 5e-4
"""Added to the mean squares of patches along a direction, of which images have a deviation of 1:
what hardly differs is not blown up."""


def whitening(
    images: NDArray[np.float32], patch: int, n_filters: int, stride: int = 1
) -> NDArray[np.float32]:
    """Return filters float32 (2 * n_filters, channels, patch, patch), and their negatives behind.

    `images` float32 (n, H, W, C), normalised. A filter is a direction of patches, those in which
    they differ most first, divided by its deviation (Coates and Ng 2011; Page 2018).
    """
    sides = (patch, patch)
    windows = np.lib.stride_tricks.sliding_window_view(images[:MAX_IMAGES], sides, axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    channels = images.shape[3]
    size, n = channels * patch**2, 0
    total = np.zeros((size, size))
    for a in range(0, len(windows), 500):
        flat = windows[a : a + 500].reshape(-1, size)
        total += flat.T @ flat
        n += len(flat)
    values, vectors = np.linalg.eigh(total / max(1, n))
    values, vectors = values[::-1][:n_filters], vectors[:, ::-1][:, :n_filters]
    filters = (vectors / np.sqrt(np.maximum(values, 0) + SOFT)).T.reshape(
        -1, channels, patch, patch
    )
    return np.concatenate([filters, -filters]).astype(np.float32)
