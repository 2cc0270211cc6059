"""The table of emitters: what says an op in ONNX, by the op's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pliant.compile.onnx.graph import Graph, Tensor
from pliant.runtime.ops import Op

Emit = Callable[[Graph, Op, Sequence[Tensor]], Tensor]

EMITTERS: dict[str, Emit] = {}
"""Every op that ONNX can say: a function that adds nodes to a graph and returns their output.

Codes are float64, which is what ONNX's trees read, ids int64, values float32 or float64. The
arrays of the op have been checked: it is part of a program.
"""

UNSAYABLE = {
    "ngrams": "hashed n-grams of free text",
    "gram_scores": "counted n-grams of free text",
    "gradients": "histograms of gradients of images",
    "colours": "histograms of colours of images",
    "kernels": "random kernels of sounds",
    "scores": "descriptions of images and sounds",
    "convolutions": "convolutions of images and sounds",
}
"""Every op that ONNX cannot say, and what it is."""


def emits(name: str) -> Callable[[Emit], Emit]:
    """Add a function to `EMITTERS`."""

    def add(emit: Emit) -> Emit:
        EMITTERS[name] = emit
        return emit

    return add
