"""How the lines of a CSV file are cut: the delimiter, and delimiters that header and rows lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pliant.core.errors import DataError

DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_LINES = 20
_SNIFFED_BYTES = 1 << 16
_LONGEST_HEADER = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """How the first rows of a file are laid out: its text as can be parsed, and what to say of it.

    A header that is shorter than its rows has got delimiters, one that is longer has lost some.
    """

    delimiter: str
    data: bytes
    note: str = ""


def dialect_of(name: str, kind: str, data: bytes) -> Dialect:
    """Return how the text of a file is laid out; `data` is its beginning, or all of it.

    Raises
    ------
    DataError
        When it is no text, or two delimiters fit.
    """
    head = data[:_SNIFFED_BYTES].decode("utf-8", "ignore")
    rows = _rows(head, whole=len(data) <= _SNIFFED_BYTES)
    if not rows:
        return Dialect(",", data)
    refuse_binary(name, rows[0])
    delimiter = "\t" if kind == ".tsv" else _delimiter(name, rows)
    return _evened(name, data, delimiter, rows)


def refuse_binary(name: str, header: str) -> None:
    """Raise DataError when a text file begins like something else than a table."""
    if "\x00" in header:
        raise DataError(
            f"expected a text table in {name}, but it holds binary data: UTF-16 without a mark is "
            "read with --encoding utf-16-le (encoding= in Python)"
        )


def _delimiter(name: str, rows: list[str]) -> str:
    """Return the delimiter that cuts rows into equally many fields, two or more."""
    counts = {d: [len(_fields(row, d)) for row in rows] for d in DELIMITERS}
    steady = [d for d, found in counts.items() if min(found) == max(found) > 1]
    if "," in steady or not steady:
        likely = max(DELIMITERS, key=lambda d: counts[d][0])
        if not steady and counts[likely][0] > 1:
            return likely
        return ","
    if len(steady) > 1:
        raise DataError(
            f"expected one delimiter in {name}, but {' and '.join(map(repr, steady))} both fit"
        )
    return steady[0]


def _rows(head: str, whole: bool) -> list[str]:
    """Return the first rows of a text, those in quotes with their line breaks; no blank ones."""
    rows: list[str] = []
    begun = ""
    lines = head.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in lines if whole else lines[:-1] or lines:
        begun += line
        if begun.count('"') % 2:
            begun += "\n"
            continue
        if begun.strip():
            rows.append(begun)
        begun = ""
        if len(rows) == _SNIFFED_LINES:
            break
    return rows or [line for line in lines if line.strip()][:_SNIFFED_LINES]


def _fields(row: str, delimiter: str) -> list[str]:
    fields, inside, first = [], False, 0
    for place, character in enumerate(row):
        if character == '"':
            inside = not inside
        elif character == delimiter and not inside:
            fields.append(row[first:place])
            first = place + 1
    return [*fields, row[first:]]


def _evened(name: str, data: bytes, delimiter: str, rows: list[str]) -> Dialect:
    """Return the text with a header of as many fields as its rows have, where all of these agree.

    What rows have too many of is at their end where it is empty. Where one field more has values,
    it is the first that has no name: R and pandas write and read row names so.
    """
    header, *rest = [_fields(row, delimiter) for row in rows]
    widths = {len(fields) for fields in rest}
    more = min(widths, default=0) - len(header)
    if len(widths) != 1 or more == 0 or len(header) == 1:
        return Dialect(delimiter, data)
    mark, break_ = delimiter.encode(), _header_end(data)
    start, end = data[:break_], data[break_:]
    if more < 0:
        if not start.endswith(mark * -more):
            return Dialect(delimiter, data)
        note = f"the header of {name} ends in {-more} delimiters that its rows have not"
        return Dialect(delimiter, start[: -len(mark) * -more] + end, note)
    if not any(field.strip() for fields in rest for field in fields[len(header) :]):
        note = f"the rows of {name} end in {more} delimiters that its header has not"
        return Dialect(delimiter, start + mark * more + end, note)
    if more > 1:
        return Dialect(delimiter, data)
    note = f"the rows of {name} have a value more than its header: the first of a row has no name"
    blank = len(start) - len(start.lstrip(b"\r\n"))
    return Dialect(delimiter, start[:blank] + mark + start[blank:] + end, note)


def _header_end(data: bytes) -> int:
    """Return where the line break after the header is, blank lines before it left aside."""
    place = len(data) - len(data.lstrip(b"\r\n"))
    quoted = False
    for byte in memoryview(data)[place : place + _LONGEST_HEADER]:
        if byte == ord('"'):
            quoted = not quoted
        elif byte in b"\r\n" and not quoted:
            break
        place += 1
    return place


class NamelessColumns:
    """Columns without a name that hold nothing throughout a file, which are left out of it.

    Delimiters at the ends of lines make them. A name of spaces is none.
    """

    def __init__(self, name: str, tell: Callable[[str], None]) -> None:
        self._name, self._tell = name, tell
        self._empty: list[int] | None = None

    def without(self, table: Any) -> Any:
        """Return some rows, the next ones of the file, without those columns.

        Raises
        ------
        DataError
            When a column was empty in the first rows that were given, but is not in these.
        """
        if self._empty is None:
            names = enumerate(table.column_names)
            nameless = [j for j, name in names if not name.strip()]
            self._empty = [j for j in nameless if is_empty(table.column(j))]
            if self._empty:
                s = "" if len(self._empty) == 1 else "s"
                self._tell(
                    f"{len(self._empty)} column{s} of {self._name} without a name or any value "
                    f"left out"
                )
        for j in self._empty:
            if not is_empty(table.column(j)):
                raise DataError(
                    f"expected nothing in column {j + 1} of {self._name}, which has no name and "
                    "is empty in the first rows: give it a name"
                )
        kept = [j for j in range(table.num_columns) if j not in self._empty]
        return table.select(kept) if self._empty else table


def is_empty(column: Any) -> bool:
    """Return whether an Arrow column holds no value, or empty text alone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count == len(column):
        return True
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    return not pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py()
