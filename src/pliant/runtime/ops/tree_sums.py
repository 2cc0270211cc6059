"""Ops that sum what trees and tables say about each row."""

from __future__ import annotations

import numpy as np

from pliant.runtime.ops.base import Array, Op, Run, Wire, one, register, segments, within
from pliant.runtime.tree_rules import check
from pliant.runtime.trees import (
    OBLIVIOUS_ARRAYS,
    TREE_ARRAYS,
    ObliviousArrays,
    TreeArrays,
    general_trees,
    oblivious_trees,
)

_CHUNK = 4_000_000
"""Cells that `tables` gathers at once."""


@register("trees")
def trees(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Sum the leaves of general trees; the arrays are those of `TreeArrays`."""
    source = one(inputs, "codes")
    n_outputs = op.integer("outputs", 1, 65_535)
    arrays = TreeArrays(**tree_arrays(op, TREE_ARRAYS))
    check(arrays, source.width, n_outputs)
    return lambda codes: general_trees(codes, arrays, n_outputs), Wire("values", n_outputs)


@register("oblivious")
def oblivious(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Sum the leaves of oblivious trees; the arrays are those of `ObliviousArrays`."""
    source = one(inputs, "codes")
    n_outputs = op.integer("outputs", 1, 65_535)
    arrays = ObliviousArrays(**tree_arrays(op, OBLIVIOUS_ARRAYS))
    check(arrays, source.width, n_outputs)
    return lambda codes: oblivious_trees(codes, arrays, n_outputs), Wire("values", n_outputs)


def tree_arrays(op: Op, names: tuple[str, ...]) -> dict[str, Array]:
    """Return the arrays of these names, and a scale where there is one.

    Raises
    ------
    ValueError
        When one is missing.
    """
    missing = [name for name in names if name not in op.arrays]
    if missing:
        raise ValueError(f"expected the array {missing[0]}, got none")
    there = [*names, "scale"] if "scale" in op.arrays else names
    return {name: np.ascontiguousarray(op.arrays[name]) for name in there}


@register("tables")
def tables(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Add a value per feature and code: an additive model, or a linear one.

    `feature` uint16 (m,), `offsets` int64 (m + 1,), `table` float32 (S, V), `bias` float64 (V,):
    entry j adds row `offsets[j] + code` of the table, the last row of its part for codes beyond.
    The sum is in float64, from the first entry to the last, and the bias is added in the end.
    """
    source = one(inputs, "codes")
    feature = op.array("feature", "uint16", 1).astype(np.intp)
    offsets, table = op.array("offsets", "int64", 1), op.array("table", "float32", 2)
    bias = op.array("bias", "float64", 1)
    within("feature", feature, source.width)
    segments("offsets", offsets, len(feature), len(table))
    if len(bias) != table.shape[1]:
        raise ValueError(f"expected a bias of {table.shape[1]} values, got {len(bias)}")
    start, last = offsets[:-1], np.diff(offsets) - 1
    step = max(1, _CHUNK // max(1, len(feature) * table.shape[1]))

    def run(codes: Array) -> Array:
        out = np.empty((len(codes), len(bias)))
        for a in range(0, len(codes), step):
            at = start + np.minimum(np.take(codes[a : a + step], feature, axis=1), last)
            out[a : a + step] = _in_order(table[at]) + bias
        return out

    return run, Wire("values", len(bias))


def _in_order(values: Array) -> Array:
    """Return the float64 sums (n, V) of float32 `values` (n, m, V), added one after another."""
    if values.shape[1] == 0:
        return np.zeros((len(values), values.shape[2]))
    return np.cumsum(values, axis=1, dtype=np.float64)[:, -1]
