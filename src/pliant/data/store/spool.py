"""A spool: what parsing gave waits in a file, so that text is parsed once for two passes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Set
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np

from pliant.data.labels import Labels, labels_from_json, labels_to_json
from pliant.data.store.source import Batch, Source
from pliant.runtime.media.places import Folder
from pliant.runtime.raw import Frame, Numbers, RawColumn, Strings, Times

SPOOL_SHARE = 0.5
"""Of the disk space that is free, what a spool takes at most; beyond, text is parsed again."""

_KINDS = {"numbers": np.float64, "strings": np.int32, "labels": np.int32, "times": np.int64}


@contextmanager
def spooled(source: Source, folder: Path, share: float = SPOOL_SHARE) -> Iterator[Source]:
    """Give a source that is quick to read again, by a file on the disk of `folder` if need be.

    The file takes at most a `share` of what is free there.
    """
    if not source.slow:
        yield source
        return
    with closing(Spool(source, folder, share)) as spool:
        yield spool


class Spool:
    """A source as it is, but a second pass reads the batches of the first from a file.

    The file has no name, so nothing of it is left however the process ends. Where it grows too
    large, or cannot be written, there is none, and the source is asked again.
    """

    def __init__(self, source: Source, folder: Path, share: float = SPOOL_SHARE) -> None:
        self.size, self.files, self.slow = source.size, source.files, False
        self.notes = source.notes
        self._source, self._folder, self._share = source, folder, share
        self._file: IO[bytes] | None = None
        self._texts: Set[str] | None = None

    def batches(self, texts: Set[str]) -> Iterator[Batch]:
        """Give every row, in order; columns of `texts` are read as text, letter by letter."""
        if self._file is not None and self._texts == texts:
            return _all(self._file)
        return self._first(texts)

    def close(self) -> None:
        """Let the file go, and what of it was still to be written."""
        file, self._file, self._texts = self._file, None, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _first(self, texts: Set[str]) -> Iterator[Batch]:
        self.close()
        self._file = _nameless(self._folder)
        most = self._share * shutil.disk_usage(self._folder).free
        for batch in self._source.batches(texts):
            self._keep(batch, most)
            yield batch
        try:
            if self._file is not None:
                self._file.flush()
        except OSError:
            self.close()
        self._texts = texts

    def _keep(self, batch: Batch, most: float) -> None:
        """Put a batch at the end of the file; without room there is none any more."""
        if self._file is None:
            return
        try:
            _write(self._file, batch)
            fits = self._file.tell() < most
        except OSError:  # a full disk: the store itself may still fit
            fits = False
        if not fits:
            self.close()


def _nameless(folder: Path) -> IO[bytes] | None:
    """Return a file without a name; None where there can be none."""
    try:
        return TemporaryFile(dir=folder)
    except OSError:  # said when the store itself is written there
        return None


def _all(file: IO[bytes]) -> Iterator[Batch]:
    """Give the batches of a file."""
    file.seek(0)
    while head := file.readline():
        yield _read(file, json.loads(head))


def _write(file: IO[bytes], batch: Batch) -> None:
    """Write a line that says what comes, then the arrays, a column after another."""
    columns, arrays = [], []
    for name, column in batch.frame.items():
        kind, array, more = _taken_apart(column)
        columns.append([name, kind, more])
        arrays.append(array)
    head = {
        "rows": batch.frame.n_rows,
        "columns": columns,
        "file": batch.file,
        "first": batch.first,
        "arrow": dict(batch.arrow),
        "read": batch.read,
        "typed": batch.typed,
    }
    file.write(json.dumps(head).encode() + b"\n")
    for array in arrays:
        file.write(np.ascontiguousarray(array).data)


def _taken_apart(column: RawColumn) -> tuple[str, Any, Any]:
    if isinstance(column, Numbers):
        return "numbers", column.values, bool(column.integral)
    if isinstance(column, Labels):
        return "labels", column.indices, labels_to_json(column)
    if isinstance(column, Strings):
        return "strings", column.indices, [column.levels, _told(column.folder)]
    return "times", column.microseconds, None


def _told(folder: Folder | None) -> list[str] | None:
    return None if folder is None else [folder.path, folder.missing]


def _read(file: IO[bytes], head: dict[str, Any]) -> Batch:
    columns: dict[str, RawColumn] = {}
    for name, kind, more in head["columns"]:
        dtype = np.dtype(_KINDS[kind])
        array: Any = np.frombuffer(file.read(head["rows"] * dtype.itemsize), dtype)
        if kind == "numbers":
            columns[name] = Numbers(array, more)
        elif kind == "labels":
            columns[name] = labels_from_json(array, more)
        elif kind == "strings":
            levels, folder = more
            columns[name] = Strings(
                array, levels, folder=None if folder is None else Folder(*folder)
            )
        else:
            columns[name] = Times(array)
    frame = Frame(columns, head["rows"])
    return Batch(frame, head["file"], head["first"], head["arrow"], head["read"], head["typed"])
