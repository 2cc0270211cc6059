"""Under a hard cap of memory, a fit of a store ends, and one of the table in memory does not."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import pliant

ROOT = Path(__file__).resolve().parents[3]
ROWS, COLUMNS, CAP = 3_000_000, 30, 600_000_000


@pytest.fixture
def cap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    module = import_module("benchmarks.scaling.cap")
    if module.version() is None:
        pytest.skip("control groups cannot be made here")
    return module


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 720 MB of float64 whose last column is to be predicted."""
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path_factory.mktemp("large") / "rows.parquet"
    rng = np.random.default_rng(0)
    writer = None
    for _ in range(10):
        X = rng.normal(size=(ROWS // 10, COLUMNS)).astype(np.float32).astype(np.float64)
        signal = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2])
        made = {f"x{j}": X[:, j] for j in range(COLUMNS)}
        made["y"] = (signal + rng.normal(size=len(X)) > 0).astype(np.float64)
        batch = pa.table(made)
        writer = writer or parquet.ParquetWriter(path, batch.schema)
        writer.write_table(batch)
    assert writer is not None
    writer.close()
    return path


def fit(data: Path, output: Path, *more: str) -> Sequence[str]:
    words = ["fit", str(data), "--target", "y", "--output", str(output), "--json"]
    models = ["--models", "additive,lightgbm", "--trials", "2", "--budget", "60"]
    return [sys.executable, "-m", "pliant", *words, *models, *more]


def said(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output[output.index("{") :])
    return found


@pytest.mark.slow
def test_a_fit_under_the_cap_ends_where_memory_alone_would_not_do(
    parquet: Path, tmp_path: Path, cap: ModuleType
) -> None:
    output = tmp_path / "m.pliant"
    bounded = cap.run(fit(parquet, output, "--memory", str(CAP)), CAP)
    assert bounded.code == 0, bounded.output
    assert "into codes first" in bounded.output
    assert bounded.peak < CAP
    facts = pliant.load(output).card.facts
    assert facts["rows"] > 5 * facts["rows searched on"]  # how many depends on the machine's pace
    assert facts["blocks"] > 1
    assert said(bounded.output)["score"] > 0.8
    assert cap.run(fit(parquet, output, "--memory", "24GB"), CAP).code != 0
