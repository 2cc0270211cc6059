"""A disk that is really full, or a quota: the command says so and leaves nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import pliant


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_a_limit_on_written_bytes(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pa.table({"x": rng.normal(size=200_000), "y": rng.integers(0, 2, 200_000)})
    write = parquet.write_table if name == "t.parquet" else csv.write_csv
    write(table, tmp_path / name)
    done = pack(name, tmp_path)
    assert done.returncode == 1
    assert done.stderr == "pliant: expected to write x.codes, but: File too large\n"
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("n", [30_000, 4_100])
def test_a_store_may_fit_where_what_text_gave_does_not(n: int, tmp_path: Path) -> None:
    """Of the second table only the last bytes have no room, which a buffer holds until then."""
    x = np.arange(n)
    csv.write_csv(pa.table({"x": x % 7, "y": x % 2}), tmp_path / "t.csv")
    done = pack("t.csv", tmp_path)
    assert done.stderr == ""
    assert done.returncode == 0
    assert len(pliant.open_store(tmp_path / "x.codes")) == n


def pack(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = f"ulimit -f 64; {sys.executable} -m pliant pack {name} -t y -o x.codes"
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )
