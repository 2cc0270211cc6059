"""Layers fit images of any size, and their numbers are those of the layers."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.models.convolution.architecture import Architecture

SHAPES = [(32, 32, 3), (28, 28, 1), (64, 64, 3), (96, 40, 3), (5, 9, 3), (3, 3, 1), (2, 1, 1)]


@pytest.mark.parametrize("shape", [*SHAPES, (1, 1, 1), (512, 512, 3)])
def test_layers_leave_something_of_any_image(shape: tuple[int, int, int]) -> None:
    net = Architecture(shape, 16)
    sides, products = shape[:2], 0
    for layer in net.layers:
        high, wide = layer.convolved(*sides)
        assert high * wide * layer.outputs < 1 << 20
        products += high * wide * layer.outputs
        sides = layer.pooled(*sides)
        assert min(sides) >= 1
    assert net.products >= products


def test_the_net_of_small_photos_has_the_size_that_it_is_known_for() -> None:
    net = Architecture((32, 32, 3), 32)
    assert net.n_weights == 292_896
    assert net.products == pytest.approx(20e6, rel=0.05)
    assert [layer.outputs for layer in net.layers] == [24, 32, 32, 64, 64, 128, 128]


def test_larger_images_cost_about_as_much() -> None:
    small, large = (Architecture((side, side, 3), 32) for side in (32, 256))
    assert large.products < 3 * small.products
    assert np.all([layer.size == 8 for layer in large.layers[:1]])
