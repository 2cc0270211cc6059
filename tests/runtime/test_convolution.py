"""Convolutions: what they mean, on images small enough to do by hand; the kernel; bad files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_native import at_level

from pliant.runtime.level import HAVE_KERNEL, levels
from pliant.runtime.ops import Op, Wire, convolution, prepare
from pliant.runtime.ops.convolution import Layer, Net

Shape = tuple[int, int, int]


def op_of(shape: Shape, layers: list[Layer], rng: np.random.Generator, pool: str = "max") -> Op:
    """Return an op whose weights are drawn, so scaled that values stay about as large."""
    channels, weights, scales = shape[2], [], []
    for layer in layers:
        n = layer.size**2 * channels
        weights.append(rng.integers(-127, 128, layer.outputs * n).astype(np.int8))
        scales.append(rng.uniform(0.5, 1, layer.outputs) / (50 * np.sqrt(n)))
        channels = layer.outputs
    arrays = {
        "layers": np.array(layers, dtype=np.int32),
        "weights": np.concatenate(weights),
        "scale": np.concatenate(scales).astype(np.float32),
        "bias": rng.normal(size=sum(map(len, scales))).astype(np.float32),
    }
    sides = dict(zip(("height", "width", "channels"), shape, strict=True))
    return Op("convolutions", ("image:0",), "out", arrays, {**sides, "pool": pool})


def images_of(shape: Shape, n: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    return rng.integers(0, 256, (n, int(np.prod(shape)))).astype(np.uint8)


def terms(op: Op) -> Net:
    """Return the net whose outputs are the sums of all terms without their signs: what rounding is
    a share of.
    """
    weights = np.maximum(op.arrays["weights"], -127)
    arrays = op.arrays | {"weights": np.abs(weights), "bias": np.abs(op.arrays["bias"])}
    return Net.of(replace(op, arrays=arrays))


def by_hand(layer: Layer, pixels: list[int], weights: list[int], pool: str = "max") -> list[float]:
    """Return what one layer makes of a grey image of 3 x 3, its scale 0.5 and its bias 1."""
    arrays = {
        "layers": np.array([layer], dtype=np.int32),
        "weights": np.array(weights, dtype=np.int8),
        "scale": np.full(layer.outputs, 0.5, dtype=np.float32),
        "bias": np.ones(layer.outputs, dtype=np.float32),
    }
    op = Op("x", (), "out", arrays, {"height": 3, "width": 3, "channels": 1, "pool": pool})
    net, image = Net.of(op), np.array([pixels], dtype=np.uint8)
    found = [net.rows(image, None)] + ([net.rows(image, net.packed())] if HAVE_KERNEL else [])
    assert all(np.array_equal(found[0], other) for other in found)
    return [float(value) for value in found[0][0]]


RISING = [1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("layer", "weights", "pool", "expected"),
    [
        (Layer(1, 1), [2], "max", [10]),  # 9 x 2 x 0.5 + 1
        (Layer(1, 1), [2], "mean", [6]),
        (Layer(2, 1), [2, -2], "max", [10, 0]),  # 1 - 1, and less
        (Layer(1, 1, relu=0), [-2], "mean", [-4]),
        (Layer(1, 2), [1, 0, 0, 1], "max", [8]),  # 5 + 9
        (Layer(1, 2, stride=2), [1, 0, 0, 1], "max", [4]),  # 1 + 5 alone
        (Layer(1, 2, padding=1), [1, 0, 0, 0], "max", [5.5]),  # the last corner has but 9
        (Layer(1, 1, pool=2), [2], "mean", [6]),  # of 1, 2, 4, 5; the others fill no square
        (Layer(1, 3, padding=1), [0, 0, 0, 0, 2, 0, 0, 0, 0], "mean", [6]),
    ],
)
def test_layers_by_hand(layer: Layer, weights: list[int], pool: str, expected: list[float]) -> None:
    assert by_hand(layer, RISING, weights, pool) == expected


@st.composite
def nets(draw: st.DrawFn) -> tuple[Shape, list[Layer], int, str]:
    """Draw a shape, layers that leave something, a number of images, a pool."""
    shape = draw(st.integers(1, 13)), draw(st.integers(1, 13)), draw(st.integers(1, 4))
    sides, layers = shape[:2], list[Layer]()
    for _ in range(draw(st.integers(1, 4))):
        size = draw(st.sampled_from([1, 2, 3, 3, 3, 5]))
        layer = Layer(
            draw(st.sampled_from([1, 7, 16, 24, 33])),
            size,
            draw(st.sampled_from([1, 1, 2])),
            draw(st.integers(0, size - 1)),
            draw(st.sampled_from([1, 2, 2, 3])),
            draw(st.integers(0, 1)),
        )
        if min(layer.pooled(*sides)) > 0:
            layers.append(layer)
            sides = layer.pooled(*sides)
    assumed = layers or [Layer(2, 1)]
    return shape, assumed, draw(st.sampled_from([1, 2, 9])), draw(st.sampled_from(["max", "mean"]))


@pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")
@given(nets(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_kernel_computes_what_numpy_does(
    drawn: tuple[Shape, list[Layer], int, str], seed: int
) -> None:
    shape, layers, n, pool = drawn
    rng = np.random.default_rng(seed)
    op, images = op_of(shape, layers, rng, pool), images_of(shape, n, rng)
    net = Net.of(op)
    expected, packed = net.rows(images, None), net.packed()
    most = max(1.0, terms(op).rows(images, None).max())
    for name in levels():
        with at_level(name):
            found = net.rows(images, packed)
        np.testing.assert_allclose(found, expected, atol=2e-6 * most)


def test_images_are_the_same_one_by_one_and_none_is_fine() -> None:
    rng, shape = np.random.default_rng(0), (12, 10, 3)
    op = op_of(shape, [Layer(24, 2), Layer(16, 3, 1, 1, 2), Layer(16, 3, 1, 1)], rng)
    run, wire = prepare(op, (Wire("image", 360),))
    images = images_of(shape, 11, rng)
    together = run(images)
    assert wire == Wire("values", together.shape[1])
    one = np.concatenate([run(images[i : i + 1]) for i in range(11)])
    np.testing.assert_allclose(one, together, rtol=1e-5, atol=1e-5)
    assert run(images[:0]).shape == (0, 16)
    assert np.array_equal(run(images.reshape(11, *shape)), together)


LAYERS = [Layer(4, 2), Layer(3, 3, 1, 1, 2)]
GOOD = op_of((6, 6, 1), LAYERS, np.random.default_rng(0))


def changed(**arrays: Any) -> Op:
    return replace(GOOD, arrays={**GOOD.arrays, **arrays})


def with_layer(number: int, **fields: int) -> Op:
    layers = [*LAYERS]
    layers[number] = layers[number]._replace(**fields)
    return changed(layers=np.array(layers, dtype=np.int32))


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (with_layer(0, size=9), "layer 0 to leave 1 to"),
        (with_layer(1, pool=9), "layer 1 to leave 1 to"),
        (with_layer(0, outputs=0), "layer 0 to leave 1 to"),
        (with_layer(0, outputs=5), "155 weights"),
        (with_layer(0, stride=0), "layer 0 to be one of convolutions"),
        (with_layer(0, padding=2), "layer 0 to be one of convolutions"),
        (with_layer(0, relu=2), "layer 0 to be one of convolutions"),
        (with_layer(1, outputs=-1), "layer 1 to leave"),
        (with_layer(1, outputs=2**31 - 1), "layer 1 to leave"),
        (changed(layers=np.zeros((0, 6), np.int32)), r"layers \(L, 6\)"),
        (changed(layers=np.zeros((2, 5), np.int32)), r"layers \(L, 6\)"),
        (changed(weights=GOOD.arrays["weights"][:-1]), "124 weights"),
        (changed(weights=GOOD.arrays["weights"].astype(np.int16)), "weights as int8"),
        (changed(scale=GOOD.arrays["scale"][:-1]), "7 finite scales"),
        (changed(bias=np.full(7, np.nan, np.float32)), "7 finite scales"),
        (replace(GOOD, settings={**GOOD.settings, "height": 7}), "images of 7x6x1"),
        (replace(GOOD, settings={**GOOD.settings, "channels": 0}), "channels between 1"),
        (replace(GOOD, settings={**GOOD.settings, "pool": "least"}), "pool to be one of"),
    ],
)
def test_a_net_that_does_not_fit_is_refused(op: Op, message: str) -> None:
    with pytest.raises(ValueError, match=r"^expected (.* )?" + message):
        prepare(op, (Wire("image", 36),))


def test_other_inputs_are_refused() -> None:
    for wire in (Wire("codes", 36), Wire("image", 35), Wire("text", 1)):
        with pytest.raises(ValueError, match="expected one input of images of 6x6x1"):
            prepare(GOOD, (wire,))


@pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")
@given(st.integers(0, 2**32 - 1))
@settings(max_examples=80, deadline=None)
def test_the_kernel_refuses_what_does_not_fit_by_itself(seed: int) -> None:
    """Whatever the layers say: packed without the checks of NumPy, they are refused or harmless."""
    rng = np.random.default_rng(seed)
    arrays = {name: np.array(array) for name, array in GOOD.arrays.items()}
    layers = arrays["layers"]
    at = rng.integers(0, layers.shape[0]), rng.integers(0, layers.shape[1])
    layers[at] = rng.choice([-(2**31), -1, 0, 1, 2, 3, 5, 6, 7, 64, 4097, 2**31 - 1])
    sides = tuple(int(side) for side in rng.choice([-1, 0, 1, 5, 6, 4096, 4097], 3))
    for shape in ((6, 6, 1), sides):
        named = [arrays[name] for name in ("layers", "weights", "scale", "bias")]
        try:
            packed = convolution._kernel.pack_convolutions((*shape, 0), *named)
        except (ValueError, MemoryError):
            continue
        if np.prod(shape) < 10_000:
            out = np.empty((2, layers[-1, 0]), dtype=np.float32)
            convolution._kernel.run_convolutions(packed, images_of(shape, 2, rng), out)


@pytest.mark.skipif(not HAVE_KERNEL, reason="the kernel was not built")
def test_the_kernel_refuses_images_of_another_size() -> None:
    packed, out = Net.of(GOOD).packed(), np.empty((2, 3), np.float32)
    for images, into in (((2, 35), out), ((1, 36), out), ((2, 36), out[:, :2].copy())):
        with pytest.raises(ValueError, match="expected images of the net's size"):
            convolution._kernel.run_convolutions(packed, np.zeros(images, np.uint8), into)
