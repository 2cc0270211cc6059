"""Files as one source: batches of raw columns, the same columns of the same types in each file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from pliant.errors import DataError
from pliant.runtime.raw import Frame, Numbers, RawColumn, Strings
from pliant.store.locate import Located, Place, locate
from pliant.store.sample import has_values
from pliant.store.source import Batch, arrow_bytes
from pliant.store.stream import Part, stream
from pliant.table.answered import UNTYPED, answered
from pliant.table.labels import Labels, kind_of, typed

_UNTYPED = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
_OPEN = (".jsonl", ".ndjson")
"""Kinds of files in which a row need not name every column."""


class FileSource:
    """One file or many: `size` bytes as they lie. Of the column `target` each value is exact."""

    def __init__(self, places: Place | Sequence[Place], target: str = "") -> None:
        self._target = target
        self._located = locate(places)
        self.size = sum(file.size for file in self._located)
        self.files = len(self._located)
        self.slow = any(file.kind in _UNTYPED for file in self._located)
        self._columns = _Columns(self._located)

    def batches(self, texts: Set[str]) -> Iterator[Batch]:
        """Give every row, in order; columns of `texts` are read as text, letter by letter.

        Raises
        ------
        DataError
            When a file cannot be read, or its columns are not those of the first one.
        """
        before = 0
        for file in self._located:
            first = 0
            for part in stream(file, texts, self._target):
                table = self._columns.of(file, part.table)
                frame = answered(table, self._target, file.kind in UNTYPED, part.words)
                typed = file.kind not in _UNTYPED
                if typed:
                    self._columns.refuse_other_types(file, frame)
                read = before + int(part.share * file.size)
                yield Batch(frame, file.name, first, _arrow_bytes(table, frame), read, typed)
                first += frame.n_rows
            before += file.size


class _Columns:
    """The names and types that every file is to have: those of the first."""

    def __init__(self, files: Sequence[Located]) -> None:
        self._first = files[0]
        self._open = all(file.kind in _OPEN for file in files)
        self._names: list[str] = []
        self._types: dict[str, tuple[str, str]] = {}
        if self._open:
            found = (n for f in files for part in stream(f, frozenset()) for n in _names(part))
            self._names = list(dict.fromkeys(found))

    def of(self, file: Located, table: Any) -> Any:
        """Return the table with the columns in the order of the first file."""
        import pyarrow as pa

        found = table.column_names
        self._names = self._names or found
        if found == self._names or len(set(found)) < len(found):
            return table
        if self._open:
            absent = [name for name in self._names if name not in found]
            for name in absent:
                table = table.append_column(name, pa.nulls(table.num_rows))
        for name in self._names:
            if name not in table.column_names:
                raise DataError(
                    f"expected the columns of {self._first.name} in {file.name}, "
                    f"but it has no column {name!r}"
                )
        for name in found:
            if name not in self._names:
                raise DataError(
                    f"expected the columns of {self._first.name} in {file.name}, "
                    f"but it has a column {name!r} too"
                )
        return table.select(self._names)

    def refuse_other_types(self, file: Located, frame: Frame) -> None:
        """Raise DataError when a column is not of the type that it had in the file before."""
        for name, column in frame.items():
            if not has_values(column):
                continue
            kind = _kind(column)
            known, where = self._types.setdefault(name, (kind, file.name))
            if known != kind:
                raise DataError(
                    f"expected {known} in column {name!r} of {file.name}, as in {where}, got {kind}"
                )


def _names(part: Part) -> list[str]:
    names: list[str] = part.table.column_names
    return names


def _arrow_bytes(table: Any, frame: Frame) -> Mapping[str, int]:
    """Return the bytes of each column as Arrow holds it once it is read, without dictionaries."""
    found = {}
    for field, (name, column) in zip(table.schema, frame.items(), strict=True):
        try:
            width = 0 if str(field.type) == "null" else field.type.bit_width
        except ValueError:  # text, which is numbers where all of it is read as such
            width = 64 if not isinstance(column, Strings) or _numeric(column) else -1
        if width < 0 or (isinstance(column, Strings) and not isinstance(column, Labels)):
            found[name] = arrow_bytes(column)
        else:
            found[name] = -(-frame.n_rows * width // 8)
    return found


def _numeric(column: RawColumn) -> bool:
    return (
        isinstance(column, Labels)
        and column.written
        and not isinstance(typed(column.levels[:1])[0], str)
    )


def _kind(column: RawColumn) -> str:
    """Return what people call the values of a column."""
    if isinstance(column, Labels) and len(column.values):
        return kind_of(column.values[0])
    if isinstance(column, Strings):
        return "text"
    return "numbers" if isinstance(column, Numbers) else "times"
