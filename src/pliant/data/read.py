"""Readers: files -> a frame. CSV, TSV, Parquet, Arrow and JSON Lines, through PyArrow."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from pliant.core.errors import DataError
from pliant.data.answered import UNTYPED as WRITTEN
from pliant.data.answered import answered, with_target
from pliant.data.cells import arrow_of_rows, typed_cells
from pliant.data.decode import whole
from pliant.data.delimit import Dialect, NamelessColumns, dialect_of
from pliant.data.foreign import first_sentence, refusing
from pliant.data.locate import OPEN, Located, Place, locate
from pliant.data.paths import folder_of, in_folder
from pliant.data.row_ends import CsvRowEnd
from pliant.data.together import together
from pliant.runtime.arrow import wanted
from pliant.runtime.media.places import MissingFiles
from pliant.runtime.raw import Frame, Numbers
from pliant.runtime.schema import Schema

_NAMED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")

Tell = Callable[[str], None]
"""Hears of what a file holds that is no part of the table."""


def unheard(note: str) -> None:
    """Let a note pass."""


@dataclass(frozen=True)
class Reads:
    """What is read of a file: the `columns`, all where None; those of `texts` as they are written.

    Of a text file, other columns are numbers where every cell is a plain one. Of the `target` each
    value is what it is in the file, letter by letter where that is text.
    """

    columns: Collection[str] | None = None
    texts: Collection[str] = ()
    target: str = ""

    @classmethod
    def of(cls, schema: Schema, texts: Collection[str] = (), target: str = "") -> Reads:
        """Return what a model reads, and `texts` and the target beside it."""
        words = [name for name, book in schema.books if book.reads is not Numbers]
        read = [*(c.name for c in schema.used), *texts, *([target] if target else [])]
        return cls(frozenset(read), frozenset([*words, *texts]), target)

    def part(self, table: Any) -> Any:
        """Return what is read of an Arrow table."""
        return table.select([j for j, _ in wanted(table.column_names, self.columns)])


def read_frame(
    places: Place | Sequence[Place],
    reads: Reads | None = None,
    encoding: str | None = None,
    tell: Tell = unheard,
) -> Frame:
    """Return the table in files, by path, glob or URL, as `pliant.data.locate` finds them.

    `encoding` is that of text without a mark, UTF-8 by default.

    Raises
    ------
    DataError
        When a file is absent, empty, damaged, or of no known kind, or has other columns.
    """
    return frame_of(locate(places, encoding), reads, tell)


def frame_of(
    files: Sequence[Located],
    reads: Reads | None = None,
    tell: Tell = unheard,
    missing: MissingFiles = "refuse",
) -> Frame:
    """Return the table in files, one under another.

    Paths in it begin in the folder of the files; files that do not exist are `missing`.
    """
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    with refusing(files[0].name + more, files[0].what):
        frame = _frame(files, reads or Reads(), tell)
    if frame.n_rows == 0:
        raise DataError(f"expected rows in {files[0].name}{more}, but it has a header only")
    return in_folder(frame, folder_of(files, missing))


def _frame(files: Sequence[Located], reads: Reads, tell: Tell) -> Frame:
    """Return the table; what cells mean is seen over all files, where all are of one kind."""
    if all(file.kind in OPEN for file in files):
        rows = [row for file in files for row in _rows(file)]
        return with_target(rows, reads.target, reads.columns)
    written = all(file.kind in WRITTEN for file in files)
    tables = []
    for file in files:
        table = reads.part(_table(file, reads, tell))
        typed = written or file.kind not in WRITTEN
        tables.append(table if typed else typed_cells(table, reads.texts))
    table = together(files, tables)
    if written:
        table = typed_cells(table, [*reads.texts, reads.target])
    return answered(table, reads.target, written)


def _table(file: Located, reads: Reads, tell: Tell) -> Any:
    """Return a file as an Arrow table, each cell of CSV as text."""
    if file.kind in OPEN:
        return arrow_of_rows(_rows(file), reads.texts, reads.target)
    with file.opened() as raw:
        if file.kind in WRITTEN:
            return _read_csv(file, raw, tell)
        return READERS[file.kind](file, raw)


def _rows(file: Located) -> list[dict[str, Any]]:
    with file.opened() as raw:
        return json_rows(file.name, _read_text(file, raw))


def _read_text(file: Located, raw: IO[bytes]) -> bytes:
    data = file.text(raw).read()
    if not data.strip():
        raise DataError(f"expected a table, but {file.name} is an empty file")
    return data


def _read_csv(file: Located, raw: IO[bytes], tell: Tell) -> Any:
    found = dialect_of(file.name, file.kind, _read_text(file, raw))
    if found.note:
        tell(found.note)
    refuse_open_quote(file.name, found)
    with refusing_bad_csv(file.name, found.data, found.delimiter) as parse:
        table = _parse_csv(found.data, parse)
    return NamelessColumns(file.name, tell).without(table)


def refuse_open_quote(name: str, rows: Dialect, lines: int = 0) -> None:
    """Raise DataError when a quote is left open in the last rows of a file: it takes in the rest.

    `lines` lines of the file came before them.
    """
    if b'"' not in rows.data:
        return
    text = rows.data + b"\n"
    end = CsvRowEnd(lambda data: rows.delimiter)(text)
    if end < len(text):
        line = lines + text.count(b"\n", 0, end) + 1
        raise DataError(
            f"expected every quote in {name} to be closed, but one that is opened in the row that "
            f"begins in line {line} is not"
        )


@contextmanager
def refusing_bad_csv(name: str, data: bytes, delimiter: str, lines: int = 0) -> Iterator[Any]:
    """Give the options to parse CSV text; that it cannot be parsed is said in our words.

    `lines` lines of the file came before `data`.
    """
    import pyarrow as pa
    from pyarrow import csv

    bad: list[Any] = []

    def refuse(row: Any) -> str:
        bad.append(row)
        return "error"

    try:
        yield csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=b'"' in data, invalid_row_handler=refuse
        )
    except pa.ArrowInvalid as error:
        if bad:
            raise _ragged(name, bad[0], data, lines) from None
        raise DataError(f"expected a table in {name}, but: {first_sentence(error)}") from None


def _parse_csv(data: bytes, parse: Any) -> Any:
    """Return the table with every cell as text."""
    from pyarrow import csv

    # Threads that a small text starts may still start when a mistake ends the program.
    block = max(1 << 20, min(len(data), 1 << 24))
    read = csv.ReadOptions(block_size=block, use_threads=len(data) > block)
    with csv.open_csv(io.BytesIO(data), read, parse) as opened:
        names = opened.schema.names
    return csv.read_csv(io.BytesIO(data), read, parse, cells_as_text(names))


def cells_as_text(names: Collection[str]) -> Any:
    """Return the options by which every cell of CSV text is kept as it is written."""
    import pyarrow as pa
    from pyarrow import csv

    return csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))


def _ragged(name: str, row: Any, data: bytes, before: int) -> DataError:
    lines = data.splitlines()  # the parser, on several threads, does not count them
    text = row.text.encode()
    where = f"line {before + lines.index(text) + 1}" if text in lines else f"{row.text[:60]!r}"
    return DataError(
        f"expected {row.expected_columns} values a line in {name}, "
        f"got {row.actual_columns} in {where}"
    )


def _read_parquet(file: Located, raw: IO[bytes]) -> Any:
    from pyarrow import parquet

    return parquet.read_table(raw)


def _read_arrow(file: Located, raw: IO[bytes]) -> Any:
    import pyarrow as pa
    from pyarrow import ipc

    data = file.unpacked(raw).read()
    opened = ipc.open_file if data.startswith(b"ARROW1") else ipc.open_stream
    return opened(pa.BufferReader(data)).read_all()


def json_rows(name: str, data: bytes, lines: int = 0) -> list[dict[str, Any]]:
    """Return lines of JSON as rows; `lines` lines of the file came before `data`."""
    rows = []
    for number, line in enumerate(data.splitlines(), start=lines + 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"expected JSON in line {number} of {name}, but: {error}") from None
        if not isinstance(row, dict):
            raise DataError(
                f"expected an object in line {number} of {name}, got {type(row).__name__}"
            )
        rows.append(_whole(row) if _NAMED_HALF.search(line) else row)
    return rows


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {whole(k): whole(v) if isinstance(v, str) else v for k, v in row.items()}


READERS: dict[str, Callable[[Located, IO[bytes]], Any]] = {
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
    ".ipc": _read_arrow,
}
"""The reader of each suffix of a file that says of itself what its columns are."""
