"""Text in any encoding -> UTF-8, as a stream: known by its mark, else as named, else UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from typing import IO

from pliant.core.errors import ConfigError, DataError

MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""The bytes that a file of each encoding may begin with. They count more than what is named."""

PIECE = 8 << 20
"""Bytes of UTF-8 that are looked at together: as letters they take up to four times as many."""

_HALVES = re.compile("[\ud800-\udfff]")


def known_encoding(name: str | None) -> str | None:
    """Return Python's name of an encoding of text.

    Raises
    ------
    ConfigError
        When there is no such encoding.
    """
    if name is None:
        return None
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)  # refuses codecs that are none of text
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise ConfigError(
            f"expected an encoding that Python knows, such as cp1252 or gb18030, got {name!r}"
        ) from None


def whole(text: str) -> str:
    """Return text with U+FFFD for halves of characters, which JSON can name but no file hold."""
    return _HALVES.sub("\ufffd", text)


class Utf8:
    """A stream of bytes read as UTF-8, without a mark; `name` is the file's, for errors.

    What is UTF-8 already is looked at in pieces of so many bytes.
    """

    def __init__(
        self, content: IO[bytes], name: str, encoding: str | None, piece: int = PIECE
    ) -> None:
        self._content, self._name, self._piece = content, name, piece
        head = b""
        while len(head) < 4 and (more := content.read(4 - len(head))):
            head += more
        mark = next((mark for mark in MARKS if head.startswith(mark)), b"")
        self._encoding = MARKS.get(mark) or encoding or "utf-8"
        self._head = head[len(mark) :]
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        self._lines, self._began, self._ended = 1, False, False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, about `size` of the file; none at the end only.

        Raises
        ------
        DataError
            When they are no text in that encoding.
        """
        while not self._ended:
            head, self._head = self._head, b""
            data = head + (self._content.read() if size < 0 else self._content.read(size))
            self._ended = size < 0 or not data
            if out := self._utf8(data):
                return out
        return b""

    def _utf8(self, data: bytes) -> bytes:
        """Return bytes of the file as UTF-8; of what is UTF-8 already, only whether it is."""
        if self._encoding == "utf-8":
            for first in range(0, max(1, len(data)), self._piece):
                last = self._ended and first + self._piece >= len(data)
                self._decoded(data[first : first + self._piece], last)
            return data
        text = self._decoded(data, self._ended)
        if text and not self._began:
            self._began, text = True, text.removeprefix("\ufeff")
        return text.encode()

    def _decoded(self, data: bytes, last: bool) -> str:
        try:
            text = self._decoder.decode(data, last)
            text.encode()  # some codecs give halves of characters
        except UnicodeDecodeError as error:
            before = bytes(error.object)[: error.start].decode(self._encoding, "replace")
            raise self._undecodable(before, f"the byte 0x{error.object[error.start]:02x}") from None
        except UnicodeError:
            raise self._undecodable("", "half a character") from None
        self._lines += text.count("\n")
        return text

    def _undecodable(self, before: str, found: str) -> DataError:
        named = "UTF-8" if self._encoding == "utf-8" else self._encoding
        line = self._lines + before.count("\n")
        return DataError(
            f"expected {named} text in {self._name}, but line {line} "
            f"holds {found}: name its encoding with --encoding, such as cp1252 or gb18030 "
            "(encoding= in Python)"
        )
