"""Predictions -> a file: CSV, TSV, Parquet, Arrow or JSON Lines, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pliant.atomic import replacing
from pliant.errors import ConfigError

SUFFIXES = (".csv", ".tsv", ".parquet", ".pq", ".arrow", ".feather", ".jsonl", ".ndjson")


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

    table = pa.Table.from_arrays([pa.array(v) for v in columns.values()], names=list(columns))
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
