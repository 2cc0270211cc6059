"""The spool: text is parsed once, and what comes back is what was read; without room, twice."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Set
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from pliant.data.store import spool
from pliant.data.store.files import FileSource
from pliant.data.store.source import Batch, FrameSource, Source
from pliant.data.store.spool import Spool, spooled
from pliant.runtime.raw import Numbers, Strings

TEXT = "word,number,time,y\n" + "".join(
    f"{'ab' if i % 3 else 'cü'},{'' if i % 7 == 0 else i / 8},2024-01-{1 + i % 28:02},{i % 2}\n"
    for i in range(500)
)


class Counted(FileSource):
    """A source that counts how often it is read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.passes = 0

    def batches(self, texts: Set[str]) -> Iterator[Batch]:
        self.passes += 1
        return super().batches(texts)


@pytest.fixture
def source(tmp_path: Path) -> Counted:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    return Counted(path)


def values(source: Source, texts: frozenset[str] = frozenset()) -> list[Any]:
    """Return all that a pass gives, as plain data."""
    found: list[Any] = []
    for batch in source.batches(texts):
        found += [batch.file, batch.first, dict(batch.arrow), batch.read, batch.typed]
        for name, column in batch.frame.items():
            if isinstance(column, Numbers):
                found.append((name, column.values.tobytes(), column.integral))
            elif isinstance(column, Strings):
                found.append((name, column.indices.tolist(), column.levels))
            else:
                found.append((name, column.microseconds.tolist()))
    return found


def test_a_second_pass_gives_the_same_and_reads_nothing(source: Counted, tmp_path: Path) -> None:
    with spooled(source, tmp_path) as kept:
        first, second = values(kept), values(kept)
        assert first == second == values(source)
        assert source.passes == 2
        as_text = values(kept, frozenset(["number"]))
    assert as_text != first
    assert source.passes == 3
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv.gz"]


def test_a_pass_that_was_given_up_is_not_taken_for_a_whole_one(
    source: Counted, tmp_path: Path
) -> None:
    with closing(Spool(source, tmp_path)) as kept:
        next(kept.batches(frozenset()))
        assert values(kept) == values(kept)
    assert source.passes == 2


@pytest.mark.parametrize("trouble", ["_write", "TemporaryFile"])
def test_where_no_file_can_be_written_the_source_is_read_again(
    source: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    def full(*arguments: Any, **named: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(spool, trouble, full)
    with spooled(source, tmp_path) as kept:
        assert values(kept) == values(kept)
    assert source.passes == 2


def test_without_room_the_source_is_read_again(source: Counted, tmp_path: Path) -> None:
    with spooled(source, tmp_path, share=0.0) as kept:
        assert values(kept) == values(kept)
    assert source.passes == 2


def test_what_is_quick_to_read_is_not_spooled(tmp_path: Path) -> None:
    table = FrameSource(pliant.runtime.intake.to_frame({"x": np.arange(3.0)}))
    with spooled(table, tmp_path) as kept:
        assert kept is table


def test_a_store_of_text_is_that_of_the_same_rows(source: Counted, tmp_path: Path) -> None:
    from pyarrow import csv

    path = tmp_path / "rows.csv"
    path.write_text(TEXT)
    one = pliant.pack(path, target="y", output=tmp_path / "one.codes")
    two = pliant.pack(csv.read_csv(path), target="y", output=tmp_path / "two.codes")
    assert np.array_equal(one.shard(0).coded.codes, two.shard(0).coded.codes)
