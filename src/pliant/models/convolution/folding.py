"""Folding: a trained net becomes ops, its normalisations part of the weights, those of 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pliant.models.convolution.architecture import Architecture
from pliant.models.convolution.network import SOFTENED, Network
from pliant.runtime.ops import Op

Array = NDArray[np.float64]

MOST = 127
"""The greatest weight of 8 bits; each output has a scale of its own."""


def folded(
    net: Network, architecture: Architecture, wire: str, score: str, sharpness: float = 1.0
) -> tuple[Op, Op]:
    """Return the ops of a net from the wire of its images to its score, times the sharpness.

    A normalisation without a scale of its own is the same before and after pooling. The means of
    the channels are taken away by the bias of the first layer, made with the rounded weights.
    """
    stem = _array(net.stem.weight).transpose(0, 2, 3, 1) / _array(net.spread)
    weights, scales = _rounded(stem)
    means = (weights * scales[:, None, None, None] * _array(net.shift)).sum(axis=(1, 2, 3))
    parts, biases = [(weights, scales)], [_array(net.stem.bias) - means]
    for convolution, norm in zip(net.convolutions, net.norms, strict=True):
        spread = np.sqrt(_array(norm.running_var) + norm.eps)
        kernel = _array(convolution.weight).transpose(0, 2, 3, 1)
        parts.append(_rounded(kernel / spread[:, None, None, None]))
        biases.append(_array(norm.bias) - _array(norm.running_mean) / spread)
    arrays: dict[str, NDArray[Any]] = {
        "layers": np.array(architecture.layers, dtype=np.int32),
        "weights": np.concatenate([each.reshape(-1) for each, _ in parts]).astype(np.int8),
        "scale": np.concatenate([scale for _, scale in parts]).astype(np.float32),
        "bias": np.concatenate(biases).astype(np.float32),
    }
    height, width, channels = architecture.shape
    sides: dict[str, int | str] = {
        "height": height,
        "width": width,
        "channels": channels,
        "pool": "max",
    }
    head = _array(net.head.weight).T * SOFTENED * sharpness
    linear: dict[str, NDArray[Any]] = {
        "weight": head.astype(np.float32),
        "bias": np.zeros(head.shape[1], np.float32),
    }
    return (
        Op("convolutions", (wire,), "pooled", arrays, sides | {"pool": "max"}),
        Op("dense", ("pooled",), score, linear, {"activation": "identity"}),
    )


def _array(tensor: torch.Tensor | None) -> Array:
    assert tensor is not None, "expected a module with a bias, and means and variances"
    return np.asarray(tensor.detach().numpy(), dtype=np.float64)


def _rounded(kernel: Array) -> tuple[Array, Array]:
    """Return weights (outputs, ...) as whole numbers, and what 1 is worth of each output."""
    most = np.abs(kernel).reshape(len(kernel), -1).max(axis=1)
    scale = np.where(most > 0, most / MOST, 1.0).astype(np.float32).astype(np.float64)
    return np.rint(kernel / scale[:, None, None, None]), scale
