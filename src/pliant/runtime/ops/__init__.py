"""The op set: what a program can do, an op a function, its meaning said in NumPy."""

from __future__ import annotations

from pliant.runtime.ops import (
    codes,
    convolution,
    images,
    outputs,
    scores,
    sounds,
    text,
    tree_sums,
    values,
)
from pliant.runtime.ops.base import OPS, Op, Wire, prepare

MODULES = (codes, text, images, sounds, convolution, scores, values, tree_sums, outputs)
"""Where the ops are; importing them fills `OPS`."""

__all__ = ["MODULES", "OPS", "Op", "Wire", "prepare"]
