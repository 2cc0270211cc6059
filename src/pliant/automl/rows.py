"""What a model is given to predict: rows as they are, or files that hold them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from pliant.core.processors import bound, processors, processors_of
from pliant.data.dataset import Dataset, Unread
from pliant.runtime.intake import are_files
from pliant.runtime.parts import MIN_ROWS

if TYPE_CHECKING:
    from pliant.runtime.schema import Schema


def rows_for(data: object, schema: Schema) -> Any:
    """Return rows to predict as a program takes them: of files, what is read of them.

    A table in memory passes as it is; a list of bytes, of images or sounds, is the column of a
    model that reads one.

    Raises
    ------
    DataError
        When a file cannot be read, or a store is given, which has codes in place of rows.
    """
    if are_files(data) and len(schema.used) == 1:
        return {schema.used[0].name: data}
    if isinstance(data, Dataset) and not data.files and not data.is_store:
        return data.source if data.missing_files == "refuse" else data.frame()
    if not _is_unread(data):
        return data
    from pliant.data.read import Reads

    return dataset_of(data).frame(Reads.of(schema))


def dataset_of(data: object) -> Dataset:
    """Return data as a dataset: what is one already, as it is."""
    if isinstance(data, Dataset):
        return data
    from pliant.data.opening import open_data

    return open_data(data)


def threads_of(data: object, n_jobs: int | None) -> int:
    """Return how many threads predictions of these rows may have, by scikit-learn's `n_jobs`.

    That is 1 where they are few: to ask how many processors there are takes longer than a row.
    """
    shape = getattr(data, "shape", None)
    n_rows = shape[0] if isinstance(shape, tuple) and shape else getattr(data, "n_rows", 0)
    if not _is_unread(data) and n_rows < 2 * MIN_ROWS:
        return 1
    return min(processors_of(n_jobs) or processors(), bound())


def _is_unread(data: object) -> bool:
    """Return whether data names rows that are yet to be read. It is asked of every frame."""
    if isinstance(data, str | PurePath | Unread):
        return True
    return isinstance(data, list | tuple) and len(data) > 0 and isinstance(data[0], str | PurePath)
