"""Files of every kind are packed alike, in bounded memory; what is broken is said in a sentence."""

from __future__ import annotations

import bz2
import gzip
import json
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, ipc, parquet

import pliant
from pliant.core.errors import DataError, MissingLibraryError
from pliant.data.store.packing import PackOptions
from pliant.data.store.sample import Sampling
from pliant.data.store.source import BatchSize
from pliant.data.store.store import Store

N = 3000
SMALL = PackOptions(batch=BatchSize(rows=500, text_bytes=20_000))
"""Files are read in many small pieces."""


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(0)
    number = np.round(rng.normal(size=N), 3)
    level = rng.integers(0, 5, N)
    return pa.table(
        {
            "number": pa.array(number, mask=rng.random(N) < 0.1),
            "level": [f"level {v}" for v in level],
            "note": [f'some, "quoted"\nwords {v}' for v in rng.integers(0, 900, N)],
            "y": np.where(number + level > 2, "yes", "no"),
        }
    )


def csv_bytes(table: pa.Table, delimiter: str = ",") -> bytes:
    sink = pa.BufferOutputStream()
    csv.write_csv(table, sink, csv.WriteOptions(delimiter=delimiter))
    return bytes(sink.getvalue())


def write_parquet(table: pa.Table, path: Path) -> None:
    parquet.write_table(table, path, row_group_size=700)


def write_stream(table: pa.Table, path: Path) -> None:
    with ipc.new_stream(str(path), table.schema) as sink:
        sink.write_table(table, 900)


def write_json(table: pa.Table, path: Path) -> None:
    path.write_text("\n".join(json.dumps(row) for row in table.to_pylist()))


WRITERS: dict[str, Callable[[pa.Table, Path], Any]] = {
    "t.csv": lambda t, p: p.write_bytes(csv_bytes(t)),
    "t.tsv": lambda t, p: p.write_bytes(csv_bytes(t, "\t")),
    "t.csv.gz": lambda t, p: p.write_bytes(gzip.compress(csv_bytes(t))),
    "t.csv.bz2": lambda t, p: p.write_bytes(bz2.compress(csv_bytes(t))),
    "t.csv.zst": lambda t, p: p.write_bytes(pa.Codec("zstd").compress(csv_bytes(t), asbytes=True)),
    "t.parquet": write_parquet,
    "t.feather": lambda t, p: feather.write_feather(t, str(p), chunksize=800),
    "t.arrow": write_stream,
    "t.jsonl": write_json,
}


def packed(data: Any, folder: Path, **more: Any) -> Store:
    return pliant.pack(data, target="y", output=folder / "x.codes", **{"options": SMALL, **more})


@pytest.fixture(scope="module")
def in_memory(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return packed(table, tmp_path_factory.mktemp("memory"))


def same(found: Store, expected: Store) -> bool:
    blocks = [[replace(b, file=0) for b in s.manifest.blocks] for s in (found, expected)]
    return blocks[0] == blocks[1] and len(found) == len(expected)


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_store(
    name: str, table: pa.Table, in_memory: Store, tmp_path: Path
) -> None:
    WRITERS[name](table, tmp_path / name)
    assert same(packed(tmp_path / name, tmp_path), in_memory)


def test_many_files_are_one_table(table: pa.Table, in_memory: Store, tmp_path: Path) -> None:
    for number in range(3):
        part = table.slice(number * 1000, 1000)
        part = part.select(["y", "note", "level", "number"]) if number else part
        write_parquet(part, tmp_path / f"part-{number}.parquet")
    by_glob = packed(f"{tmp_path}/part-*.parquet", tmp_path)
    assert same(by_glob, in_memory)
    assert by_glob.manifest.facts.files == 3
    named = [tmp_path / f"part-{number}.parquet" for number in range(3)]
    assert same(packed(named, tmp_path, options=PackOptions(overwrite=True)), in_memory)


def test_urls_are_opened_by_fsspec(table: pa.Table, in_memory: Store, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    for number in range(2):
        with files.open(f"/bucket/part-{number}.csv.gz", "wb") as file:
            file.write(gzip.compress(csv_bytes(table.slice(number * 1500, 1500))))
    assert same(packed("memory://bucket/part-*.csv.gz", tmp_path), in_memory)
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    with pytest.raises(DataError, match="there is no file memory://"):
        packed("memory://bucket/absent.csv", nothing)
    with pytest.raises(DataError, match="expected files that match 'memory://"):
        packed("memory://bucket/*.parquet", nothing)


def test_fsspec_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec", None)
    with pytest.raises(MissingLibraryError, match="pip install fsspec"):
        packed("memory://bucket/t.csv", tmp_path)


def long_csv(path: Path, changed: dict[int, str], n: int = 20_000) -> None:
    rows = [f"{i % 997},{i % 2}" for i in range(n)]
    for row, text in changed.items():
        rows[row] = f"{text},{row % 2}"
    path.write_text("\n".join(["a,y", *rows]) + "\n")


def test_a_late_word_counts_as_missing_and_is_told(tmp_path: Path) -> None:
    long_csv(tmp_path / "t.csv", {17_000: "oops", 19_000: "n/k"})
    store = packed(tmp_path / "t.csv", tmp_path)
    assert [c.kind for c in store.schema.columns] == ["number"]
    assert store.manifest.facts.notes == (
        "column 'a': 2 values that are no number count as missing, the first 'oops' in row 17000 "
        f"of {tmp_path / 't.csv'}",
    )
    codes = np.concatenate([store.shard(i).coded.codes[:, 0] for i in range(store.n_shards)])
    assert (codes == 0).sum() == 2
    with pytest.raises(DataError, match=r"expected a number in .* 'a', got 'oops' in row 17000"):
        packed(tmp_path / "t.csv", tmp_path, options=PackOptions(overwrite=True, strict=True))
    assert len(pliant.open_store(tmp_path / "x.codes")) == 20_000


def test_many_words_make_text_of_all_rows(tmp_path: Path) -> None:
    """The numbers before them were read as such: they are read again, letter by letter."""
    rows = {i: f"0{i % 9}" for i in range(15_000)} | dict.fromkeys(range(15000, 20000), "no number")
    long_csv(tmp_path / "t.csv", rows)
    store = packed(tmp_path / "t.csv", tmp_path)
    (column,) = store.schema.columns
    assert column.kind == "category"
    assert set(column.codebook.levels) == {f"0{i}" for i in range(9)} | {"no number"}


def test_a_dictionary_is_bounded(tmp_path: Path) -> None:
    sampling = Sampling(rows=2000, texts=1000, max_levels=50)
    rng = np.random.default_rng(0)
    often, rare = rng.integers(0, 40, 30_000), rng.integers(0, 9000, 30_000)
    pairs = zip(often, rare, strict=True)
    words = [f"often {v}" if v < 10 else f"rare {w}" for v, w in pairs]
    names = [f"name {v}" for v in range(30_000)]  # left out, so nothing is said of its texts
    frame = pa.table({"w": words, "name": names, "y": np.arange(30_000) % 2})
    parquet.write_table(frame, tmp_path / "t.parquet")
    store = packed(tmp_path / "t.parquet", tmp_path, options=replace(SMALL, sampling=sampling))
    column, name = store.schema.columns
    assert name.kind == "identifier"
    assert column.kind == "category"
    assert set(column.codebook.levels[:10]) == {f"often {v}" for v in range(10)}
    assert len(column.codebook.levels) == 50
    (note,) = store.manifest.facts.notes
    assert "different values: the 50 most frequent are kept, the others read as unseen" in note
    assert 7500 < int(note.split("about ")[1].split()[0].replace(",", "")) < 9500


def test_all_different_strings_are_an_identifier(tmp_path: Path) -> None:
    names = [f"name{i}" for i in range(30_000)]
    frame = {"n": names, "x": np.arange(30_000.0) % 7, "y": np.arange(30_000) % 2}
    few = replace(SMALL, sampling=Sampling(texts=1000))
    store = packed(frame, tmp_path, options=few)
    assert [c.kind for c in store.schema.columns] == ["identifier", "number"]


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv.bz2", "t.csv.zst", "t.parquet", "t.arrow"])
def test_a_truncated_file_in_the_middle(name: str, table: pa.Table, tmp_path: Path) -> None:
    for number in range(3):
        WRITERS[name](table, tmp_path / f"{number}-{name}")
    broken = tmp_path / f"1-{name}"
    broken.write_bytes(broken.read_bytes()[:-200])
    refused(f"{tmp_path}/*-{name}", tmp_path, f"1-{name}")


def test_damage_inside_a_parquet_file(table: pa.Table, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(table, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 400] = bytes(400)
    path.write_bytes(data)
    refused(path, tmp_path, "t.parquet")


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("a,y\n1,0\n", r"2\.csv, but it has no column 'b'"),
        ("a,b,c,y\n1,x,2,0\n", r"2\.csv, but it has a column 'c' too"),
        ("a,b,y\n1,x,0\n2,x\n", r"expected 3 values a line in .*2\.csv, got 2 in line 3"),
        ("a,b,y\n1,x,0\n2,x,\n", r"'y' in every row, but row 1 of .*2\.csv has none"),
        ("a,b,y\n1,x,0\ninf,x,1\n", r"'a', row 1 of .*2\.csv"),
        ("", r"2\.csv is an empty file"),
    ],
)
def test_files_that_do_not_belong_together(second: str, said: str, tmp_path: Path) -> None:
    rows = "".join(f"{i % 7},{'xz'[i % 2]},{i % 2}\n" for i in range(40))
    (tmp_path / "1.csv").write_text("a,b,y\n" + rows)
    (tmp_path / "2.csv").write_text(second)
    refused(f"{tmp_path}/*.csv", tmp_path, said)


def test_types_that_differ_between_files(table: pa.Table, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"a": [1, 2], "y": [0, 1]}), tmp_path / "1.parquet")
    parquet.write_table(pa.table({"a": ["1", "x"], "y": [0, 1]}), tmp_path / "2.parquet")
    refused(f"{tmp_path}/*.parquet", tmp_path, r"expected numbers in .*'a' of .*2\.parquet, as in")


def test_a_word_in_a_target_of_numbers(tmp_path: Path) -> None:
    rows = [f"{i % 7},{i / 7:.3f}" for i in range(20_000)]
    rows[15_000] = "1,unknown"
    (tmp_path / "t.csv").write_text("\n".join(["a,y", *rows]))
    refused(tmp_path / "t.csv", tmp_path, "'y', got 'unknown' in row 15000 of .*t.csv")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("absent.csv", "there is no file"),
        ("*.csv", r"expected files that match '.*\*\.csv', but there are none"),
        ("t.xlsx", "expected a file that ends in"),
        ("folder.csv", "is a folder"),
    ],
)
def test_no_such_files(place: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"x")
    if "folder" in place:
        (tmp_path / place).mkdir()
    refused(tmp_path / place, tmp_path, said)


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: Path) -> list[str]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "listdir", locked)
    with pytest.raises(DataError, match=r"expected to read the folder .*, but: Permission denied"):
        packed(f"{tmp_path}/*.csv", tmp_path)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_source_that_changes_meanwhile(table: pa.Table, tmp_path: Path, name: str) -> None:
    WRITERS[name](table, tmp_path / name)

    def shorten(progress: Any) -> None:
        if progress.stage == "looking" and progress.rows == len(table):
            WRITERS[name](table.slice(0, 1500), tmp_path / name)

    options = PackOptions(tell=shorten)
    if name == "t.csv":  # text is read once, so what follows does not matter
        assert len(packed(tmp_path / name, tmp_path, options=options)) == len(table)
        return
    with pytest.raises(DataError):
        packed(tmp_path / name, tmp_path, options=options)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_ctrl_c_leaves_nothing(table: pa.Table, tmp_path: Path) -> None:
    def interrupt(progress: Any) -> None:
        if progress.stage == "coding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        packed(table, tmp_path, options=PackOptions(tell=interrupt))
    assert not list(tmp_path.iterdir())


def refused(place: Any, folder: Path, said: str) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(DataError, match=said) as caught:
        packed(place, folder)
    assert "\n" not in str(caught.value)
    assert sorted(folder.iterdir()) == before


def test_progress_counts_bytes_and_rows(table: pa.Table, tmp_path: Path) -> None:
    WRITERS["t.csv.gz"](table, tmp_path / "t.csv.gz")
    heard: list[Any] = []
    packed(tmp_path / "t.csv.gz", tmp_path, options=PackOptions(tell=heard.append))
    assert {p.stage for p in heard} == {"looking", "coding"}
    assert heard[-1].rows == N
    assert heard[-1].read == heard[-1].size == (tmp_path / "t.csv.gz").stat().st_size
    assert all(a.read <= b.read for a, b in pairwise(heard) if a.stage == b.stage)
