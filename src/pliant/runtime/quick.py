"""The short way in: one row as a dict, or a matrix of numbers, to codes without a frame between.

What cannot go that way, a value of a rare type or anything that may be an error, gives None; then
`to_frame` and `Schema.encode` serve, which say what every value means, and raise what is to raise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.runtime.coded import Coded
from pliant.runtime.intake import to_frame
from pliant.runtime.kinds import ReadBy
from pliant.runtime.level import HAVE_KERNEL
from pliant.runtime.one_row import row_of
from pliant.runtime.parts import in_parts
from pliant.runtime.program import Program
from pliant.runtime.schema import Column, Schema

if HAVE_KERNEL:
    from pliant.runtime import _kernel

_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))

_NUMBERS = (ReadBy.EDGES, ReadBy.MARKED_EDGES)
"""How columns are read that are numbers and nothing else."""


class QuickIntake:
    """Encodes what it can of what a user hands over, for one schema."""

    def __init__(self, schema: Schema) -> None:
        self._n_codes, self._n_ids = len(schema.code_columns), len(schema.id_columns)
        self._own = schema.own_planes
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
        if not self._own:
            return Coded(codes, ids)
        frame = to_frame({own.name: row[own.name] for own in self._own})
        planes = {own.wire: own.encode(frame[own.name]) for own in self._own}
        return Coded(codes, ids, planes)

    def _matrix(self, values: NDArray[Any], threads: int) -> Coded | None:
        n = len(values)
        codes = np.empty((n, self._n_codes), dtype=np.uint8, order="F")

        def work(a: int, b: int) -> bool:
            return _kernel.bin_matrix(self._edges, values[a:b], codes[a:b])

        if any(in_parts(n, threads, work)):
            return None  # an infinity: the ordinary way names the column and the row
        return Coded(codes, np.empty((n, 0), dtype=np.int32))


def _reader(schema: Schema) -> object | None:
    """Return the packed reader of a dict of one row; None where a column has none."""
    places = {column.name: column.codes for column in schema.binned}
    places |= {name: range(j, j + 1) for j, (name, _) in enumerate(schema.id_columns)}
    columns: list[tuple[str, int, int, int, Any, Any]] = []
    for name, book in schema.books:
        reader, place = book.reader(), places.get(name, range(0))
        if reader is None:
            return None
        own = int(reader.how), place.start, len(place), reader.table, reader.meaning
        columns.append((name, *own))
    n_codes, n_ids = len(schema.code_columns), len(schema.id_columns)
    return _kernel.pack_reader(tuple(columns), n_codes, n_ids, np.float64)


def _edges(schema: Schema) -> tuple[object | None, int]:
    """Return the packed edges of a matrix's columns, and the width that it must have; None where
    a column in use is no number or bears no name of an array's column, x0, x1, ..."""
    places = [place for column in schema.used if (place := _place(column)) is not None]
    readers = [column.book.reader() for column in schema.binned]
    numbers = [r.table for r in readers if r is not None and r.how in _NUMBERS]
    if not numbers or not len(numbers) == len(places) == len(schema.used):
        return None, 0
    edges = [np.asarray(table, dtype=np.float64) for table in numbers]
    offsets = np.cumsum([0, *map(len, edges)], dtype=np.int64)
    packed = _kernel.pack_edges(np.array(places, dtype=np.int64), np.concatenate(edges), offsets)
    return packed, max(places) + 1


def _place(column: Column) -> int | None:
    digits = column.name[1:]
    if not column.name.startswith("x") or not digits.isascii() or not digits.isdigit():
        return None
    return int(digits) if str(int(digits)) == digits and int(digits) < 2**31 - 1 else None
