"""A store gives back the codes, target and roles that the same table has in memory."""

from __future__ import annotations

import errno
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pliant
from pliant.core.errors import ConfigError, DataError, SaveError
from pliant.data.store import shards
from pliant.data.store.packing import PackOptions
from pliant.data.store.sample import Sampling
from pliant.data.store.shards import ShardSize
from pliant.data.store.source import BatchSize
from pliant.data.store.store import Store
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import learn_target
from pliant.runtime.intake import to_frame
from pliant.runtime.raw import Frame, Strings


@pytest.fixture
def data(mixed: dict[str, list[Any]]) -> dict[str, list[Any]]:
    n = 300
    rng = np.random.default_rng(5)
    found = dict(mixed)
    found["yes"] = [["no", "yes"][v] for v in rng.integers(0, 2, n)]
    found["family"] = [f"family {v}" for v in rng.integers(0, 9, n)]
    found["counts"] = rng.integers(0, 3, n).astype(float).tolist()
    found["row"] = (np.arange(n) * 7.0).tolist()
    return found


def plain(table: Table) -> list[tuple[Any, ...]]:
    """Return every row as plain values, sorted."""
    texts = [words(text) for text in table.coded.texts]
    roles = (table.roles.weight, table.roles.groups, table.roles.time)
    parts = [table.coded.codes, table.coded.ids, *texts, table.target.values]
    parts += [r for r in roles if r is not None]
    return sorted(zip(*(np.asarray(part).tolist() for part in parts), strict=True), key=repr)


def words(text: Strings) -> NDArray[Any]:
    return np.array([*text.levels, None], dtype=object)[text.indices]


def together(store: Store) -> list[tuple[Any, ...]]:
    rows = [row for shard in range(store.n_shards) for row in plain(store.shard(shard))]
    return sorted(rows, key=repr)


SMALL = PackOptions(batch=BatchSize(rows=70), shard=ShardSize(rows=40, held_bytes=2000))
"""Shards of few rows, dealt from batches of few, put aside again and again."""


@pytest.mark.parametrize("target", ["yes", "count", "signal"])
def test_a_store_holds_the_table(data: dict[str, list[Any]], target: str, tmp_path: Path) -> None:
    store = pliant.pack(data, target=target, output=tmp_path / "x.codes", options=SMALL)
    frame = to_frame(data)
    schema = learn_schema(Frame({n: c for n, c in frame.items() if n != target}, frame.n_rows))
    expected = Table(
        schema, schema.encode(frame), learn_target(target, frame[target], None), Roles()
    )
    assert store.n_shards == 8
    assert sum(store.shard_rows) == len(store) == 300
    assert [(c.name, c.kind, c.note) for c in store.schema.columns] == [
        (c.name, c.kind, c.note) for c in schema.columns
    ]
    assert (store.task, store.classes) == (expected.target.task, expected.target.classes)
    assert together(store) == plain(expected)


def test_roles_come_back(data: dict[str, list[Any]], tmp_path: Path) -> None:
    output = tmp_path / "x.codes"
    roles = {"weight": "counts", "groups": "family", "time": "seen"}
    store = pliant.pack(data, target="yes", output=output, **roles, options=SMALL)
    counts = np.array(data["counts"])
    assert len(store) == np.count_nonzero(counts)
    tables = [store.shard(i) for i in range(store.n_shards)]
    weight = np.concatenate([t.roles.weight for t in tables])
    assert np.isclose(weight.mean(), 1)
    assert np.allclose(np.unique(weight), np.array([1, 2]) / counts[counts > 0].mean())
    groups = np.concatenate([t.roles.groups for t in tables])
    assert len(np.unique(groups)) == 9
    years = {str(np.datetime64(int(v), "us"))[:10] for t in tables for v in t.roles.time}
    assert years <= set(data["seen"])
    used = {column.name for column in store.schema.used}
    assert "seen" in used
    assert not {"counts", "family", "yes"} & used


def test_the_same_rows_lie_in_the_same_piles_however_they_come(
    data: dict[str, list[Any]], tmp_path: Path
) -> None:
    few = PackOptions(shard=ShardSize(rows=40))
    small = PackOptions(batch=BatchSize(rows=33), shard=ShardSize(rows=40, held_bytes=500))
    first = pliant.pack(data, target="yes", output=tmp_path / "a.codes", options=few)
    second = pliant.pack(data, target="yes", output=tmp_path / "b.codes", options=small)
    assert first.identity() == second.identity()
    for i in range(first.n_shards):
        assert plain(first.shard(i)) == plain(second.shard(i))
    other = replace(few, seed=1)
    third = pliant.pack(data, target="yes", output=tmp_path / "c.codes", options=other)
    assert third.identity() != first.identity()


def test_a_pile_is_a_fair_sample(tmp_path: Path) -> None:
    options = PackOptions(shard=ShardSize(rows=2000))
    rows = np.arange(20_000.0)
    frame = {"a": rows % 7, "half": (rows >= 10_000).astype(float), "y": rows % 13}
    store = pliant.pack(
        frame, target="y", output=tmp_path / "x.codes", task="regression", options=options
    )
    assert store.n_shards == 10
    assert max(store.shard_rows) < 2300
    for i in range(store.n_shards):
        late = store.shard(i).coded.codes[:, 1].mean() - 1
        assert abs(late - 0.5) < 0.05  # 0.5 / sqrt(2000) is 0.011


def test_targets_are_kept_exactly(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=70_000)
    for name, y, dtype in [
        ("few", np.round(values, 2), "uint16"),
        ("single", values.astype(np.float32).astype(float), "float32"),
        ("double", values, "float64"),
    ]:
        frame = {"a": np.round(values), "y": y}
        store = pliant.pack(frame, target="y", output=tmp_path / f"{name}.codes")
        assert store.manifest.layout.answers.dtype == dtype
        found = np.concatenate([store.shard(i).target.values for i in range(store.n_shards)])
        assert np.array_equal(np.sort(found), np.sort(y))


def test_sizes_are_those_of_the_files(data: dict[str, list[Any]], tmp_path: Path) -> None:
    store = pliant.pack(data, target="yes", output=tmp_path / "x.codes")
    sizes = store.sizes
    assert sizes.rest == (tmp_path / "x.codes" / "blocks-0.bin").stat().st_size
    by_name = {column.name: column for column in sizes.columns}
    assert by_name["signal"].raw == by_name["signal"].arrow == 2400
    assert by_name["signal"].codes == 300
    assert by_name["same"].codes == by_name["same"].rest == 0
    assert sizes.k == sizes.raw / sizes.codes


def test_a_flipped_bit_is_named(data: dict[str, list[Any]], tmp_path: Path) -> None:
    store = pliant.pack(data, target="yes", output=tmp_path / "x.codes")
    path = tmp_path / "x.codes" / "blocks-0.bin"
    whole = path.read_bytes()
    block = store.manifest.blocks[0]
    place = 0
    for stream, size in zip(store.manifest.layout.streams, block.sizes, strict=True):
        path.write_bytes(flipped(whole, place + size // 2))
        said = rf"column '{stream.column}' \({stream.part}\) of the block at byte 0 .*blocks-0.bin"
        with pytest.raises(DataError, match=said):
            store.shard(0)
        place += size
    path.write_bytes(whole[:-1])
    with pytest.raises(DataError, match="was altered"):
        store.shard(0)
    path.unlink()
    with pytest.raises(DataError, match=r"expected to read .*blocks-0\.bin"):
        pliant.open_store(store.path).shard(0)


def test_a_damaged_or_half_written_store_is_refused(
    data: dict[str, list[Any]], tmp_path: Path
) -> None:
    pliant.pack(data, target="yes", output=tmp_path / "x.codes")
    path = tmp_path / "x.codes" / "store.zip"
    whole = path.read_bytes()
    for content in (whole[:-10], flipped(whole, len(whole) // 2), b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match="store"):
            pliant.open_store(tmp_path / "x.codes")
    path.unlink()
    with pytest.raises(DataError, match="is a folder without one"):
        pliant.open_store(tmp_path / "x.codes")


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_store_is_overwritten_only_when_asked(data: dict[str, list[Any]], tmp_path: Path) -> None:
    output = tmp_path / "x.codes"
    pliant.pack({k: v[:100] for k, v in data.items()}, target="yes", output=output)
    with pytest.raises(SaveError, match="exists already"):
        pliant.pack(data, target="yes", output=output)
    again = PackOptions(overwrite=True)
    assert len(pliant.pack(data, target="yes", output=output, options=again)) == 300
    assert [p.name for p in tmp_path.iterdir()] == ["x.codes"]
    (tmp_path / "work.codes").mkdir()
    with pytest.raises(SaveError, match=r"work\.codes is something else"):
        pliant.pack(data, target="yes", output=tmp_path / "work.codes", options=again)


def test_an_output_that_cannot_be(data: dict[str, list[Any]], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected the output to end in \.codes"):
        pliant.pack(data, target="yes", output=tmp_path / "x")
    with pytest.raises(ConfigError, match="a folder that exists"):
        pliant.pack(data, target="yes", output=tmp_path / "absent" / "x.codes")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"yes": None}, "expected the target 'yes' to be a column of the table"),
        ({"yes": ["no", None, "yes"] * 100}, "row 1 of the table has none"),
        ({"yes": ["no"] * 300}, "at least 2 classes"),
        ({"number": [1.0, np.inf, 2.0] * 100}, "infinity .* 'number', row 1 of the table"),
        ({"counts": [-1.0] * 300}, "sample_weight of at least 0"),
    ],
)
def test_what_cannot_be_packed_leaves_nothing(
    data: dict[str, list[Any]], change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    changed = {k: v for k, v in {**data, **change}.items() if v is not None}
    with pytest.raises(DataError, match=said):
        pliant.pack(changed, target="yes", output=tmp_path / "x.codes", weight="counts")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(
    data: dict[str, list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shards, "write_block", full)
    with pytest.raises(SaveError, match=r"expected to write .*x\.codes, but: No space left"):
        pliant.pack(data, target="yes", output=tmp_path / "x.codes")
    assert not list(tmp_path.iterdir())


def test_a_dataset_is_packed_with_all_that_it_says(tmp_path: Path) -> None:
    rows = {"zip": [10115, 80331] * 10, "w": [1, 3] * 10, "y": ["no", "yes"] * 10}
    data = pliant.data.open(rows, "y", weight="w", columns={"zip": "category"})
    store = pliant.pack(data, output=tmp_path / "d.codes")
    assert [(c.name, c.kind) for c in store.schema.columns] == [("zip", "category")]
    assert set(store.as_kept(0).roles.weight) == {1.0, 3.0}
    assert len(store.append(pliant.data.open(rows))) == 40
    (tmp_path / "t.csv").write_text("zip,y\n" + "10115,no\n80331,yes\n" * 10)
    of_file = pliant.pack(pliant.data.open(tmp_path / "t.csv", "y"), output=tmp_path / "f.codes")
    assert len(of_file) == 20
    assert of_file.describe()["files"] == 1
    with pytest.raises(ConfigError, match="expected the target, the name of the column"):
        pliant.pack(rows, output=tmp_path / "e.codes")
    with pytest.raises(DataError, match="expected target to name a column of a table in memory"):
        pliant.pack(pliant.data.open(rows, rows["y"]), output=tmp_path / "e.codes")
    with pytest.raises(DataError, match=r"d\.codes is a store"):
        pliant.pack(store, target="y", output=tmp_path / "e.codes")


@pytest.mark.parametrize("size", [BatchSize, Sampling, ShardSize])
@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, None])
def test_sizes_are_whole_numbers(size: type, wrong: object) -> None:
    for field in fields(size):
        said = f"from 1 on as {field.name} of {size.__name__}, got {wrong!r}"
        with pytest.raises(ConfigError, match=re.escape(said)):
            size(**{field.name: wrong})
