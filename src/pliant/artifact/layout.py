"""How the bytes of an array lie in a file, so that deflate finds what repeats.

    plain    as in memory, little-endian, C order
    planes   the first byte of every element, then the second of every element, and so on
    deltas   whole numbers: each less the one before it, modulo its size; then as planes

Every layout gives the same array back, and takes as many bytes as it does before they are deflated.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYOUTS = ("plain", "planes", "deltas")

_JUDGED = 1 << 15
"""Elements from the middle of an array on which its layout is chosen."""

_SMALL = 64
"""Bytes of an array below which no layout is worth its name."""


def best_layout(array: NDArray[Any]) -> str:
    """Return the layout in which an array deflates best, by a quick look at a part of it."""
    if array.nbytes < _SMALL:
        return "plain"
    flat = array.reshape(-1)
    start = max(0, len(flat) - _JUDGED) // 2
    part = flat[start : start + _JUDGED]
    fitting = [name for name in LAYOUTS if name != "deltas" or array.dtype.kind in "iu"]
    return min(fitting, key=lambda name: len(zlib.compress(lay_out(part, name), 1)))


def lay_out(array: NDArray[Any], layout: str) -> bytes:
    """Return the bytes of an array in that layout.

    Examples
    --------
    >>> lay_out(np.array([258, 259, 260], dtype=np.uint16), "planes")
    b'\\x02\\x03\\x04\\x01\\x01\\x01'
    >>> lay_out(np.array([258, 259, 260], dtype=np.uint16), "deltas")
    b'\\x02\\x01\\x01\\x01\\x00\\x00'
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    flat = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
    if layout == "deltas":
        unsigned = flat.view(_unsigned(flat.dtype))
        flat = unsigned.copy()
        flat[1:] -= unsigned[:-1]
    if layout == "plain":
        return flat.tobytes()
    return flat.view(np.uint8).reshape(len(flat), flat.itemsize).T.tobytes()


def restore(data: bytes, dtype: np.dtype[Any], layout: str) -> NDArray[Any]:
    """Return the flat array, of its own memory, whose bytes in that layout are given."""
    little = dtype.newbyteorder("<")
    if layout == "plain":
        return np.frombuffer(data, little).astype(dtype)
    planes = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, len(data) // dtype.itemsize)
    flat = np.ascontiguousarray(planes.T).reshape(-1)
    if layout == "deltas":
        unsigned = _unsigned(little)
        summed: NDArray[Any] = np.cumsum(flat.view(unsigned), dtype=unsigned.newbyteorder("="))
        return summed.view(dtype)
    return flat.view(little).astype(dtype)


def _unsigned(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"<u{dtype.itemsize}")
