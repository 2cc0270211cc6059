"""The way in: any data a user has, opened as a `Dataset`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from pliant.core.errors import ConfigError
from pliant.data.dataset import Dataset, Files, warn_of_data
from pliant.data.locate import locate
from pliant.data.media_folder import LABEL, media_listing
from pliant.data.stated import Stated, stated_columns
from pliant.data.store.store import SUFFIX, Store, open_store
from pliant.runtime.media.places import MissingFiles, missing_files_named


def open_data(
    source: object,
    target: object = None,
    *,
    weight: object = None,
    groups: object = None,
    time: object = None,
    columns: Mapping[str, str | Stated] | None = None,
    encoding: str | None = None,
    missing_files: MissingFiles = "refuse",
    tell: Callable[[str], None] = warn_of_data,
) -> Dataset:
    """Open a table, wherever it is, to learn from, to predict or to be judged on.

    It is `pliant.data.open`. Files are found but not read yet.

    Parameters
    ----------
    source : path, glob or URL, a list of them, a store, or any table in memory
        CSV, TSV, Parquet, Arrow or JSON Lines files, text also as .gz, .zst or .bz2; a folder with
        a folder of images or sounds for each class, whose column is "label" unless the target has
        another name; the folder of a store, or an open `pliant.Store`; a frame of pandas, Polars,
        DuckDB or Arrow, a NumPy array, a dict of columns, or a list of rows.
    target : str, array-like of shape (n,), or None
        The column to predict, by name; of a table in memory also its n values. A store knows its
        own. None where the rows are to be predicted.
    weight, groups, time : str, array-like of shape (n,), or None
        What each row counts, which rows belong together, and when each was, as `target` is given.
    columns : dict or None
        What columns are, where that is not to be recognised, as `Classifier` has it.
    encoding : str or None
        That of text that is not UTF-8 and has no mark, such as "cp1252" or "gb18030".
    missing_files : "refuse" or "allow"
        Whether a file that a row names, an image or a sound, is a missing value where it does not
        exist; by default it is an error that names the row.
    tell : callable
        Hears in a sentence how a file was read, where that is worth knowing; by default it is a
        `DataWarning`.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        When there is no such file or store, or values are given beside files.
    ConfigError
        When something is given that a store has already, or an encoding or a kind is not known.

    Examples
    --------
    >>> import tempfile, pathlib, pliant
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "train.csv")
    >>> _ = path.write_text("age,rich\\n" + "23,no\\n61,yes\\n" * 20)
    >>> rows = pliant.data.open(path, target="rich")
    >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows)
    >>> model.predict({"age": 64}).tolist()
    ['yes']
    >>> folder.cleanup()
    """
    roles = weight, groups, time
    given = {"target": target, "weight": weight, "groups": groups, "time": time}
    stated = stated_columns(columns)
    if isinstance(source, Dataset):
        raise ConfigError(f"expected what a dataset is made of, got {source}, which is one already")
    missing_files = missing_files_named(missing_files)
    places = _places(source)
    if len(places) == 1 and _is_store(places[0]):
        source = open_store(places[0])
    if isinstance(source, Store):
        return _of_store(source, {**given, "encoding": encoding, "columns": columns or None}, tell)
    if places:
        label = target if isinstance(target, str) else LABEL
        files = locate(places, encoding, label)
        source = Files(places, tuple(files))
        data = Dataset(source, target, *roles, stated, encoding, tell, missing_files)
        for role in given:
            data.column(role)  # of files there are names alone
        return data
    if hasattr(source, "collect") and hasattr(source, "collect_schema"):  # lazy, as Polars has it
        source = source.collect()
    return Dataset(source, target, *roles, stated, encoding, tell, missing_files)


def _is_store(place: str) -> bool:
    """Return whether a place names a store: a folder that is no folder of images or sounds."""
    if place.endswith(SUFFIX):
        return True
    return os.path.isdir(place) and not media_listing(place)


def _places(source: object) -> tuple[str, ...]:
    """Return the places that a source names, none of a table in memory."""
    if isinstance(source, str | PurePath):
        return (str(source),)
    if isinstance(source, list | tuple) and all(isinstance(p, str | PurePath) for p in source):
        return tuple(str(place) for place in source)
    return ()


def _of_store(store: Store, given: Mapping[str, Any], tell: Callable[[str], None]) -> Dataset:
    """Return the dataset of a store; what is given must be what it was packed with."""
    target = given["target"]
    if target is not None and not (isinstance(target, str) and target == store.target_name):
        got = repr(target) if isinstance(target, str) else "values"
        raise ConfigError(
            f"expected the target {store.target_name!r}, which {store.path} was packed for, "
            f"got {got}"
        )
    for name, value in given.items():
        if value is not None and name != "target":
            raise ConfigError(f"expected no {name} for a store: it is stated when rows are packed")
    return Dataset(store, store.target_name, tell=tell)
