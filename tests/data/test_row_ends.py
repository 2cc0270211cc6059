"""A row of CSV ends where a careful reader says, and is found in time that grows as bytes do."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv

import pliant
from pliant.core.errors import DataError
from pliant.data.delimit import dialect_of
from pliant.data.row_ends import CsvRowEnd
from pliant.data.store.packing import PackOptions
from pliant.data.store.source import BatchSize
from pliant.data.store.store import Store


def ends(delimiter: str = ",") -> CsvRowEnd:
    return CsvRowEnd(lambda data: delimiter)


def letter_by_letter(data: bytes) -> int:
    """Return the end of the last whole row: a quote opens at the start of a field alone."""
    end, begins, inside = 0, True, False
    for place, letter in enumerate(data):
        if inside:
            inside = letter != ord('"')
            reopens = data[place + 1 : place + 2] == b'"'
            begins = not inside and reopens  # two quotes within quotes are one
        elif begins and letter == ord('"'):
            inside, begins = True, False
        else:
            begins = letter in b",\r\n"
            end = place + 1 if letter in b"\r\n" else end
    return end


@settings(max_examples=400, deadline=None)
@given(st.text('",\nab', max_size=40))
def test_the_end_is_that_of_a_careful_reader(text: str) -> None:
    data = text.encode()
    assert ends()(data) == letter_by_letter(data)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.text('",\nab ', max_size=5), min_size=2, max_size=2), min_size=2))
def test_blocks_of_any_size_have_the_rows_of_the_whole(rows: list[list[str]]) -> None:
    lines = [",".join('"' + v.replace('"', '""') + '"' for v in row) for row in rows]
    data = ("\n".join(lines) + "\n").encode()
    for cut in range(1, len(data), 7):
        end = ends()(data[:cut])
        parts = [part for part in (data[:end], data[end:]) if part]
        assert [row for part in parts for row in parsed(part)] == parsed(data)


def parsed(data: bytes) -> list[dict[str, str]]:
    read = csv.ReadOptions(column_names=["a", "b"], use_threads=False)
    parse = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    convert = csv.ConvertOptions(column_types={"a": pa.string(), "b": pa.string()})
    rows: list[dict[str, str]] = csv.read_csv(io.BytesIO(data), read, parse, convert).to_pylist()
    return rows


@pytest.mark.parametrize("quoted", ['3.5" disk', 'a "b" c" d', '"a" "b', '"two\n\nlines" ""'])
def test_many_stray_quotes_take_time_as_bytes_do(quoted: str) -> None:
    few, many = (("x,t,y\n" + f"5,{quoted},a\n" * n).encode() for n in (2000, 40_000))
    seconds = []
    for data in (few, many):
        start = time.process_time()
        for _ in range(3):
            assert ends()(data) == len(data)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 60 * max(seconds[0], 0.002)


def packed(path: Path, row_bytes: int = BatchSize.row_bytes) -> Store:
    """Return the store of a file that is read in small blocks."""
    options = PackOptions(batch=BatchSize(text_bytes=500, row_bytes=row_bytes))
    return pliant.pack(path, target="y", output=path.with_suffix(".codes"), options=options)


def write(path: Path, words: list[str]) -> Path:
    rows = [f"{i % 97},{word},{'ab'[i % 2]}\n" for i, word in enumerate(words)]
    path.write_text("x,t,y\n" + "".join(rows))
    return path


def test_an_inch_sign_is_a_letter(tmp_path: Path) -> None:
    words = [f"word {i % 5}" for i in range(300)]
    words[0], words[100], words[200] = '3.5" disk', '"two\nlines, ""quoted"""', '"o\'deadline"'
    store = packed(write(tmp_path / "t.csv", words))
    levels = next(c for c in store.schema.columns if c.name == "t").codebook.levels
    assert len(store) == 300
    assert set(levels) == {'3.5" disk', 'two\nlines, "quoted"', "o'deadline"} | set(words[1:6])


@pytest.mark.parametrize("place", [0, 290])
def test_an_open_quote_is_said(place: int, tmp_path: Path) -> None:
    words = [f"word {i % 5}" for i in range(300)]
    words[place] = '"3.5 disk'
    path = write(tmp_path / "t.csv", words)
    said = rf"quote in .*t\.csv to be closed, but .* row that begins in line {place + 2} is not"
    with pytest.raises(DataError, match=said):
        packed(path)
    if not place:
        with pytest.raises(DataError, match=r"the one that begins in line 2 is longer"):
            packed(path, row_bytes=1000)


def test_lines_of_json_and_of_old_macs(tmp_path: Path) -> None:
    x = np.arange(300) % 7
    lines = [f'{{"x": {v}, "t": "3.5\\" disk", "y": "{"ab"[v % 2]}"}}\n' for v in x]
    (tmp_path / "t.jsonl").write_text("".join(lines))
    (tmp_path / "t.csv").write_text("x,t,y\r" + "".join(f'{v},"3\r5",{"ab"[v % 2]}\r' for v in x))
    (tmp_path / "u.csv").write_text("x,y\r" + "".join(f"{v},{'ab'[v % 2]}\r" for v in x))
    for name in ("t.jsonl", "t.csv", "u.csv"):
        assert len(packed(tmp_path / name)) == 300
        shutil.rmtree((tmp_path / name).with_suffix(".codes"))


def test_the_delimiter_is_that_of_the_file() -> None:
    found = CsvRowEnd(lambda data: dialect_of("t.csv", ".csv", data).delimiter)
    data = b'x;t\n1;"a,\n"\n2;a,"b\n3;c\n'
    assert found(data) == len(data)
    assert found(data[:9]) == 4
