"""Images are shifted and mirrored, and nothing else happens to them."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.models.convolution.augment import mirrored, shifted

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (200, 6, 5, 2)).astype(np.uint8)


def test_shifted_images_are_windows_of_what_is_mirrored_at_the_edges() -> None:
    out = shifted(IMAGES, 2, np.random.default_rng(1))
    padded = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    moves = [(y, x) for y in range(5) for x in range(5)]
    found = {
        next((y, x) for y, x in moves if np.array_equal(image, whole[y : y + 6, x : x + 5]))
        for image, whole in zip(out, padded, strict=True)
    }
    assert found == set(moves)


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (3, 1)])
def test_images_smaller_than_the_shift_are_moved_less(shape: tuple[int, int]) -> None:
    images = RNG.integers(0, 256, (8, *shape, 1)).astype(np.uint8)
    assert shifted(images, 3, np.random.default_rng(1)).shape == images.shape
    assert np.array_equal(shifted(images, 0, np.random.default_rng(1)), images)


def test_only_those_that_are_named_are_mirrored() -> None:
    which = np.arange(200) % 3 == 0
    out = mirrored(IMAGES, which)
    assert np.array_equal(out[~which], IMAGES[~which])
    assert np.array_equal(out[which], IMAGES[which][:, :, ::-1])
    assert np.array_equal(mirrored(out, which), IMAGES)
