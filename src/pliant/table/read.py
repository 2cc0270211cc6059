"""Readers: a file -> a frame. CSV, TSV, Parquet, Arrow and JSON Lines, through PyArrow."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pliant.errors import DataError
from pliant.runtime.arrow import wanted
from pliant.runtime.raw import Frame
from pliant.runtime.schema import Schema
from pliant.table.answered import answered, with_target
from pliant.table.cells import typed_cells

DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_LINES = 20


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
        words = [c.name for c in schema.used if c.kind != "number"]
        read = [*(c.name for c in schema.used), *texts, *([target] if target else [])]
        return cls(frozenset(read), frozenset([*words, *texts]), target)


def read_frame(path: str | Path, reads: Reads | None = None) -> Frame:
    """Return the table in a file, its kind told by the suffix.

    Raises
    ------
    DataError
        When the file is absent, empty, damaged, or of no known kind.
    """
    path = Path(path)
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    kind = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) == 2 else path.suffix.lower()
    if kind not in READERS:
        known = ", ".join(READERS)
        raise DataError(f"expected a file that ends in {known}, got {path.name!r}")
    if path.is_dir():
        raise DataError(f"expected a file, but {path} is a folder")
    try:
        if path.stat().st_size == 0:
            raise DataError(f"expected a table, but {path} is an empty file")
        frame = READERS[kind](path, reads or Reads())
    except FileNotFoundError:
        raise DataError(f"expected a table, but there is no file {path}") from None
    except OSError as error:
        raise DataError(f"expected to read {path}, but: {error.strerror or error}") from None
    if frame.n_rows == 0:
        raise DataError(f"expected rows in {path}, but it has a header only")
    return frame


def _read_text(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix.lower() == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise DataError(f"expected a gzip file at {path}, but: {error}") from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise DataError(f"expected a table, but {path} is an empty file")
    refuse_not_utf8(path, data)
    return data


def refuse_not_utf8(path: Path, data: bytes, lines: int = 0) -> None:
    """Raise DataError when bytes are no UTF-8; `lines` lines of the file came before them."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = lines + data[: error.start].count(b"\n") + 1
        raise DataError(
            f"expected UTF-8 text in {path}, but line {line} holds the byte "
            f"0x{data[error.start]:02x}: save it as UTF-8"
        ) from None


def _read_csv(path: Path, reads: Reads) -> Frame:
    data = _read_text(path)
    with refusing_bad_csv(path, data, delimiter_of(path, data)) as parse:
        table = _parse_csv(data, parse)
    read = [name for _, name in wanted(table.column_names, reads.columns)]
    cells = typed_cells(table.select(read), [*reads.texts, reads.target])
    return answered(cells, reads.target, written=True)


@contextmanager
def refusing_bad_csv(path: Path, data: bytes, delimiter: str, lines: int = 0) -> Iterator[Any]:
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
            raise _ragged(path, bad[0], data, lines) from None
        raise DataError(f"expected a table in {path}, but: {first_sentence(error)}") from None


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


def _ragged(path: Path, row: Any, data: bytes, before: int) -> DataError:
    lines = data.decode().splitlines()  # the parser, on several threads, does not count them
    known = row.text in lines
    where = f"line {before + lines.index(row.text) + 1}" if known else f"{row.text[:60]!r}"
    return DataError(
        f"expected {row.expected_columns} values a line in {path}, "
        f"got {row.actual_columns} in {where}"
    )


def delimiter_of(path: Path, data: bytes) -> str:
    """Return the delimiter that cuts the first lines into equally many fields, two or more."""
    head = data[: 1 << 16].decode("utf-8", "ignore").splitlines()[:_SNIFFED_LINES]
    lines = [line for line in head if line.strip()]
    refuse_bad_header(path, lines[0])
    if path.suffixes and ".tsv" in [s.lower() for s in path.suffixes]:
        return "\t"
    counts = {d: [_fields(line, d) for line in lines] for d in DELIMITERS}
    steady = [d for d, found in counts.items() if min(found) == max(found) > 1]
    if "," in steady or not steady:
        likely = max(DELIMITERS, key=lambda d: counts[d][0])
        if not steady and counts[likely][0] > 1:
            return likely
        return ","
    if len(steady) > 1:
        raise DataError(
            f"expected one delimiter in {path}, but {' and '.join(map(repr, steady))} both fit"
        )
    return steady[0]


def refuse_bad_header(path: Path, header: str) -> None:
    """Raise DataError when a text file begins like something else than a table."""
    if "\x00" in header:
        raise DataError(f"expected a text table in {path}, but it holds binary data")


def _fields(line: str, delimiter: str) -> int:
    inside, count = False, 1
    for character in line:
        if character == '"':
            inside = not inside
        elif character == delimiter and not inside:
            count += 1
    return count


def _read_parquet(path: Path, reads: Reads) -> Frame:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return _typed(parquet.read_table(path), reads)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"expected a Parquet file, but {path}: {first_sentence(error)}") from None


def _typed(table: Any, reads: Reads) -> Frame:
    """Return what is read of an Arrow table."""
    read = [name for _, name in wanted(table.column_names, reads.columns)]
    return answered(table.select(read), reads.target, written=False)


def _read_arrow(path: Path, reads: Reads) -> Frame:
    import pyarrow as pa
    from pyarrow import ipc

    data = path.read_bytes()
    try:
        opened = ipc.open_file if data.startswith(b"ARROW1") else ipc.open_stream
        return _typed(opened(pa.BufferReader(data)).read_all(), reads)
    except pa.ArrowInvalid as error:
        raise DataError(f"expected an Arrow file, but {path}: {first_sentence(error)}") from None


def _read_json_lines(path: Path, reads: Reads) -> Frame:
    rows = json_rows(path, _read_text(path))
    return with_target(rows, reads.target, reads.columns)


def json_rows(path: Path, data: bytes, lines: int = 0) -> list[dict[str, Any]]:
    """Return lines of JSON as rows; `lines` lines of the file came before `data`."""
    rows = []
    for number, line in enumerate(data.splitlines(), start=lines + 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"expected JSON in line {number} of {path}, but: {error}") from None
        if not isinstance(row, dict):
            raise DataError(
                f"expected an object in line {number} of {path}, got {type(row).__name__}"
            )
        rows.append(row)
    return rows


def first_sentence(error: Exception) -> str:
    """Return the beginning of another library's error, up to its first full stop."""
    return str(error).split("\n", 1)[0].split(". ", 1)[0].rstrip(".")


READERS: dict[str, Callable[[Path, Reads], Frame]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".arrow": _read_arrow,
    ".feather": _read_arrow,
    ".ipc": _read_arrow,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}
"""The reader of each suffix."""
