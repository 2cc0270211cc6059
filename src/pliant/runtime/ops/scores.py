"""An op that scores descriptions of images and sounds by a linear model, to the last bit."""

from __future__ import annotations

import numpy as np

from pliant.runtime.ops.base import Array, Op, Run, Wire, register

_CHUNK = 1 << 20
"""Codes that are held as float64 at once."""


@register("scores")
def scores(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Score codes side by side: (codes @ `weights`) times `scale` plus `bias`, float64 (n, V).

    `weights` int16 (p, V), p the codes of all inputs; `scale`, `bias` float64 (V,). The sums are of
    whole numbers, so they are exact in any order. A row of zeros is missing: its scores are NaN.
    """
    weights = op.array("weights", "int16", 2)
    scale, bias = op.array("scale", "float64", 1), op.array("bias", "float64", 1)
    if not inputs or any(i.kind != "codes" for i in inputs):
        raise ValueError(f"expected inputs of codes, got {[i.kind for i in inputs]}")
    width = sum(wire.width for wire in inputs)
    if len(weights) != width or not len(bias) == len(scale) == weights.shape[1] > 0:
        raise ValueError(
            f"expected weights ({width}, V) with a scale and a bias a column, got {weights.shape}, "
            f"{len(scale)} and {len(bias)}"
        )
    whole = weights.astype(np.float64)
    step = max(1, _CHUNK // max(1, width))

    def run(*parts: Array) -> Array:
        n = len(parts[0])
        out = np.empty((n, len(bias)))
        for a in range(0, n, step):
            codes = np.concatenate([part[a : a + step] for part in parts], axis=1)
            found = codes.astype(np.float64) @ whole
            found *= scale
            found += bias
            found[~codes.any(axis=1)] = np.nan
            out[a : a + step] = found
        return out

    return run, Wire("values", len(bias))
