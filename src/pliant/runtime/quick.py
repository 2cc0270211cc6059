"""The short way in: one row as a dict, or a matrix of numbers, to codes without a frame between.

What cannot go that way, a value of a rare type or anything that may be an error, gives None; then
`to_frame` and `Schema.encode` serve, which say what every value means, and raise what is to raise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.codebook import CategoryCodebook, NumberCodebook, TimeCodebook, spoken
from pliant.runtime.intake import to_frame
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.one_row import row_of
from pliant.runtime.parts import in_parts
from pliant.runtime.program import Program
from pliant.runtime.schema import Coded, Column, Schema

if HAVE_KERNEL:
    from pliant.runtime import _kernel

_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))

_NUMBER, _CATEGORY, _TIME, _TEXT, _MARKED = range(5)
"""Kinds of columns, as the kernel numbers them."""


class QuickIntake:
    """Encodes what it can of what a user hands over, for one schema."""

    def __init__(self, schema: Schema) -> None:
        self._n_codes, self._n_ids = len(schema.code_columns), len(schema.id_columns)
        self._texts = schema.text_columns
        self._reader = _reader(schema) if HAVE_KERNEL and schema.used else None
        self._edges, self._width = _edges(schema) if HAVE_KERNEL else (None, 0)
        self._names = [column.name for column in schema.used]

    def encode(self, data: object, threads: int = 1) -> Coded | None:
        """Return the encoded rows of a dict or an array, None where the ordinary way must serve."""
        if type(data) is dict:
            return self._row(data) if self._reader is not None else None
        if type(data) is np.ndarray:
            return self._matrix(data, threads) if self._fits(data) else None
        if self._reader is not None and hasattr(data, "__len__"):
            row = row_of(data, self._names)
            return None if row is None else self._row(row)
        return None

    def predict(
        self, program: Program, data: object, threads: int = 1
    ) -> NDArray[np.float64] | None:
        """Return the output of a program for an array of numbers, in one call of the kernel; None
        where it takes more."""
        packed = program.direct
        if type(data) is not np.ndarray or packed is None or not self._fits(data):
            return None
        values, out = data, np.empty((len(data), program.n_outputs))

        def work(a: int, b: int) -> bool:
            return _kernel.run_matrix(packed, self._edges, values[a:b], out[a:b])

        if threads == 1:
            infinite = _kernel.run_matrix(packed, self._edges, values, out)
        else:
            infinite = any(in_parts(len(values), threads, work))
        return None if infinite else out

    def _fits(self, values: NDArray[Any]) -> bool:
        """Whether an array has the columns and the type of a matrix that can be binned."""
        if self._edges is None or values.ndim != 2 or values.dtype not in _FLOATS:
            return False
        return bool(values.shape[1] >= self._width)

    def _row(self, row: dict[Any, Any]) -> Coded | None:
        codes = np.empty((1, self._n_codes), dtype=np.uint8)
        ids = np.empty((1, self._n_ids), dtype=np.int32)
        if not _kernel.read_row(self._reader, row, codes, ids):
            return None
        if not self._texts:
            return Coded(codes, ids)
        frame = to_frame({name: row[name] for name in self._texts})
        return Coded(codes, ids, tuple(spoken(frame[name]) for name in self._texts))

    def _matrix(self, values: NDArray[Any], threads: int) -> Coded | None:
        n = len(values)
        codes = np.empty((n, self._n_codes), dtype=np.uint8, order="F")

        def work(a: int, b: int) -> bool:
            return _kernel.bin_matrix(self._edges, values[a:b], codes[a:b])

        if any(in_parts(n, threads, work)):
            return None  # an infinity: the ordinary way names the column and the row
        return Coded(codes, np.empty((n, 0), dtype=np.int32))


def _reader(schema: Schema) -> object:
    """Return the packed reader of a dict of one row."""
    part = len([c for c in schema.used if isinstance(c.codebook, NumberCodebook)])
    columns: list[tuple[str, int, int, int, Any, Any]] = []
    code = identity = 0
    for column in schema.used:
        book = column.codebook
        if isinstance(book, NumberCodebook):
            kind = _NUMBER if book.decimal == "." else _MARKED
            edges = np.ascontiguousarray(book.edges)
            columns.append((column.name, kind, code, 1, edges, book.code_of))
            code += 1
        elif isinstance(book, CategoryCodebook):
            columns.append((column.name, _CATEGORY, identity, 1, book.ids, book.id_of))
            identity += 1
        elif isinstance(book, TimeCodebook):
            width = len(book.parts)
            columns.append((column.name, _TIME, part, width, None, book.encode_one))
            part += width
        else:
            columns.append((column.name, _TEXT, 0, 0, None, None))
    n_codes, n_ids = len(schema.code_columns), len(schema.id_columns)
    return _kernel.pack_reader(tuple(columns), n_codes, n_ids, np.float64)


def _edges(schema: Schema) -> tuple[object | None, int]:
    """Return the packed edges of a matrix's columns, and the width that it must have; None where
    a column in use is no number or bears no name of an array's column, x0, x1, ..."""
    numbers = [(_place(c), c.codebook) for c in schema.used]
    books = [b for place, b in numbers if place is not None and isinstance(b, NumberCodebook)]
    if not books or len(books) != len(numbers):
        return None, 0
    places = np.array([place for place, _ in numbers], dtype=np.int64)
    offsets = np.cumsum([0, *(len(b.edges) for b in books)], dtype=np.int64)
    edges = np.concatenate([b.edges for b in books])
    return _kernel.pack_edges(places, edges, offsets), int(places.max()) + 1


def _place(column: Column) -> int | None:
    digits = column.name[1:]
    if not column.name.startswith("x") or not digits.isascii() or not digits.isdigit():
        return None
    return int(digits) if str(int(digits)) == digits and int(digits) < 2**31 - 1 else None
