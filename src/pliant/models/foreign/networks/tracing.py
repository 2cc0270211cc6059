"""A network as our ops where they can say it: dense layers, normalisations, sums.

PyTorch follows the network once (torch.fx; Reed et al., 2022) and lists what it calls. Whatever
is not among what is known here is left to `graph.py`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pliant.models.base import SCORE
from pliant.runtime.ops import Op

SILENT = ("Dropout", "Identity", "AlphaDropout")
"""Layers that do nothing where a network predicts."""

ACTIVATIONS = {"ReLU": "relu", "SiLU": "silu", "Tanh": "tanh"}
_FUNCTIONS = {"relu": "relu", "silu": "silu", "tanh": "tanh", "relu_": "relu", "tanh_": "tanh"}


class _UnknownLayerError(Exception):
    """What a network calls that no op says."""


@dataclass
class _Listing:
    """The ops so far, what wire each call made, and how wide it is."""

    ops: list[Op] = field(default_factory=list)
    wires: dict[str, str] = field(default_factory=dict)
    widths: dict[str, int] = field(default_factory=dict)

    def add(self, op: Op, width: int) -> str:
        """Add an op, and return its wire."""
        self.ops.append(op)
        self.widths[op.output] = width
        return op.output

    def next_wire(self) -> str:
        """Return the name of a new wire."""
        return f"layer{len(self.ops)}"


def traced(network: Any, source: str, width: int) -> tuple[Op, ...] | None:
    """Return a network, which is in its mode for predicting, as ops from the wire `source` of so
    many values to the score; None where it calls what no op says.
    """
    import torch

    try:
        graph = torch.fx.symbolic_trace(network).graph
    except (torch.fx.proxy.TraceError, TypeError, ValueError, RuntimeError, AttributeError):
        return None
    listing, modules = _Listing(widths={source: width}), dict(network.named_modules())
    try:
        for node in graph.nodes:
            _follow(node, modules, listing, source)
    except _UnknownLayerError:
        return None
    return tuple(listing.ops) if listing.ops and listing.ops[-1].output == SCORE else None


def _follow(node: Any, modules: dict[str, Any], listing: _Listing, source: str) -> None:
    """Add what one call of a network does."""
    if node.op == "placeholder":
        if listing.wires:
            raise _UnknownLayerError("a second input")
        listing.wires[node.name] = source
        return
    inputs = [listing.wires.get(one.name, "") for one in node.all_input_nodes]
    if not all(inputs):
        raise _UnknownLayerError(str(node))
    if node.op == "output":
        _finish(node, inputs, listing)
        return
    alone = len(node.all_input_nodes) == 1 and len(node.all_input_nodes[0].users) == 1
    if node.op == "call_module":
        listing.wires[node.name] = _layer(modules[node.target], inputs, listing, alone)
    elif node.op in ("call_function", "call_method"):
        listing.wires[node.name] = _function(node, inputs, listing, alone)
    else:
        raise _UnknownLayerError(str(node))


def _finish(node: Any, inputs: list[str], listing: _Listing) -> None:
    """Let the last op make the score."""
    if not listing.ops or node.args != (node.all_input_nodes[0],):
        raise _UnknownLayerError("an output of several parts")
    if listing.ops[-1].output != inputs[0]:
        raise _UnknownLayerError("an output that is made before the end")
    listing.ops[-1] = replace(listing.ops[-1], output=SCORE)


def _layer(layer: Any, inputs: list[str], listing: _Listing, alone: bool) -> str:
    """Return the wire of what a layer makes."""
    kind = type(layer).__name__
    if not type(layer).__module__.startswith("torch.nn.modules") or len(inputs) != 1:
        raise _UnknownLayerError(kind)
    if kind in SILENT:
        return inputs[0]
    if kind in ACTIVATIONS:
        return _activated(ACTIVATIONS[kind], inputs[0], listing, alone)
    if kind not in _LAYERS:
        raise _UnknownLayerError(kind)
    return _LAYERS[kind](layer, inputs[0], listing, alone)


def _linear(layer: Any, source: str, listing: _Listing, alone: bool) -> str:
    if listing.widths[source] != layer.in_features:
        raise _UnknownLayerError("a layer over another axis")
    weight = layer.weight.detach().numpy().T.astype(np.float32)
    bias = np.zeros(weight.shape[1]) if layer.bias is None else layer.bias.detach().numpy()
    return _dense(weight, bias, source, listing)


def _normalised(layer: Any, source: str, listing: _Listing, alone: bool) -> str:
    """Return a batch normalisation, as a part of the dense layer before it where that is all it
    reads.
    """
    if layer.running_mean is None or listing.widths[source] != layer.num_features:
        raise _UnknownLayerError("a normalisation without running statistics")
    scale = 1 / np.sqrt(layer.running_var.numpy().astype(np.float64) + layer.eps)
    shift = -layer.running_mean.numpy().astype(np.float64) * scale
    if layer.weight is not None:
        gain = layer.weight.detach().numpy().astype(np.float64)
        scale, shift = scale * gain, shift * gain + layer.bias.detach().numpy()
    before = listing.ops[-1] if listing.ops else None
    if before is not None and alone and before.output == source and _open(before):
        arrays = {
            "weight": (before.arrays["weight"] * scale).astype(np.float32),
            "bias": (before.arrays["bias"] * scale + shift).astype(np.float32),
        }
        listing.ops[-1] = replace(before, arrays=arrays)
        return source
    arrays = {"scale": scale, "shift": shift}
    op = Op("affine", (source,), listing.next_wire(), arrays)
    return listing.add(op, listing.widths[source])


def _flattened(layer: Any, source: str, listing: _Listing, alone: bool) -> str:
    if layer.start_dim != 1:
        raise _UnknownLayerError("rows that are joined")
    return source  # it has one axis beside the rows


_LAYERS: dict[str, Callable[[Any, str, _Listing, bool], str]] = {
    "Linear": _linear,
    "BatchNorm1d": _normalised,
    "Flatten": _flattened,
}


def _function(node: Any, inputs: list[str], listing: _Listing, alone: bool) -> str:
    """Return the wire of what a function makes."""
    name = node.target if isinstance(node.target, str) else node.target.__name__
    if name in _FUNCTIONS and len(inputs) == 1:
        return _activated(_FUNCTIONS[name], inputs[0], listing, alone)
    if name == "dropout" and len(inputs) == 1:
        if node.kwargs.get("training", len(node.args) < 3 or node.args[2]):
            raise _UnknownLayerError("a dropout that never ends")
        return inputs[0]
    plus = node.target in (operator.add, operator.iadd) or name == "add"
    if plus and len(inputs) == 2 and not set(node.kwargs) - {"alpha"} and len(node.args) == 2:
        if node.kwargs.get("alpha", 1) != 1 or len({listing.widths[i] for i in inputs}) != 1:
            raise _UnknownLayerError("a sum of other parts")
        op = Op("mix", tuple(inputs), listing.next_wire(), {"weights": np.ones(2)})
        return listing.add(op, listing.widths[inputs[0]])
    raise _UnknownLayerError(name)


def _activated(activation: str, source: str, listing: _Listing, alone: bool) -> str:
    """Return an activation, as that of the dense layer before it where nothing else reads it."""
    before = listing.ops[-1] if listing.ops else None
    if before is None or not alone or before.output != source or not _open(before):
        width = listing.widths[source]
        _dense(np.eye(width, dtype=np.float32), np.zeros(width), source, listing)
        before = listing.ops[-1]
    listing.ops[-1] = replace(before, settings={"activation": activation})
    return before.output


def _dense(weight: Any, bias: Any, source: str, listing: _Listing) -> str:
    arrays = {"weight": np.ascontiguousarray(weight), "bias": bias.astype(np.float32)}
    settings = {"activation": "identity"}
    op = Op("dense", (source,), listing.next_wire(), arrays, settings)
    return listing.add(op, weight.shape[1])


def _open(op: Op) -> bool:
    """Return whether an op is a dense layer that has no activation yet."""
    return op.name == "dense" and op.settings["activation"] == "identity"
