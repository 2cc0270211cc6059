"""Ops that make features, all of them uint8 codes, from codes, dictionary ids and text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pliant.runtime.binning import bin_numbers, check_edges
from pliant.runtime.ngrams import MAX_BUCKETS, gram_scores
from pliant.runtime.ops.base import Array, Op, Run, Wire, one, register, segments, within


@register("gather")
def gather(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Keep the given `columns` of codes."""
    source = one(inputs, "codes")
    columns = op.array("columns", "uint16", 1).astype(np.intp)
    within("columns", columns, source.width)
    if np.array_equal(columns, np.arange(source.width)):
        return np.ascontiguousarray, source
    return lambda codes: np.take(codes, columns, axis=1), Wire("codes", len(columns))


@register("lookup")
def lookup(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Map ids to codes: output j reads column `columns[j]` in its part of `table`.

    `columns` uint16 (m,), `offsets` int64 (m + 1,), `table` uint8 (S,). An id beyond its part
    reads as 1, "unseen".
    """
    source = one(inputs, "ids")
    columns = op.array("columns", "uint16", 1).astype(np.intp)
    offsets, table = op.array("offsets", "int64", 1), op.array("table", "uint8", 1)
    within("columns", columns, source.width)
    segments("offsets", offsets, len(columns), len(table))
    start, size = offsets[:-1], np.diff(offsets)
    if (size < 2).any():
        raise ValueError("expected tables with an entry for missing and unseen at least")

    def run(ids: Array) -> Array:
        picked = np.take(ids, columns, axis=1)
        found: Array = table[start + np.where(picked < size, picked, 1)]
        return found

    return run, Wire("codes", len(columns))


@register("cross")
def cross(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Join pairs of ids: output j is the rank of (first, second) among the known pairs, plus 2.

    `first`, `second` uint16 (m,): columns. `base` int64 (m,): ids of the second column.
    `keys` int64 (S,): known `first * base + second`, sorted in each part of `offsets` (m + 1,).
    A pair that is not known reads as 1, "unseen".
    """
    source = one(inputs, "ids")
    first, second = op.array("first", "uint16", 1), op.array("second", "uint16", 1)
    base, keys = op.array("base", "int64", 1), op.array("keys", "int64", 1)
    offsets = op.array("offsets", "int64", 1)
    if not len(first) == len(second) == len(base):
        raise ValueError("expected first, second and base of one length")
    within("first", first, source.width)
    within("second", second, source.width)
    segments("offsets", offsets, len(first), len(keys))
    parts = [keys[a:b] for a, b in pairwise(offsets)]

    def run(ids: Array) -> Array:
        out = np.empty((len(ids), len(first)), dtype=np.int32)
        for j, known in enumerate(parts):
            key = ids[:, first[j]].astype(np.int64) * base[j] + ids[:, second[j]]
            at = np.minimum(np.searchsorted(known, key), len(known) - 1)
            out[:, j] = np.where(known[at] == key, at + 2, 1)
        return out

    return run, Wire("ids", len(first))


@register("ngrams")
def ngrams(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Score text: the sum of the `weights` float32 (B, V) of its hashed n-grams, length-normed."""
    one(inputs, "text")
    weights = op.array("weights", "float32", 2)
    if len(weights) == 0 or weights.shape[1] == 0:
        raise ValueError("expected weights for one bucket and one output at least, got none")
    if len(weights) > MAX_BUCKETS:
        raise ValueError(f"expected {MAX_BUCKETS} buckets at most, got {len(weights)}")
    return lambda text: gram_scores(text, weights), Wire("values", weights.shape[1])


@register("bin")
def bin_(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Bin values by `edges` float64 (E,), cut into columns by `offsets` int64 (C + 1,)."""
    source = one(inputs, "values")
    edges, offsets = op.array("edges", "float64", 1), op.array("offsets", "int64", 1)
    check_edges(edges, offsets)
    if len(offsets) != source.width + 1:
        raise ValueError(f"expected edges of {source.width} columns, got {len(offsets) - 1}")

    def run(values: Array) -> Array:
        return bin_numbers(np.ascontiguousarray(values, dtype=np.float64), edges, offsets)

    return run, Wire("codes", source.width)


@register("concat")
def concat(op: Op, inputs: tuple[Wire, ...]) -> tuple[Run, Wire]:
    """Put codes side by side."""
    if not inputs or any(i.kind != "codes" for i in inputs):
        raise ValueError(f"expected inputs of codes, got {[i.kind for i in inputs]}")

    def run(*parts: Array) -> Array:
        return np.concatenate(parts, axis=1)

    return run, Wire("codes", sum(i.width for i in inputs))
