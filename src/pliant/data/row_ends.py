"""Where the last whole row of a block of text ends."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

RowEnd = Callable[[bytes], int]
"""Returns how many bytes of a text are whole rows; a text begins where a row does."""

_QUOTE = ord('"')


def line_end(data: bytes) -> int:
    """Return where the last whole line ends: a row of JSON Lines is a line, whatever is in it."""
    return data.rfind(b"\n") + 1


class CsvRowEnd:
    """Finds the end of the last whole row of CSV, in time that grows with the bytes.

    As in RFC 4180, and as PyArrow parses, a quote opens only where a field begins: within one, as
    in `3.5" disk`, it is a letter. Line breaks between quotes belong to the field.
    """

    def __init__(self, delimiter_of: Callable[[bytes], str]) -> None:
        self._delimiter_of = delimiter_of
        self._delimiter = b""
        self._rows = re.compile(b"")

    def __call__(self, data: bytes) -> int:
        """Return how many bytes of a text are whole rows."""
        if b'"' not in data:
            return line_end(data) or data.rfind(b"\r", 0, -1) + 1  # the lines of old Macs
        if not self._delimiter:
            lines = data[: line_end(data)]
            self._delimiter = self._delimiter_of(lines if lines.strip() else data).encode()
            self._rows = _whole_rows(self._delimiter)
        end = self._paired(data) if b"\n" in data else None
        if end is not None:
            return end
        found = self._rows.match(data)
        return found.end() if found else 0

    def _paired(self, data: bytes) -> int | None:
        """Return the end where quotes come in pairs, as nearly always; None where one is stray.

        Every second quote must then open a field, or follow another: two within quotes are one.
        """
        letters = np.frombuffer(data, np.uint8)
        quotes = np.flatnonzero(letters == _QUOTE)
        opening = quotes[::2]
        before = letters[np.maximum(opening - 1, 0)]
        opens = np.isin(before, np.frombuffer(self._delimiter + b'\n\r"', np.uint8))
        if not (opens | (opening == 0)).all():
            return None
        end = line_end(data)
        while end and (place := int(np.searchsorted(quotes, end))) % 2:
            end = data.rfind(b"\n", 0, int(quotes[place - 1])) + 1
        return end


def _whole_rows(delimiter: bytes) -> re.Pattern[bytes]:
    """Return what matches whole rows; nothing in it is ever tried twice.

    Groups that repeat are atomic, not possessive: those of Python before 3.11.5 match wrongly.
    """
    stop = re.escape(delimiter)
    quoted = rb'"[^"]*+(?>(?:""[^"]*+)*)"[^' + stop + rb"\r\n]*+"
    plain = rb'[^"' + stop + rb"\r\n][^" + stop + rb"\r\n]*+"
    field = rb"(?>(?:" + quoted + rb"|" + plain + rb")?)"
    row = rb"(?>(?:" + field + stop + rb")*)" + field + rb"(?:\r\n?+|\n)"
    return re.compile(rb"(?>(?:" + row + rb")*)")
