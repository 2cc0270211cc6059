"""Where the bytes of a cell are: in the cell, in a file beside the table, or at a URL."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pliant.core.errors import ConfigError, MissingLibraryError
from pliant.runtime.media.blobs import blob_of

MAX_BYTES = 1 << 30
"""Bytes of a file, at most: what is larger is no image or sound of a table."""

MissingFiles = Literal["refuse", "allow"]
"""Whether a file that does not exist is an error, or a missing value."""


def missing_files_named(text: object) -> MissingFiles:
    """Return what becomes of files that do not exist, by its name.

    Raises
    ------
    ConfigError
        When it is none.
    """
    if text == "allow" or text == "refuse":
        return text
    raise ConfigError(f"expected missing files to be 'refuse' or 'allow', got {text!r}")


@dataclass(frozen=True)
class Folder:
    """Where the relative paths of a column begin, and what becomes of files that do not exist.

    `path` is a folder or a URL; nothing is the folder that the process works in.
    """

    path: str = ""
    missing: MissingFiles = "refuse"

    def place(self, text: str) -> str:
        """Return the path or URL that a cell names.

        Examples
        --------
        >>> Folder("data").place("cat.jpg"), Folder("s3://b/data").place("cat.jpg")
        ('data/cat.jpg', 's3://b/data/cat.jpg')
        """
        if "://" in text or not self.path:
            return text
        if "://" in self.path:
            return f"{self.path.rstrip('/')}/{text}"
        return str(Path(self.path, text))


HERE = Folder()


def read_cell(text: str, folder: Folder) -> bytes:
    """Return the bytes that a cell holds, or those of the file that it names.

    Raises
    ------
    OSError
        When there is no such file, it is none, or it cannot be read.
    MissingLibraryError
        When it is a URL, which takes fsspec.
    """
    held = blob_of(text)
    if held is not None:
        return held
    place = folder.place(text)
    if place.startswith("file://"):
        place = place.removeprefix("file://")
    elif "://" in place:
        return _fetched(place)
    if "\0" in place:
        raise FileNotFoundError(place)
    found = os.stat(place)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
        raise OSError(f"it is no file of at most {MAX_BYTES >> 20} MiB")
    return Path(place).read_bytes()


def _fetched(url: str) -> bytes:
    try:
        import fsspec
    except ImportError:
        raise MissingLibraryError(
            f"expected the library fsspec to read {url}: pip install fsspec"
        ) from None
    try:
        with fsspec.open(url, "rb") as file:
            data: bytes = file.read(MAX_BYTES)
    except ImportError as error:
        raise MissingLibraryError(f"expected a library to read {url}: {error}") from None
    except ValueError as error:  # no such protocol
        raise OSError(str(error)) from None
    return data
