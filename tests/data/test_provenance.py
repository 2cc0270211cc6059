"""Where rows came from: found again, and only when they are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from pliant.core.errors import DataError
from pliant.data.locate import locate
from pliant.data.provenance import NamedRows, Provenance, checksum


def test_a_source_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n")
    made = Provenance.of(locate(path), NamedRows([str(path)], weight="a"))
    assert made is not None
    again = Provenance.from_facts({"data": made.facts()})
    assert again == made
    assert [file.size for file in again.found()] == [path.stat().st_size]
    path.write_text("a,b\n1,3\n")
    with pytest.raises(DataError, match=r"it has changed: name the rows to use with --data"):
        again.found()
    path.unlink()
    with pytest.raises(DataError, match=r"there is no such file here: name them with --data"):
        again.found()


def test_what_is_no_file_is_no_source(tmp_path: Path) -> None:
    assert Provenance.of([], NamedRows([str(tmp_path)])) is None
    assert Provenance.from_facts({}) is None


def test_a_url_that_may_hold_a_secret_is_no_source(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    assert Provenance.of(locate(path), NamedRows(["s3://key:word@bucket/rows.csv"])) is None


def test_several_files_are_found_again_with_their_encoding(tmp_path: Path) -> None:
    for name in ("1.csv", "2.csv"):
        (tmp_path / name).write_text("a\nö\n", "cp1252")
    places = [str(tmp_path / name) for name in ("1.csv", "2.csv")]
    made = Provenance.of(locate(places, "cp1252"), NamedRows(places, "cp1252"))
    assert made is not None
    again = Provenance.from_facts({"data": made.facts()})
    assert again == made
    assert [file.name for file in again.found()] == [file.name for file in locate(places)]
    (tmp_path / "2.csv").write_text("a\nä\n", "cp1252")
    with pytest.raises(DataError, match="it has changed"):
        again.found()


def test_of_a_large_file_both_ends_count(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    sums = set()
    for text in (b"abcd1234wxyz", b"Abcd1234wxyz", b"abcd1234wxyZ", b"abcd", b"abcde"):
        path.write_bytes(text)
        sums.add(checksum(locate(path), 4))
    assert len(sums) == 5
