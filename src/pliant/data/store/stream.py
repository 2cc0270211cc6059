"""Files as streams of Arrow tables: a block of text, or a batch of rows, at a time."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from pliant.core.errors import DataError
from pliant.data.answered import UNTYPED as WRITTEN
from pliant.data.cells import arrow_of_rows, cells_of, typed_cells
from pliant.data.delimit import Dialect, NamelessColumns, dialect_of
from pliant.data.labels import EXACT
from pliant.data.locate import Located
from pliant.data.read import (
    Reads,
    Tell,
    cells_as_text,
    json_rows,
    refuse_open_quote,
    refusing_bad_csv,
    unheard,
)
from pliant.data.row_ends import CsvRowEnd, RowEnd, line_end
from pliant.data.store.source import BatchSize


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file as an Arrow table; `share` of the file has been read after them.

    `words` are columns of text whose dictionaries the reader made, not the file.
    """

    table: Any
    share: float
    words: Collection[str] = ()


@dataclass(frozen=True)
class _Text:
    """Rows of a file, and how many lines came before; a quote may be open where not `whole`."""

    data: bytes
    lines: int
    share: float
    whole: bool = True


def stream(
    file: Located, reads: Reads, tell: Tell = unheard, batch: BatchSize | None = None
) -> Iterator[Chunk]:
    """Give the rows of a file in order; in a text file `reads.texts` come as text.

    `tell` hears of what is no part of the table; `batch` says how much is read at a time.

    Raises
    ------
    DataError
        When the file cannot be read or parsed.
    """
    batch = batch or BatchSize()
    with file.opened() as raw:
        if file.kind in WRITTEN:
            yield from _csv(file, raw, reads, tell, batch)
        else:
            yield from STREAMS[file.kind](file, raw, reads, batch)


def _texts(file: Located, raw: IO[bytes], row_end: RowEnd, batch: BatchSize) -> Iterator[_Text]:
    """Give the text of a file in blocks that end where a row does; the last one may not.

    Raises
    ------
    DataError
        When a row is longer than it may be.
    """
    content = file.text(raw)
    rest, lines = b"", 0
    # A row longer than a block is looked at again when twice as much of it is there.
    while block := content.read(max(batch.text_bytes, len(rest))):
        data = rest + block
        end = row_end(data)
        if end:
            yield _Text(data[:end], lines, min(1.0, raw.tell() / file.size))
            lines += data.count(b"\n", 0, end) or data.count(b"\r", 0, end)
        rest = data[end:]
        if len(rest) > batch.row_bytes:
            raise DataError(
                f"expected rows of at most {batch.row_bytes >> 20} MiB in {file.name}, but the "
                f"one that begins in line {lines + 1} is longer: is a quote open there?"
            )
    if rest.strip():
        yield _Text(rest, lines, 1.0, whole=False)
    elif not lines:
        raise DataError(f"expected a table, but {file.name} is an empty file")


def _csv(
    file: Located, raw: IO[bytes], reads: Reads, tell: Tell, batch: BatchSize
) -> Iterator[Chunk]:
    from pyarrow import csv

    names: list[str] | None = None
    types: dict[str, Any] = {}
    delimiter, nameless = ",", NamelessColumns(file.name, tell)
    texts = {*reads.texts, reads.target}
    ends = CsvRowEnd(lambda data: dialect_of(file.name, file.kind, data).delimiter)
    for text in _texts(file, raw, ends, batch):
        data = text.data
        if names is None:
            if not data.strip():
                continue
            dialect = dialect_of(file.name, file.kind, data)
            delimiter, data = dialect.delimiter, dialect.data
            if dialect.note:
                tell(dialect.note)
        if not text.whole:
            refuse_open_quote(file.name, Dialect(delimiter, data), text.lines)
        read = csv.ReadOptions(column_names=names, block_size=len(data) + 1, use_threads=False)
        with refusing_bad_csv(file.name, data, delimiter, text.lines) as parse:
            table = _parsed(data, (read, parse), types, texts)
        names = table.column_names
        types = {field.name: field.type for field in table.schema}
        yield Chunk(nameless.without(table), text.share)


def _parsed(data: bytes, how: tuple[Any, Any], types: dict[str, Any], texts: Set[str]) -> Any:
    """Return CSV text as a table, its columns of the types of the block before where they can."""
    import pyarrow as pa
    from pyarrow import csv

    if types:
        with suppress(pa.ArrowInvalid):
            return csv.read_csv(io.BytesIO(data), *how, cells_of(types))
    with csv.open_csv(io.BytesIO(data), *how) as opened:
        names = opened.schema.names
    return typed_cells(csv.read_csv(io.BytesIO(data), *how, cells_as_text(names)), texts)


def _json(file: Located, raw: IO[bytes], reads: Reads, batch: BatchSize) -> Iterator[Chunk]:
    import pyarrow as pa

    texts, target = reads.texts, reads.target
    for text in _texts(file, raw, line_end, batch):
        if not text.data.strip():
            continue
        try:
            if texts:
                raise pa.ArrowInvalid("text is kept as it is written")
            table = _json_table(text.data)
            if target in table.column_names and _bent(table.column(target)):
                raise pa.ArrowInvalid("a label is kept as it is")
        except pa.ArrowInvalid:  # types that change from row to row, or no JSON
            table = arrow_of_rows(json_rows(file.name, text.data, text.lines), texts, target)
        yield Chunk(table, text.share)


def _bent(column: Any) -> bool:
    """Return whether whole numbers of 64 bits became floats."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(column.type):
        return False
    ends = pc.min_max(column).as_py()
    return any(v is not None and abs(v) >= EXACT for v in ends.values())


def _json_table(data: bytes) -> Any:
    """Return lines of JSON as a table; text stays text, also where it looks like times."""
    import pyarrow as pa
    from pyarrow import json

    read = json.ReadOptions(block_size=len(data) + 1, use_threads=False)
    table = json.read_json(io.BytesIO(data), read)
    times = [f.name for f in table.schema if pa.types.is_timestamp(f.type)]
    if not times:
        return table
    stated = json.ParseOptions(pa.schema([(name, pa.string()) for name in times]))
    return json.read_json(io.BytesIO(data), read, stated).select(table.column_names)


def _parquet(file: Located, raw: IO[bytes], reads: Reads, batch: BatchSize) -> Iterator[Chunk]:
    import pyarrow as pa
    from pyarrow import parquet

    opened = parquet.ParquetFile(raw, buffer_size=1 << 20, pre_buffer=False)
    words = [f.name for f in opened.schema_arrow if pa.types.is_string(f.type)]
    opened = parquet.ParquetFile(raw, buffer_size=1 << 20, pre_buffer=False, read_dictionary=words)
    done, total = 0, max(1, opened.metadata.num_rows)
    step = min(batch.rows_of(len(opened.schema_arrow)), _rows_of_bytes(opened, batch))
    for found in opened.iter_batches(step, use_threads=False):
        done += len(found)
        yield Chunk(pa.Table.from_batches([found]), done / total, words)
    if not done:
        yield Chunk(opened.schema_arrow.empty_table(), 1.0)


def _rows_of_bytes(opened: Any, batch: BatchSize) -> int:
    """Return how many rows may be read at once where some columns are bytes, such as images."""
    import pyarrow as pa

    names = {f.name for f in opened.schema_arrow if pa.types.is_binary(f.type)}
    rows, total = opened.metadata.num_rows, 0
    for group in range(opened.metadata.num_row_groups if names else 0):
        told = opened.metadata.row_group(group)
        columns = map(told.column, range(told.num_columns))
        total += sum(c.total_uncompressed_size for c in columns if c.path_in_schema in names)
    return max(1, int(batch.file_bytes * rows / total) if total else rows)


def _arrow(file: Located, raw: IO[bytes], reads: Reads, batch: BatchSize) -> Iterator[Chunk]:
    import pyarrow as pa
    from pyarrow import ipc

    content = file.unpacked(raw)
    head = content.read(8)
    # A file is a stream between a magic word and a table of contents.
    whole = content if head.startswith(b"ARROW1") else _Prefixed(head, content)
    batches = ipc.open_stream(whole)
    step = batch.rows_of(len(batches.schema))
    yield Chunk(batches.schema.empty_table(), 0.0)
    for found in batches:
        for first in range(0, len(found), step):
            share = min(1.0, raw.tell() / file.size)
            yield Chunk(pa.Table.from_batches([found.slice(first, step)]), share)


class _Prefixed(io.RawIOBase):
    """A stream with some bytes put back before it."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, fewer only at the end."""
        head, self._head = self._head[:size], self._head[size:]
        return head + self._rest.read(size - len(head)) if len(head) < size else head


STREAMS: dict[str, Callable[[Located, IO[bytes], Reads, BatchSize], Iterator[Chunk]]] = {
    ".parquet": _parquet,
    ".pq": _parquet,
    ".arrow": _arrow,
    ".feather": _arrow,
    ".ipc": _arrow,
    ".jsonl": _json,
    ".ndjson": _json,
}
"""How a file of each suffix is read, but for CSV."""
