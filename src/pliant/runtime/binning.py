"""Binning: numbers -> uint8 codes, 0 for missing, then 1... for the bins in order.

The code of a value is 1 + the number of edges strictly below it, so a value on an edge belongs
to the bin on the left. The NumPy functions here are the meaning; the compiled kernel, where it
was built, computes the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.level import HAVE_KERNEL

if HAVE_KERNEL:
    from pliant.runtime import _kernel

MAX_EDGES = 254
"""The most edges that a column may have, so that every code fits into a byte."""


def bin_numbers(
    values: NDArray[np.float64 | np.float32],
    edges: NDArray[np.float64],
    offsets: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return uint8 codes (n, C) of float64 or float32 `values` (n, C), NaN where missing.

    `edges` is float64 (E,) and `offsets` int64 (C + 1,): column c has the edges
    `edges[offsets[c]:offsets[c + 1]]`, sorted, at most 254. `values` may have any strides.

    Raises
    ------
    ValueError
        When a shape, a dtype or an offset does not fit.
    """
    codes = np.empty(values.shape, dtype=np.uint8)
    bin_into(codes, values, edges, offsets)
    return codes


def bin_into(
    codes: NDArray[np.uint8],
    values: NDArray[np.float64 | np.float32],
    edges: NDArray[np.float64],
    offsets: NDArray[np.int64],
) -> bool:
    """Write what `bin_numbers` returns to `codes` uint8 (n, C); return whether a value is infinite.

    `codes` may have any strides.

    Raises
    ------
    ValueError
        When a shape, a dtype or an offset does not fit.
    """
    if HAVE_KERNEL:
        packed = _kernel.pack_edges(np.arange(len(offsets) - 1), edges, offsets)
        return _kernel.bin_matrix(packed, values, codes)
    _expect_matrix(values, offsets)
    check_edges(edges, offsets, sorted_too=False)
    for c in range(values.shape[1]):
        codes[:, c] = _codes_of(values[:, c], edges[offsets[c] : offsets[c + 1]])
    return bool(np.isinf(values).any())


def bin_column(
    values: NDArray[np.float64 | np.float32], edges: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return uint8 codes (n,) of float64 or float32 `values` (n,), NaN where missing.

    `edges` is float64 (E,), sorted, at most 254.

    Raises
    ------
    ValueError
        When a shape or a dtype does not fit.
    """
    if values.ndim != 1:
        raise ValueError(f"expected values (n,), got {values.dtype} {values.shape}")
    return bin_numbers(values[:, None], edges, np.array([0, len(edges)]))[:, 0]


def check_edges(
    edges: NDArray[np.float64], offsets: NDArray[np.int64], *, sorted_too: bool = True
) -> None:
    """Raise ValueError with a sentence unless `edges` (E,) and `offsets` (C + 1,) fit together.

    For edges from a file, once: `bin_numbers` itself checks offsets, but not that edges rise.
    """
    if edges.ndim != 1 or edges.dtype != np.float64:
        raise ValueError(f"expected edges float64 (E,), got {edges.dtype} {edges.shape}")
    if offsets.ndim != 1 or offsets.dtype != np.int64 or len(offsets) == 0:
        raise ValueError(f"expected offsets int64 (C + 1,), got {offsets.dtype} {offsets.shape}")
    if offsets[0] < 0 or offsets[-1] > len(edges) or (np.diff(offsets) < 0).any():
        raise ValueError(f"expected offsets that rise from 0 or more to at most {len(edges)}")
    if (np.diff(offsets) > MAX_EDGES).any():
        raise ValueError(
            f"expected at most {MAX_EDGES} edges a column, got {np.diff(offsets).max()}"
        )
    if sorted_too:
        _check_sorted(edges, offsets)


def _check_sorted(edges: NDArray[np.float64], offsets: NDArray[np.int64]) -> None:
    if np.isnan(edges).any():
        raise ValueError("expected edges that are numbers, got NaN")
    rises = np.append(True, edges[1:] >= edges[:-1])
    rises[offsets[offsets < len(edges)]] = True
    if not rises.all():
        raise ValueError(f"expected sorted edges, got edge {np.argmin(rises)} below the one before")


def _expect_matrix(values: NDArray[np.float64 | np.float32], offsets: NDArray[np.int64]) -> None:
    if values.ndim != 2 or values.dtype not in (np.float64, np.float32):
        raise ValueError(f"expected values float64 (n, C), got {values.dtype} {values.shape}")
    if len(offsets) != values.shape[1] + 1:
        raise ValueError(f"expected {values.shape[1] + 1} offsets, got {len(offsets)}")


def _codes_of(
    values: NDArray[np.float64 | np.float32], edges: NDArray[np.float64]
) -> NDArray[np.uint8]:
    codes = 1 + np.searchsorted(edges, values, side="left")
    return np.where(np.isnan(values), 0, codes).astype(np.uint8)
