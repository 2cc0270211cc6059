"""Find what is to be read: files, globs and URLs -> files that can be opened again and again."""

from __future__ import annotations

import bz2
import glob
import gzip
import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from pliant.core.errors import DataError, MissingLibraryError
from pliant.data.decode import Utf8, known_encoding
from pliant.data.foreign import refusing
from pliant.data.media_folder import LABEL, media_listing

KINDS = {
    ".csv": "CSV file",
    ".tsv": "TSV file",
    ".txt": "CSV file",
    ".parquet": "Parquet file",
    ".pq": "Parquet file",
    ".arrow": "Arrow file",
    ".feather": "Arrow file",
    ".ipc": "Arrow file",
    ".jsonl": "JSON Lines file",
    ".ndjson": "JSON Lines file",
}
"""The suffixes of files that can be read, and what each tells a person."""

UNTYPED = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
"""Kinds of files whose values are text, or of a type that may change from row to row."""

OPEN = (".jsonl", ".ndjson")
"""Kinds of files in which a row need not name every column."""

COMPRESSIONS = {".gz": "gzip file", ".zst": "zstd file", ".bz2": "bzip2 file"}

Place = str | Path


@dataclass(frozen=True)
class Located:
    """A file: its name for a person, its kind and compression by suffix, its bytes, how to open.

    `encoding` is that of its text, where it has no mark; `folder` where relative paths in it begin,
    a path or a URL.
    """

    name: str
    kind: str
    compression: str
    size: int
    begin: Callable[[], Any]
    encoding: str | None = None
    here: Path | None = None
    folder: str = ""

    @property
    def what(self) -> str:
        """What the suffix says that it is."""
        return COMPRESSIONS.get(self.compression) or KINDS[self.kind]

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the file as it lies; what goes wrong while it is open is said in our words.

        Raises
        ------
        DataError
            When it cannot be read, is cut short, or is damaged.
        """
        with refusing(self.name, self.what), self.begin() as file:
            yield file

    def unpacked(self, file: IO[bytes]) -> Any:
        """Return the file's content as a stream, decompressed where it is compressed."""
        if self.compression == ".gz":
            return gzip.open(file)
        if self.compression == ".bz2":
            return bz2.open(file)
        if self.compression == ".zst":
            import pyarrow as pa

            return pa.CompressedInputStream(file, "zstd")
        return file

    def text(self, file: IO[bytes]) -> Utf8:
        """Return the file's content as a stream of UTF-8."""
        return Utf8(self.unpacked(file), self.name, self.encoding)


def locate(
    places: Place | Sequence[Place], encoding: str | None = None, label: str = LABEL
) -> list[Located]:
    """Return the files of paths, globs and URLs, in order; those of a glob by name.

    A folder of images or sounds is a table of them, with their classes as the column `label`.

    Raises
    ------
    ConfigError
        When there is no such encoding.
    DataError
        When there is none, one is a folder, empty or of no known kind, or cannot be read.
    MissingLibraryError
        When a URL needs fsspec.
    """
    given = [places] if isinstance(places, str | Path) else list(places)
    known = known_encoding(encoding)
    found = [file for place in given for file in _expanded(place, known, label)]
    if not found:
        raise DataError("expected at least one file, got none")
    for file in found:
        if file.size == 0:
            raise DataError(f"expected a table, but {file.name} is an empty file")
    return found


def _expanded(place: Place, encoding: str | None, label: str) -> list[Located]:
    text = str(place)
    if text.startswith("file://"):
        text = _path_of(text)
    elif "://" in text:
        return _remote(text, encoding)
    if os.path.isdir(text):
        return [_folder(text, label)]
    if os.path.lexists(text) or not glob.has_magic(text):
        return [_local(Path(text), encoding)]
    found = sorted(glob.glob(text, recursive=True))
    if not found:
        _refuse_unreadable(Path(text))
        raise DataError(f"expected files that match {text!r}, but there are none")
    return [_local(Path(path), encoding) for path in found]


def _path_of(url: str) -> str:
    """Return the path that a file:// URL names, as it stands or with its %20 and such read."""
    text = url.removeprefix("file://").removeprefix("localhost")
    return text if os.path.lexists(text) else unquote(text)


def _refuse_unreadable(pattern: Path) -> None:
    """Raise DataError when the folder that a glob looks into cannot be read: it then finds none."""
    folder = next(p for p in (pattern.parent, *pattern.parents) if not glob.has_magic(str(p)))
    try:
        os.listdir(folder)
    except OSError as error:
        raise DataError(f"expected to read the folder {folder}, but: {error.strerror}") from None


def _folder(path: str, label: str) -> Located:
    listing = media_listing(path, label)
    if not listing:
        raise DataError(f"expected a file, but {path} is a folder: name its files, as {path}/*")
    return Located(path, ".jsonl", "", len(listing), partial(io.BytesIO, listing), folder=path)


def _local(path: Path, encoding: str | None) -> Located:
    if os.path.isdir(path):
        raise DataError(f"expected a file, but {path} is a folder: name its files, as {path}/*")
    kind, compression = _kind(path.name)
    with refusing(str(path)):
        found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise DataError(f"expected a file, but {path} is a pipe or a device")
    begin = partial(path.open, "rb")
    folder = str(path.parent)
    return Located(str(path), kind, compression, found.st_size, begin, encoding, path, folder)


def _remote(url: str, encoding: str | None) -> list[Located]:
    try:
        import fsspec
    except ImportError:
        raise MissingLibraryError(
            f"expected the library fsspec to read {url}: pip install fsspec"
        ) from None
    protocol = url.partition("://")[0]
    if protocol not in fsspec.available_protocols():
        raise DataError(
            f"expected a URL that begins with https://, s3://, gs:// or the like, got {url!r}"
        )
    with refusing(url):
        try:
            system, pattern = fsspec.core.url_to_fs(url)
            magic = glob.has_magic(pattern.partition("?")[0] if "http" in protocol else pattern)
            paths = sorted(system.glob(pattern)) if magic else [pattern]
            sizes = [system.size(path) for path in paths]
        except ImportError as error:
            raise MissingLibraryError(f"expected a library to read {url}: {error}") from None
    if not paths:
        raise DataError(f"expected files that match {url!r}, but there are none")

    def located(path: str, size: int) -> Located:
        last = path.rpartition("/")[2]
        kind, compression = _kind(last.partition("?")[0] if "http" in protocol else last)
        name = path if "://" in path else f"{protocol}://{path.lstrip('/')}"
        begin = partial(system.open, path, "rb")
        folder = name.rpartition("/")[0]
        return Located(name, kind, compression, size, begin, encoding, folder=folder)

    return [located(path, int(size or 1)) for path, size in zip(paths, sizes, strict=True)]


def _kind(name: str) -> tuple[str, str]:
    """Return the suffixes that tell the kind and the compression of a file."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes[-2:]]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSIONS else ""
    kind = suffixes[-1] if suffixes else ""
    if kind not in KINDS or (compression and KINDS[kind] == "Parquet file"):
        raise DataError(
            f"expected a file that ends in {', '.join(KINDS)}, or one of text with "
            f"{', '.join(COMPRESSIONS)} behind, got {name!r}"
        )
    return kind, compression
