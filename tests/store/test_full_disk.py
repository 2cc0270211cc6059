"""A disk that is really full, or a quota: the command says so and leaves nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet


def test_a_limit_on_written_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pa.table({"x": rng.normal(size=200_000), "y": rng.integers(0, 2, 200_000)})
    parquet.write_table(table, tmp_path / "t.parquet")
    command = f"ulimit -f 64; {sys.executable} -m pliant pack t.parquet -t y -o x.codes"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "pliant: expected to write x.codes, but: File too large\n"
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]
