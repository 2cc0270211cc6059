"""Filters turn patches into values that differ alike, and do not depend on each other."""

from __future__ import annotations

import numpy as np

from pliant.models.convolution.whitening import whitening


def test_filtered_patches_are_white() -> None:
    rng = np.random.default_rng(0)
    rough = rng.normal(size=(60, 12, 12, 3))
    images = (rough + 2 * rough.mean(axis=3, keepdims=True)).astype(np.float32)
    filters = whitening(images, 2, 12)
    assert filters.shape == (24, 3, 2, 2)
    assert np.array_equal(filters[12:], -filters[:12])
    windows = np.lib.stride_tricks.sliding_window_view(images, (2, 2), axis=(1, 2))
    values = windows.reshape(-1, 12) @ filters[:12].reshape(12, -1).T
    np.testing.assert_allclose(values.T @ values / len(values), np.eye(12), atol=0.01)


def test_images_of_one_colour_give_finite_filters() -> None:
    assert np.isfinite(whitening(np.zeros((5, 4, 4, 3), np.float32), 2, 12)).all()
