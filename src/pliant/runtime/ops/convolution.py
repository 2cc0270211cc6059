"""The op on images: layers of convolutions, whose last one is pooled to a value a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.ops.base import Array, Op, Run, Wire, register

if HAVE_KERNEL:
    from pliant.runtime import _kernel

GRIDS = ("image", "audio")
"""Kinds of wires that hold grids: uint8 (n, height * width * channels)."""

POOLS = ("max", "mean")
"""What is taken of a channel's pixels in the end, by number."""

MAX_SIDE, MAX_CHANNELS, MAX_LAYERS = 4096, 4096, 64
MAX_VALUES = 1 << 24
"""Values of one image, and weights of one layer, at most: what an untrusted file may ask for."""

_CHUNK = 4_000_000
"""Values that NumPy holds at once of one layer's windows."""


class Layer(NamedTuple):
    """One convolution: `outputs` channels, of windows of `size` x `size` pixels, `stride` apart, on
    an image with `padding` pixels of zeros around it. Of `pool` x `pool` pixels of what comes out
    the greatest stays, those at the end that fill no such square are left out, and where `relu` is
    1 what is below 0 becomes 0.
    """

    outputs: int
    size: int
    stride: int = 1
    padding: int = 0
    pool: int = 1
    relu: int = 1

    def convolved(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width of what comes out before it is pooled; 0 where none does."""
        around = 2 * self.padding - self.size
        sides = [(side + around) // self.stride + 1 for side in (height, width)]
        return max(0, sides[0]), max(0, sides[1])

    def pooled(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width of what comes out in the end."""
        high, wide = self.convolved(height, width)
        return high // self.pool, wide // self.pool


@register("convolutions")
def convolutions(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Run images through layers of convolutions, and pool each channel of the last to one value.

    Images are uint8 (n, `height` * `width` * `channels`); their bytes are the values from 0 to 255
    that the first layer reads. Arithmetic is in float32.

    `layers` int32 (L, 6) has a `Layer` a row. The weights of a layer lie in `weights` int8, one
    layer after another, in the order output, row, column, channel; each counts times the `scale`
    float32 of its output. `bias` float32 is one an output. `pool` is "max" or "mean".
    """
    net = Net.of(op)
    if len(inputs) != 1 or inputs[0].kind not in GRIDS or inputs[0].width != net.values:
        shape = "x".join(map(str, net.shape))
        raise ValueError(f"expected one input of images of {shape}, got {list(inputs)}")
    packed = net.packed() if HAVE_KERNEL else None
    return lambda images: net.rows(images, packed), Wire("values", net.layers[-1].outputs)


@dataclass(frozen=True)
class Net:
    """Layers of convolutions, as the op has them, for images of a height, width and channels."""

    shape: tuple[int, int, int]
    layers: tuple[Layer, ...]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    pool: str

    @classmethod
    def of(cls, op: Op) -> Net:
        """Return the net of an op; ValueError where its arrays do not fit together."""
        sides = op.integer("height", 1, MAX_SIDE), op.integer("width", 1, MAX_SIDE)
        table = op.array("layers", "int32", 2)
        if table.shape[1:] != (len(Layer._fields),) or not 0 < len(table) <= MAX_LAYERS:
            raise ValueError(f"expected layers (L, {len(Layer._fields)}), got {table.shape}")
        net = cls(
            (*sides, op.integer("channels", 1, MAX_CHANNELS)),
            tuple(Layer(*row) for row in table.tolist()),
            *(op.array("weights", "int8", 1), op.array("scale", "float32", 1)),
            *(op.array("bias", "float32", 1), op.choice("pool", POOLS)),
        )
        net.check()
        return net

    @property
    def values(self) -> int:
        """How many values an image has."""
        height, width, channels = self.shape
        return height * width * channels

    def check(self) -> None:
        """Raise ValueError where layers are none, too large, or of another size than the arrays."""
        (high, wide, channels), n_weights, n_outputs = self.shape, 0, 0
        for i, layer in enumerate(self.layers):
            sides = 1 <= layer.size <= MAX_SIDE and 1 <= layer.stride <= MAX_SIDE
            around = 0 <= layer.padding < layer.size and 1 <= layer.pool <= MAX_SIDE
            if not (sides and around and layer.relu in (0, 1)):
                raise ValueError(f"expected layer {i} to be one of convolutions, got {layer}")
            kernel = layer.outputs * layer.size**2 * channels
            padded = (high + 2 * layer.padding) * (wide + 2 * layer.padding) * channels
            before = layer.outputs * np.prod(layer.convolved(high, wide), dtype=np.int64)
            high, wide = layer.pooled(high, wide)
            channels = layer.outputs
            most = max(kernel, padded, int(before))
            if not 1 <= channels <= MAX_CHANNELS or high * wide == 0 or most > MAX_VALUES:
                raise ValueError(
                    f"expected layer {i} to leave 1 to {MAX_VALUES} values, got {layer} on an "
                    "image that is smaller or larger"
                )
            n_weights, n_outputs = n_weights + kernel, n_outputs + channels
        fits = len(self.weights) == n_weights and len(self.scale) == len(self.bias) == n_outputs
        if not fits or not (np.isfinite(self.scale).all() and np.isfinite(self.bias).all()):
            raise ValueError(
                f"expected {n_weights} weights, and {n_outputs} finite scales and biases, "
                f"got {len(self.weights)}, {len(self.scale)} and {len(self.bias)}"
            )

    def packed(self) -> object:
        """Return the net as the kernel has it."""
        layers = np.array(self.layers, dtype=np.int32)
        numbers = (*self.shape, POOLS.index(self.pool))
        return _kernel.pack_convolutions(numbers, layers, self.weights, self.scale, self.bias)

    def rows(self, images: NDArray[np.uint8], packed: object | None) -> NDArray[np.float32]:
        """Return the pooled channels float32 (n, V) of images uint8, each of H * W * C values in
        whatever shape.
        """
        n_outputs = self.layers[-1].outputs
        out = np.empty((len(images), n_outputs), dtype=np.float32)
        if packed is not None:
            flat = np.ascontiguousarray(images).reshape(len(images), self.values)
            _kernel.run_convolutions(packed, flat, out)
            return out
        step, parts = max(1, _CHUNK // self._most_windows()), self.parts()
        for a in range(0, len(images), step):
            part = images[a : a + step].astype(np.float32)
            out[a : a + step] = self._pooled(part.reshape(-1, *self.shape), parts)
        return out

    def parts(self) -> list[tuple[Layer, Array, Array]]:
        """Return each layer with its weights, float32 (outputs, size, size, channels), and bias."""
        out, at, first, channels = [], 0, 0, self.shape[2]
        for layer in self.layers:
            shape = layer.outputs, layer.size, layer.size, channels
            end, last = at + int(np.prod(shape)), first + layer.outputs
            scale = self.scale[first:last].reshape(-1, 1, 1, 1)
            weights = self.weights[at:end].reshape(shape).astype(np.float32) * scale
            out.append((layer, weights, self.bias[first:last]))
            at, first, channels = end, last, layer.outputs
        return out

    def _most_windows(self) -> int:
        """Return how many values the windows of an image have, in the layer that has most."""
        (high, wide, channels), most = self.shape, 1
        for layer in self.layers:
            n_windows = int(np.prod(layer.convolved(high, wide)))
            most = max(most, n_windows * layer.size**2 * channels)
            high, wide = layer.pooled(high, wide)
            channels = layer.outputs
        return most

    def _pooled(self, images: Array, parts: Sequence[tuple[Layer, Array, Array]]) -> Array:
        for layer, weights, bias in parts:
            images = convolve(images, layer, weights, bias)
        pixels = images.reshape(len(images), -1, images.shape[3])
        pooled: Array = pixels.max(axis=1) if self.pool == "max" else pixels.mean(axis=1)
        return pooled


def convolve(images: Array, layer: Layer, weights: Array, bias: Array) -> Array:
    """Return what a layer makes of images float32 (n, H, W, C), float32 (n, H', W', outputs).

    `weights` (outputs, size, size, C), `bias` (outputs,): each window, flat, times the weights.
    """
    around = (layer.padding, layer.padding)
    padded = np.pad(images, ((0, 0), around, around, (0, 0)))
    sides = (layer.size, layer.size)
    windows = np.lib.stride_tricks.sliding_window_view(padded, sides, axis=(1, 2))
    windows = windows[:, :: layer.stride, :: layer.stride].transpose(0, 1, 2, 4, 5, 3)
    flat = windows.reshape(*windows.shape[:3], -1)
    out: Array = flat @ weights.reshape(layer.outputs, -1).T + bias
    if layer.pool > 1:
        side = layer.pool
        n, high, wide, channels = out.shape
        out = out[:, : high // side * side, : wide // side * side]
        squares = out.reshape(n, high // side, side, wide // side, side, channels)
        out = squares.max(axis=(2, 4))
    return np.maximum(out, 0) if layer.relu else out
