"""Rows that are appended: the same codebooks, shards that stay fair, drift that is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from pliant.core.errors import DataError, SaveError
from pliant.data.store import shards
from pliant.data.store.packing import PackOptions
from pliant.data.store.sample import Sampling
from pliant.data.store.shards import ShardSize
from pliant.data.store.store import Store


def rows(n: int, seed: int, shift: float = 0.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return {
        "x": x + shift,
        "level": [f"level {v}" for v in rng.integers(0, 5 + 5 * (shift > 0), n)],
        "w": rng.integers(0, 3, n).astype(float),
        "y": np.where(x > 0, "yes", "no"),
        "z": np.round(x, 1),
    }


SMALL = PackOptions(shard=ShardSize(rows=500))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return pliant.pack(rows(2000, 0), target="y", output=tmp_path / "x.codes", options=SMALL)


def codes(store: Store) -> np.ndarray:
    return np.concatenate([store.shard(i).coded.codes for i in range(store.n_shards)])


def test_new_rows_are_dealt_to_the_piles_there_are(store: Store) -> None:
    before = codes(store)
    longer = store.append(rows(1000, 1), SMALL)
    assert len(longer) == 3000
    assert longer.n_shards == store.n_shards == 4
    assert min(longer.shard_rows) > 650
    assert longer.identity() != store.identity()
    assert pliant.open_store(store.path).identity() == longer.identity()
    assert np.array_equal(np.sort(codes(store), axis=0), np.sort(before, axis=0))
    assert sorted(p.name for p in store.path.iterdir()) == [
        "blocks-0.bin",
        "blocks-1.bin",
        "lock",
        "store.zip",
    ]
    both = {k: np.concatenate([rows(2000, 0)[k], rows(1000, 1)[k]]) for k in ("x", "level")}
    expected = store.schema.encode(pliant.runtime.intake.to_frame({**rows(3000, 9), **both}))
    assert np.array_equal(np.sort(codes(longer)[:, 0]), np.sort(expected.codes[:, 0]))


def test_crowded_piles_are_dealt_anew(store: Store) -> None:
    longer = store.append(rows(9000, 1), SMALL)
    assert len(longer) == 11_000
    assert longer.n_shards == 22
    assert max(longer.shard_rows) < 650
    assert [p.name for p in sorted(store.path.iterdir())] == [
        "blocks-1.bin",
        "lock",
        "store.zip",
    ]
    shares = [longer.shard(i).target.values.mean() for i in range(22)]
    assert abs(np.mean(shares) - 0.5) < 0.02
    assert np.ptp(shares) < 0.2


def test_drift_is_counted(store: Store) -> None:
    same = store.append(rows(1000, 1))
    assert same.manifest.facts.drift[0].described() == []
    moved = same.append(rows(1000, 2, shift=4.0))
    (_, drift) = moved.manifest.facts.drift
    assert drift.rows == 1000
    before, after = drift.shares["level"]
    assert before == 0
    assert 0.4 < after < 0.6
    before, after = drift.shares["x"]
    assert before < 0.02
    assert after > 0.9
    first, second = drift.described()[:2]
    assert first.startswith("column 'x': ")
    assert second.startswith("column 'level': ")


def test_new_targets_of_a_regression_are_kept_exactly(tmp_path: Path) -> None:
    store = pliant.pack(rows(500, 0), target="z", output=tmp_path / "x.codes", task="regression")
    odd = rows(20, 1) | {"z": np.arange(20) + 1 / 3}
    longer = store.append(odd)
    found = np.concatenate([longer.shard(i).target.values for i in range(longer.n_shards)])
    assert np.array_equal(np.sort(found), np.sort([*rows(500, 0)["z"], *odd["z"]]))
    floats = longer.append(rows(20, 2), PackOptions(sampling=Sampling(max_targets=30)))
    assert floats.manifest.layout.answers.dtype == "float64"
    found = np.concatenate([floats.shard(i).target.values for i in range(floats.n_shards)])
    assert len(found) == 540
    assert np.isin(odd["z"], found).all()


def test_weights_have_a_mean_of_one_over_all_rows(tmp_path: Path) -> None:
    store = pliant.pack(rows(500, 0), target="y", output=tmp_path / "x.codes", weight="w")
    longer = store.append(rows(400, 1) | {"w": np.full(400, 7.0)})
    weights = np.concatenate([longer.shard(i).roles.weight for i in range(longer.n_shards)])
    assert len(weights) == len(longer) == np.count_nonzero(rows(500, 0)["w"]) + 400
    assert np.isclose(weights.mean(), 1)
    assert np.isclose(weights.max() / weights.min(), 7)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"level": None}, "it has no column 'level'"),
        ({"y": ["maybe"] * 50}, "expected the labels 'no', 'yes' .* got 'maybe'"),
        ({"y": [None] * 50}, "row 0 of the table has none"),
        ({"x": [np.inf] * 50}, "inf"),
    ],
)
def test_rows_that_do_not_fit_change_nothing(
    change: dict[str, Any], said: str, store: Store
) -> None:
    before = {p.name: p.read_bytes() for p in store.path.iterdir()} | {"lock": b""}
    new = {k: v for k, v in (rows(50, 1) | change).items() if v is not None}
    with pytest.raises(DataError, match=said):
        store.append(new)
    assert {p.name: p.read_bytes() for p in store.path.iterdir()} == before


def test_a_full_disk_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    before = {p.name: p.read_bytes() for p in store.path.iterdir()} | {"lock": b""}
    monkeypatch.setattr(shards, "write_block", full)
    for n in (50, 9000):
        with pytest.raises(SaveError, match="No space left on device"):
            store.append(rows(n, 1), SMALL)
        assert {p.name: p.read_bytes() for p in store.path.iterdir()} == before
        assert [p.name for p in store.path.parent.iterdir()] == ["x.codes"]
