"""Find what is to be packed: files, globs and URLs -> files that can be opened again and again."""

from __future__ import annotations

import bz2
import glob
import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pliant.errors import DataError, MissingLibraryError
from pliant.table.read import READERS

COMPRESSIONS = (".gz", ".zst", ".bz2")

Place = str | Path


@dataclass(frozen=True)
class Located:
    """A file: its name for a person, its kind and compression by suffix, its bytes, how to open."""

    name: str
    kind: str
    compression: str
    size: int
    begin: Callable[[], Any]

    @property
    def path(self) -> Path:
        """The name as a path, which errors show."""
        return Path(self.name)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the file as it lies; what goes wrong while it is open is said in our words.

        Raises
        ------
        DataError
            When it cannot be read, or is cut short.
        """
        try:
            with self.begin() as file:
                yield file
        except FileNotFoundError:
            raise DataError(f"expected a table, but there is no file {self.name}") from None
        except EOFError as error:
            raise DataError(f"expected a whole file at {self.name}, but: {error}") from None
        except OSError as error:
            raise DataError(
                f"expected to read {self.name}, but: {error.strerror or error}"
            ) from None

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


def locate(places: Place | Sequence[Place]) -> list[Located]:
    """Return the files of paths, globs and URLs, in order; those of a glob by name.

    Raises
    ------
    DataError
        When there is none, one is a folder, empty or of no known kind, or cannot be read.
    MissingLibraryError
        When a URL needs fsspec.
    """
    given = [places] if isinstance(places, str | Path) else list(places)
    found = [file for place in given for file in _expanded(place)]
    if not found:
        raise DataError("expected at least one file, got none")
    for file in found:
        if file.size == 0:
            raise DataError(f"expected a table, but {file.name} is an empty file")
    return found


def _expanded(place: Place) -> list[Located]:
    if "://" in str(place):
        return _remote(str(place))
    if Path(place).exists() or not glob.has_magic(str(place)):
        return [_local(Path(place))]
    found = sorted(glob.glob(str(place), recursive=True))
    if not found:
        _refuse_unreadable(Path(place))
        raise DataError(f"expected files that match {str(place)!r}, but there are none")
    return [_local(Path(path)) for path in found]


def _refuse_unreadable(pattern: Path) -> None:
    """Raise DataError when the folder that a glob looks into cannot be read: it then finds none."""
    folder = next(p for p in (pattern.parent, *pattern.parents) if not glob.has_magic(str(p)))
    try:
        os.listdir(folder)
    except OSError as error:
        raise DataError(f"expected to read the folder {folder}, but: {error.strerror}") from None


def _local(path: Path) -> Located:
    kind, compression = _kind(path.name)
    if path.is_dir():
        raise DataError(f"expected a file, but {path} is a folder: name its files, as {path}/*")
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise DataError(f"expected a table, but there is no file {path}") from None
    except OSError as error:
        raise DataError(f"expected to read {path}, but: {error.strerror}") from None
    return Located(str(path), kind, compression, size, lambda: path.open("rb"))


def _remote(url: str) -> list[Located]:
    try:
        import fsspec
    except ImportError:
        raise MissingLibraryError(
            f"expected the library fsspec to read {url}: pip install fsspec"
        ) from None
    try:
        system, pattern = fsspec.core.url_to_fs(url)
        paths = sorted(system.glob(pattern)) if glob.has_magic(pattern) else [pattern]
        sizes = [system.size(path) for path in paths]
    except ImportError as error:
        raise MissingLibraryError(f"expected a library to read {url}: {error}") from None
    except FileNotFoundError:
        raise DataError(f"expected a table, but there is no file {url}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"expected to read {url}, but: {error}") from None
    if not paths:
        raise DataError(f"expected files that match {url!r}, but there are none")
    protocol = url.partition("://")[0]

    def located(path: str, size: int) -> Located:
        kind, compression = _kind(path.rpartition("/")[2])
        name = f"{protocol}://{path.lstrip('/')}"
        return Located(name, kind, compression, size, lambda: system.open(path, "rb"))

    return [located(path, int(size or 1)) for path, size in zip(paths, sizes, strict=True)]


def _kind(name: str) -> tuple[str, str]:
    """Return the suffixes that tell the kind and the compression of a file."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes[-2:]]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSIONS else ""
    kind = suffixes[-1] if suffixes else ""
    if kind not in READERS or (compression and kind in (".parquet", ".pq")):
        known = ", ".join(READERS)
        raise DataError(
            f"expected a file that ends in {known}, or one of text with "
            f"{', '.join(COMPRESSIONS)} behind, got {name!r}"
        )
    return kind, compression
