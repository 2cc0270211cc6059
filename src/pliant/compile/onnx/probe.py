"""Rows that are made up to find differences, and how a frame is fed to an ONNX document."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.compile.onnx.kinds import input_of
from pliant.runtime.kinds import TimeCodebook
from pliant.runtime.raw import NOT_A_TIME, Frame, Numbers, RawColumn, Strings, Times
from pliant.runtime.schema import Schema

_DAY = 86_400_000_000
_WIDEST = np.finfo(np.float64).max
_NUMBERS = np.array([np.nan, 0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, _WIDEST, -_WIDEST])
_TIMES = np.array([NOT_A_TIME, NOT_A_TIME + 1, np.iinfo(np.int64).max, 0, -1, 1], dtype=np.int64)
_YEARS = 400 * 365.2425
"""About how many days around 1970 most times that are made up lie within."""


def probing(schema: Schema, n_rows: int, seed: int = 0) -> Frame:
    """Return rows of values at every edge and a bit beside it, missing, unseen and extreme ones.

    With fewer rows than such values each column holds a sample of them.
    """
    rng = np.random.default_rng(seed)
    return Frame({c.name: PROBES[c.kind](c.codebook, n_rows, rng) for c in schema.used}, n_rows)


def feeds_of(schema: Schema, frame: Frame) -> dict[str, NDArray[Any]]:
    """Return the inputs of the document of a model: an array (n, 1) a column in use."""
    return {c.name: input_of(c).fed(frame[c.name])[:, None] for c in schema.used}


def _numbers(book: Any, n_rows: int, rng: np.random.Generator) -> RawColumn:
    return Numbers(_shuffled(np.concatenate([_NUMBERS, _around(book.edges)]), n_rows, rng))


def _times(book: Any, n_rows: int, rng: np.random.Generator) -> RawColumn:
    return Times(_shuffled(_moments(book, n_rows, rng), n_rows, rng))


def _words(book: Any, n_rows: int, rng: np.random.Generator) -> RawColumn:
    levels = [*book.levels, _unseen(book.levels), _unseen(book.levels).upper()]
    missing = [] if "" in book.levels else [-1]
    indices = np.array([*missing, *range(len(levels))], dtype=np.int32)
    return Strings(_shuffled(indices, n_rows, rng), levels)


def _texts(book: Any, n_rows: int, rng: np.random.Generator) -> RawColumn:
    return Strings(np.zeros(n_rows, dtype=np.int32), ["some text"])


PROBES = {"number": _numbers, "time": _times, "category": _words, "text": _texts}
"""What makes values up of each kind that ONNX can say, for a codebook."""


def _around(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        sides = [np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]
    values: NDArray[np.float64] = np.concatenate([edges, *sides])
    return values[np.isfinite(values)]


def _moments(book: TimeCodebook, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return midnights, a microsecond around them, moments of 800 years, and those at edges."""
    near = (rng.uniform(-_YEARS, _YEARS, n) * _DAY).astype(np.int64)
    midnights = near[: n // 4] // _DAY * _DAY
    far = rng.integers(NOT_A_TIME + 1, np.iinfo(np.int64).max, n // 8)
    parts = [_TIMES, near, midnights, midnights - 1, far]
    if "epoch" in book.parts:
        seconds = _around(book.books[book.parts.index("epoch")].edges)
        parts.append((seconds[np.abs(seconds) < 1e12] * 1e6).astype(np.int64))
    return np.concatenate(parts)


def _unseen(levels: tuple[str, ...]) -> str:
    text = "not seen é"
    while text in levels or text.upper() in levels:
        text += "!"
    return text


def _shuffled(values: NDArray[Any], n: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return n of the values, each as often as any other, in another order."""
    return np.resize(rng.permutation(values), n)[rng.permutation(n)]
