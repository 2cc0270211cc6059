"""A network as a program: our ops where they can say it, otherwise a graph of ONNX as one op."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np

from pliant.core.errors import ConfigError
from pliant.models.base import SCORE
from pliant.models.foreign.networks.examples import Examples
from pliant.models.foreign.networks.loop import scores
from pliant.models.foreign.networks.tracing import traced
from pliant.runtime.ops import Op, Wire
from pliant.runtime.ops.onnx import expect_onnx_runtime
from pliant.runtime.ops.run import run_steps, steps_of

OPSET = 17
CHECKED, TOLERANCE = 64, 1e-4
"""Rows on which a program is compared with the network, and how far it may be off, as a part of the
greatest score where that is above 1."""


def program_of(network: Any, examples: Examples, wires: tuple[str, ...]) -> tuple[Op, ...]:
    """Return a network, which is in its mode for predicting, as ops from `wires`, one for each
    input, to the score.

    Raises
    ------
    ConfigError
        When it can neither be said in ops nor be exported to ONNX.
    MissingLibraryError
        When it needs ONNX, which is not installed.
    """
    plain = len(wires) == 1 and examples.inputs[0].ndim == 2
    if plain and examples.inputs[0].dtype == np.float32:
        ops = traced(network, wires[0], examples.inputs[0].shape[1])
        if ops is not None:
            return ops
    expect_onnx_runtime()
    graph = np.frombuffer(_exported(network, examples), dtype=np.uint8)
    return (Op("onnx", wires, SCORE, {"graph": graph}),)


def expect_equal(ops: tuple[Op, ...], network: Any, examples: Examples, wires: Any) -> None:
    """Raise ConfigError unless a program makes of rows, one alone and many, what a network does."""
    import torch

    widths = {w: _width(part) for w, part in zip(wires, examples.inputs, strict=True)}
    steps = steps_of(ops, {wire: Wire("values", width) for wire, width in widths.items()})
    rows = examples.first(CHECKED)
    for n in (1, len(rows[0])):
        some = tuple(part[:n] for part in rows)
        flat = {w: part.reshape(n, -1) for w, part in zip(wires, some, strict=True)}
        made = run_steps(steps, flat, n)[SCORE]
        with torch.no_grad():
            wanted = scores(network, examples, some).numpy()
        off = float(np.abs(made - wanted).max(initial=0.0))
        if not off <= TOLERANCE * max(1.0, float(np.abs(wanted).max(initial=0.0))):
            raise ConfigError(
                f"expected a network that does the same when it is written to a file, but "
                f"it differs by {off:.2g} on {n} rows"
            )


def _width(part: Any) -> int:
    return int(np.prod(part.shape[1:], dtype=np.int64))


def _exported(network: Any, examples: Examples) -> bytes:
    """Return the graph of a network, as PyTorch's exporter writes it from following one call."""
    import torch
    from torch.onnx.errors import OnnxExporterError

    class Positional(torch.nn.Module):
        """The network, its inputs by their order."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *given: Any) -> Any:
            if examples.names:
                return self.network(**dict(zip(examples.names, given, strict=True)))
            return self.network(*given)

    given = tuple(torch.from_numpy(np.ascontiguousarray(part)) for part in examples.first(2))
    names, buffer = [f"input{i}" for i in range(len(given))], io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a deprecated exporter; what it made is compared
            torch.onnx.export(
                Positional().eval(),
                given,
                buffer,
                dynamo=False,
                opset_version=OPSET,
                input_names=names,
                output_names=["score"],
                dynamic_axes={name: {0: "n"} for name in [*names, "score"]},
            )
    except (OnnxExporterError, RuntimeError, TypeError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise ConfigError(f"expected a network that can be exported to ONNX, but: {said}") from None
    return buffer.getvalue()
