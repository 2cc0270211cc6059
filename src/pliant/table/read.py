"""Readers: a file -> a frame. CSV, TSV, Parquet, Arrow and JSON Lines, through PyArrow."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pliant.errors import DataError
from pliant.runtime.arrow import frame_from_arrow
from pliant.runtime.intake import refuse_duplicates
from pliant.runtime.raw import Frame

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
"""How a missing value is written in a text file."""

DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_LINES = 20


def read_frame(path: str | Path) -> Frame:
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
        frame = frame_from_arrow(READERS[kind](path))
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


def _read_csv(path: Path) -> Any:
    data = _read_text(path)
    with refusing_bad_csv(path, data, delimiter_of(path, data)) as parse:
        return _parse_csv(data, parse)


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
    """Return the parsed table; a column that turns out to be mixed is read again as text."""
    import pyarrow as pa
    from pyarrow import csv

    types: dict[str, Any] = {}
    # Threads that a small text starts may still start when a mistake ends the program.
    block = max(1 << 20, min(len(data), 1 << 24))
    read = csv.ReadOptions(block_size=block, use_threads=len(data) > block)
    while True:
        convert = csv_types(types)
        try:
            return csv.read_csv(io.BytesIO(data), read, parse, convert)
        except pa.ArrowInvalid as error:
            number = _conflicting_column(str(error))
            if number is None:
                raise
            with csv.open_csv(io.BytesIO(data), read, parse, convert) as opened:
                head = opened.schema.names
            if number >= len(head) or types.get(head[number]) == pa.string():
                raise
            types[head[number]] = pa.string()


def csv_types(types: Mapping[str, Any]) -> Any:
    """Return the options by which CSV text becomes values, with the types of some columns."""
    from pyarrow import csv

    return csv.ConvertOptions(
        null_values=list(MISSING), strings_can_be_null=True, column_types=types
    )


def _conflicting_column(message: str) -> int | None:
    start = "In CSV column #"
    if start not in message or "CSV conversion error" not in message:
        return None
    digits = message.split(start, 1)[1].split(":", 1)[0]
    return int(digits) if digits.isdigit() else None


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


def _read_parquet(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"expected a Parquet file, but {path}: {first_sentence(error)}") from None


def _read_arrow(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import ipc

    data = path.read_bytes()
    try:
        opened = ipc.open_file if data.startswith(b"ARROW1") else ipc.open_stream
        return opened(pa.BufferReader(data)).read_all()
    except pa.ArrowInvalid as error:
        raise DataError(f"expected an Arrow file, but {path}: {first_sentence(error)}") from None


def _read_json_lines(path: Path) -> Any:
    return json_table(path, _read_text(path))


def json_table(path: Path, data: bytes, lines: int = 0, texts: Set[str] = frozenset()) -> Any:
    """Return lines of JSON as an Arrow table, the columns of `texts` as text.

    `lines` lines of the file came before `data`.
    """
    import pyarrow as pa

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
    names = list(dict.fromkeys(name for row in rows for name in row))
    refuse_duplicates(names)
    columns = [_json_column(name, [row.get(name) for row in rows], name in texts) for name in names]
    return pa.Table.from_arrays(columns, names=names)


def _json_column(name: str, values: list[Any], text: bool) -> Any:
    import pyarrow as pa

    try:
        if not text:
            return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        if all(isinstance(v, int | float | None) for v in values):
            return pa.array(values, pa.float64())
    if any(isinstance(v, dict | list) for v in values):
        raise DataError(f"expected numbers or text in {name!r}, got nested values")
    return pa.array([None if v is None else str(v) for v in values], pa.string())


def first_sentence(error: Exception) -> str:
    """Return the beginning of another library's error, up to its first full stop."""
    return str(error).split("\n", 1)[0].split(". ", 1)[0].rstrip(".")


READERS: dict[str, Callable[[Path], Any]] = {
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
