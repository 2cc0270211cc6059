"""Predictions -> a file: CSV, TSV, Parquet, Arrow or JSON Lines, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from pliant.atomic import replacing
from pliant.errors import ConfigError
from pliant.runtime.labels import (
    Label,
    as_written,
    json_labels,
    label_array,
    label_text,
    objects,
)

SUFFIXES = (".csv", ".tsv", ".parquet", ".pq", ".arrow", ".feather", ".jsonl", ".ndjson")


def labels_for(suffix: str, labels: Sequence[Label]) -> NDArray[Any]:
    """Return labels as files of that kind can hold them: what they have no type for is text."""
    if suffix in (".parquet", ".pq", ".arrow", ".feather"):
        return label_array(labels)
    if suffix in (".jsonl", ".ndjson"):
        return objects(json_labels(labels))
    return as_written(labels)


def write_predictions(path: str | Path, columns: Mapping[str, Any]) -> None:
    """Write named columns of one length to a file, its kind told by the suffix.

    Raises
    ------
    ConfigError
        When the suffix is not known.
    SaveError
        When the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"expected a file that ends in {', '.join(SUFFIXES)}, got {path.name!r}")
    with replacing(path) as file:
        _write(file, path.suffix.lower(), columns)


def _write(file: IO[bytes], suffix: str, columns: Mapping[str, Any]) -> None:
    if suffix in (".jsonl", ".ndjson"):
        values = [v.tolist() for v in columns.values()]
        for row in zip(*values, strict=True):
            line = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)
            file.write(line.encode() + b"\n")
        return
    import pyarrow as pa

    table = pa.Table.from_arrays([_column(v) for v in columns.values()], names=list(columns))
    if suffix in (".csv", ".tsv"):
        from pyarrow import csv

        options = csv.WriteOptions(delimiter="," if suffix == ".csv" else "\t")
        csv.write_csv(table, file, options)
    elif suffix in (".parquet", ".pq"):
        from pyarrow import parquet

        parquet.write_table(table, file)
    else:
        from pyarrow import feather

        feather.write_feather(table, file)


def _column(values: Any) -> Any:
    """Return values as an Arrow array; labels of several types as text."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([label_text(v) for v in values], pa.string())
