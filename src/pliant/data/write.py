"""Predictions -> a file: CSV, TSV, Parquet, Arrow or JSON Lines, written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from pliant.core.atomic import replacing
from pliant.core.errors import ConfigError
from pliant.data.decode import whole
from pliant.runtime.labels import (
    Label,
    as_written,
    json_labels,
    label_array,
    label_text,
    objects,
)

_UNFIT = (OverflowError, UnicodeEncodeError)

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
    refuse_suffix(path)
    with replacing(path) as file:
        _write(file, path.suffix.lower(), columns)


def print_predictions(file: IO[bytes], columns: Mapping[str, Any]) -> None:
    """Write named columns as CSV to a file that is open, as they would be to one of their own."""
    _write(file, ".csv", columns)


def refuse_suffix(path: Path) -> None:
    """Raise ConfigError when a file that is to be written is of no known kind."""
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"expected a file that ends in {', '.join(SUFFIXES)}, got {path.name!r}")


def _write(file: IO[bytes], suffix: str, columns: Mapping[str, Any]) -> None:
    if suffix in (".jsonl", ".ndjson"):
        values = [v.tolist() for v in columns.values()]
        for row in zip(*values, strict=True):
            line = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)
            file.write(whole(line).encode() + b"\n")
        return
    import pyarrow as pa

    arrays, names = [_column(v) for v in columns.values()], [whole(name) for name in columns]
    table = pa.Table.from_arrays(arrays, names=names)
    if suffix in (".csv", ".tsv"):
        _write_csv(file, "," if suffix == ".csv" else "\t", table)
    elif suffix in (".parquet", ".pq"):
        from pyarrow import parquet

        parquet.write_table(table, file)
    else:
        from pyarrow import feather

        feather.write_feather(table, file)


def _write_csv(file: IO[bytes], delimiter: str, table: Any) -> None:
    """Write CSV as RFC 4180 quotes it: names where they need it, text where some of it does."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    head = io.StringIO()
    csv.writer(head, delimiter=delimiter, lineterminator="\n").writerow(table.column_names)
    file.write(head.getvalue().encode())
    special = f'["\r\n{delimiter}]|^$'
    words = [
        c for c in table.columns if pa.types.is_string(c.type) or pa.types.is_large_string(c.type)
    ]
    quoted = any(pc.any(pc.match_substring_regex(c.unique(), special)).as_py() for c in words)
    style = "needed" if quoted else "none"
    options = arrow.WriteOptions(delimiter=delimiter, include_header=False, quoting_style=style)
    arrow.write_csv(table, file, options)


def _column(values: Any) -> Any:
    """Return values as an Arrow array; labels of several types as text."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, *_UNFIT):
        return pa.array([whole(label_text(v)) for v in values], pa.string())
