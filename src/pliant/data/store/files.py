"""Files as one source: batches of raw columns, the same columns of the same types in each file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from pliant.core.errors import DataError
from pliant.data.answered import UNTYPED as WRITTEN
from pliant.data.answered import answered
from pliant.data.foreign import refusing
from pliant.data.labels import Labels, kind_of, typed
from pliant.data.locate import OPEN, UNTYPED, Located, Place, locate
from pliant.data.media_folder import LABEL
from pliant.data.paths import folder_of, in_folder
from pliant.data.read import Reads
from pliant.data.store.sample import has_values
from pliant.data.store.source import Batch, BatchSize, arrow_bytes
from pliant.data.store.stream import Chunk, stream
from pliant.data.together import Columns
from pliant.runtime.media.places import MissingFiles
from pliant.runtime.raw import Frame, Numbers, RawColumn, Strings


class FileSource:
    """One file or many: `size` bytes as they lie. Of the column `target` each value is exact.

    `notes` say what of them is no part of the table; `missing` what becomes of files that rows name
    and that do not exist.
    """

    def __init__(
        self,
        places: Place | Sequence[Place],
        target: str = "",
        encoding: str | None = None,
        batch: BatchSize | None = None,
        missing: MissingFiles = "refuse",
    ) -> None:
        self._target, self._batch = target, batch or BatchSize()
        self._located = locate(places, encoding, target or LABEL)
        self._folder = folder_of(self._located, missing)
        self.size = sum(file.size for file in self._located)
        self.files = len(self._located)
        self.slow = any(file.kind in UNTYPED for file in self._located)
        self.notes: list[str] = []
        self._columns = Columns(self._located, self._open_names())
        self._types = _Types()

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
            for part in self._parts(file, Reads(texts=texts, target=self._target)):
                table = self._columns.of(file, part.table)
                with refusing(file.name, file.what):
                    frame = answered(table, self._target, file.kind in WRITTEN, part.words)
                typed = file.kind not in UNTYPED
                if typed:
                    self._types.refuse_other(file, frame)
                read = before + int(part.share * file.size)
                frame = in_folder(frame, self._folder)
                yield Batch(frame, file.name, first, _arrow_bytes(table, frame), read, typed)
                first += frame.n_rows
            before += file.size

    def _parts(self, file: Located, reads: Reads) -> Iterator[Chunk]:
        return stream(file, reads, self._note, self._batch)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _open_names(self) -> list[str]:
        """Return the columns that rows have which need not name every one; else nothing."""
        if not all(file.kind in OPEN for file in self._located):
            return []
        parts = (part for file in self._located for part in self._parts(file, Reads()))
        return [name for part in parts for name in part.table.column_names]


class _Types:
    """The kind of each column that says of itself what it is: that of the file before."""

    def __init__(self) -> None:
        self._types: dict[str, tuple[str, str]] = {}

    def refuse_other(self, file: Located, frame: Frame) -> None:
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
