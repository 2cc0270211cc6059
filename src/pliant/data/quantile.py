"""Learn a number codebook: quantile bins in which heavy values stand alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.kinds import NumberCodebook

MAX_BINS = 254
"""Bins beside "missing": 255 codes, as many as LightGBM keeps apart in a byte."""

FLOAT32_MAX = 3.4e38
"""Where centers end: a table may write a missing value as the greatest float64."""


def learn_numbers(values: NDArray[np.float64], max_bins: int = MAX_BINS) -> NumberCodebook:
    """Return the codebook of float64 `values` of shape (n,), NaN where missing.

    At most `max_bins` distinct values get a bin each. With more, a value that fills a bin
    alone keeps it, and the others share the remaining bins by equal counts.
    """
    distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    if len(distinct) == 0:
        return NumberCodebook(np.empty(0), np.zeros(1, dtype=np.float32))
    bins = np.arange(len(distinct))
    if len(distinct) > max_bins:
        bins = _share(counts, max_bins)
    last = np.append(np.flatnonzero(np.diff(bins)), len(distinct) - 1)
    edges = _between(distinct[last[:-1]], distinct[last[:-1] + 1])
    weight = np.add.reduceat(counts.astype(np.float64), np.append(0, last[:-1] + 1))
    within = np.clip(distinct, -FLOAT32_MAX, FLOAT32_MAX)
    total = np.add.reduceat(within * counts, np.append(0, last[:-1] + 1))
    return NumberCodebook(edges, (total / weight).astype(np.float32))


def learn_parts(
    parts: Mapping[str, NDArray[np.float64]],
) -> tuple[tuple[str, ...], tuple[NumberCodebook, ...]]:
    """Return names and codebooks of those parts that vary, of the first one where none does.

    `parts` are float64 (n,) each, NaN where missing, as `PartsCodebook.values` has them.
    """
    books = {part: learn_numbers(values) for part, values in parts.items()}
    varying = tuple(part for part in parts if len(books[part].edges) > 0) or tuple(parts)[:1]
    return varying, tuple(books[part] for part in varying)


def _share(counts: NDArray[np.int64], max_bins: int) -> NDArray[np.int64]:
    """Return a non-decreasing bin number for each distinct value, fewer than `max_bins`."""
    heavy = counts >= counts.sum() / max_bins
    # A heavy value closes the bin before it and its own, so it may cost two bins.
    room = max_bins - 2 * int(heavy.sum()) - 1
    while room < 1:
        room = max_bins - int((heavy[1:] | heavy[:-1]).sum())
        if room < 1:
            heavy &= counts > counts[heavy].min()
    light_total = max(counts[~heavy].sum(), 1)
    before = np.cumsum(np.where(heavy, 0, counts)) - np.where(heavy, 0, counts)
    quantile = np.minimum(before * room // light_total, room - 1)
    starts = np.zeros(len(counts), dtype=bool)
    starts[1:] = (np.diff(quantile) > 0) | heavy[1:] | heavy[:-1]
    return np.cumsum(starts)


def _between(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an edge with low <= edge < high, halfway where floats allow."""
    with np.errstate(over="ignore"):  # then `middle` is infinite, and not taken
        middle = low + (high - low) / 2
    return np.where(middle < high, middle, low)
