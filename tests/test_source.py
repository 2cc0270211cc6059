"""Where rows came from: found again, and only when they are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from pliant import source
from pliant.errors import DataError
from pliant.source import Source, checksum


def test_a_source_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n")
    made = Source.of(path, weight="a")
    assert made is not None
    again = Source.from_facts({"data": made.facts()})
    assert again == made
    assert again.found() == path
    path.write_text("a,b\n1,3\n")
    with pytest.raises(DataError, match=r"it has changed: name the rows to use with --data"):
        again.found()
    path.unlink()
    with pytest.raises(DataError, match=r"there is no such file here: name them with --data"):
        again.found()


def test_what_is_no_file_is_no_source(tmp_path: Path) -> None:
    assert Source.of(tmp_path) is None
    assert Source.from_facts({}) is None


def test_of_a_large_file_both_ends_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "READ_AT_ENDS", 4)
    path = tmp_path / "rows.csv"
    sums = set()
    for text in (b"abcd1234wxyz", b"Abcd1234wxyz", b"abcd1234wxyZ", b"abcd", b"abcde"):
        path.write_bytes(text)
        sums.add(checksum(path))
    assert len(sums) == 5
