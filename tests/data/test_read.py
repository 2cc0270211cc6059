"""Readers and writers: the same table from every kind of file, and clear words for a broken one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, ipc, parquet

from pliant.core.errors import ConfigError, DataError
from pliant.data.read import read_frame
from pliant.data.write import write_predictions
from pliant.runtime.raw import Frame, Numbers, Strings, Times

COLUMNS: dict[str, list[Any]] = {
    "n": [1.5, None, 3.0, -2.0],
    "k": [1, 2, 3, 4],
    "s": ["a", None, "b, c", 'say "ü"'],
}
TABLE = pa.table(COLUMNS)


def write_jsonl(path: Path) -> None:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    path.write_text("\n".join(map(json.dumps, rows)))


def write_stream(path: Path) -> None:
    with ipc.new_stream(str(path), TABLE.schema) as sink:
        sink.write_table(TABLE)


def write_gzip(path: Path) -> None:
    plain = path.with_name("plain.csv")
    csv.write_csv(TABLE, plain)
    path.write_bytes(gzip.compress(plain.read_bytes()))


WRITERS = {
    "t.csv": lambda p: csv.write_csv(TABLE, p),
    "t.csv.gz": write_gzip,
    "t.tsv": lambda p: csv.write_csv(TABLE, p, csv.WriteOptions(delimiter="\t")),
    "t.parquet": lambda p: parquet.write_table(TABLE, p),
    "t.feather": lambda p: feather.write_feather(TABLE, str(p)),
    "t.arrow": write_stream,
    "t.jsonl": write_jsonl,
}


def plain(frame: Frame) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {}
    for name, column in frame.items():
        if isinstance(column, Numbers):
            out[name] = [None if np.isnan(v) else float(v) for v in column.values]
        elif isinstance(column, Strings):
            out[name] = [None if i < 0 else column.levels[i] for i in column.indices]
    return out


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_gives_the_same_table(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    assert plain(read_frame(tmp_path / name)) == COLUMNS


def test_a_column_that_turns_out_mixed_is_text(tmp_path: Path) -> None:
    rows = [*(str(i) for i in range(300_000)), "n/k", "7"]
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{r},{r}\n" for r in rows))
    frame = read_frame(tmp_path / "t.csv")
    assert frame.n_rows == 300_002
    column = frame["a"]
    assert isinstance(column, Strings)
    assert column.levels[column.indices[300_000]] == "n/k"


@pytest.mark.parametrize("word", ["", "NA", "nan", "null", "?"])
def test_missing_values_of_text_files(word: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"a,b\n1,x\n{word},y\n3,{word}\n")
    assert plain(read_frame(tmp_path / "t.csv")) == {"a": [1.0, None, 3.0], "b": ["x", "y", None]}


def test_numbers_and_text_in_a_column_of_json(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 1, "b": 1}\n{"a": "x", "b": 2.5}\n\n{"b": null}\n')
    assert plain(read_frame(tmp_path / "t.jsonl")) == {"a": ["1", "x", None], "b": [1.0, 2.5, None]}


def test_times_stay_times(tmp_path: Path) -> None:
    days = pa.array(np.array(["2024-01-02", "2024-02-03"], dtype="datetime64[D]"))
    parquet.write_table(pa.table({"d": days}), tmp_path / "t.parquet")
    assert isinstance(read_frame(tmp_path / "t.parquet")["d"], Times)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv.gz", b"no gzip", "expected a whole gzip file"),
        ("t.parquet", b"PAR1nonsense", "expected a whole Parquet file"),
        ("t.arrow", b"ARROW1 nonsense", "expected a whole Arrow file"),
        ("t.jsonl", b"[1, 2]\n", "expected an object in line 1"),
        (
            "t.jsonl",
            b'{"a": [1, 2], "b": 1}\n{"a": "x", "b": 2}\n',
            "in each cell, got list",
        ),
    ],
)
def test_a_broken_file(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_frame(tmp_path / name)


@pytest.mark.parametrize("name", ["p.csv", "p.tsv", "p.parquet", "p.arrow", "p.jsonl"])
def test_predictions_can_be_read_again(name: str, tmp_path: Path) -> None:
    labels = np.array(["yes", "no, never"], dtype=object)
    columns = {"y": labels, "p(yes)": np.array([0.75, 0.25])}
    write_predictions(tmp_path / name, columns)
    assert plain(read_frame(tmp_path / name)) == {
        "y": ["yes", "no, never"],
        "p(yes)": [0.75, 0.25],
    }


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected a file that ends in .*, got 'p.xlsx'"):
        write_predictions(tmp_path / "p.xlsx", {"y": np.zeros(2)})
    assert not list(tmp_path.iterdir())
