"""Plain data-parallel work: any cut gives the result of the whole."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant import DataError, map_reduce


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60), st.integers(1, 7))
def test_the_result_is_that_of_the_whole(values: list[int], workers: int) -> None:
    data = np.array(values)
    assert map_reduce(np.sum, data, reduce=operator.add, workers=workers) == sum(values)
    joined = map_reduce(np.copy, data, reduce=lambda a, b: np.concatenate([a, b]), workers=workers)
    assert joined.tolist() == values


def n_rows(chunk: Any) -> int:
    return len(chunk)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_are_cut_by_rows(kind: Any) -> None:
    table = kind({"a": list(range(103)), "b": list("x" * 103)})
    found = map_reduce(n_rows, table, reduce=operator.add, workers=3, processes=False)
    assert found == 103


def test_processes_map_the_file_of_a_mapped_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(300_000.0))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")

    def total(chunk: Any) -> tuple[float, bool]:
        return float(chunk.sum()), isinstance(chunk, np.memmap)

    def both(a: tuple[float, bool], b: tuple[float, bool]) -> tuple[float, bool]:
        return a[0] + b[0], a[1] and b[1]

    assert map_reduce(total, mapped, reduce=both, workers=2) == (np.arange(300_000.0).sum(), True)


@pytest.mark.parametrize("data", [np.empty(0), [], 5])
def test_what_has_no_rows_is_said(data: Any) -> None:
    with pytest.raises(DataError, match="expected"):
        map_reduce(np.sum, data, reduce=operator.add)
