"""Plain data-parallel work: any cut gives the result of the whole."""

from __future__ import annotations

import importlib.util
import operator
import os
import signal
import sys
from collections import UserDict, deque
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant import ConfigError, DataError, PliantError, map_reduce


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


@pytest.mark.parametrize(
    "data", [np.empty(0), [], 5, (v for v in "ab"), np.array(1), pd.DataFrame()]
)
def test_what_has_no_rows_is_said(data: Any) -> None:
    with pytest.raises(DataError, match="expected"):
        map_reduce(np.sum, data, reduce=operator.add)


@pytest.mark.parametrize("data", [{"a": 1, "b": 2}, UserDict(a=1), {1, 2}, deque([1, 2])])
@pytest.mark.parametrize("processes", [False, None])
def test_what_cannot_be_cut_is_said_on_every_python(data: Any, processes: bool | None) -> None:
    with pytest.raises(
        DataError, match=f"expected data that can be cut, got {type(data).__name__}"
    ):
        map_reduce(len, data, reduce=operator.add, workers=2, processes=processes)


def smallest(chunk: Any) -> float:
    chunk.sort()
    return float(chunk[0])


def marked(frame: Any) -> float:
    frame.iloc[0, 0] = -1.0
    return float(frame.iloc[:, 0].min())


WAYS = [{"workers": 1}, {"workers": 2, "processes": False}, {"workers": 2, "processes": True}]


@pytest.mark.parametrize("ways", WAYS)
@pytest.mark.parametrize("n", [1000, 3_000_000])
def test_a_function_may_work_in_place(n: int, ways: dict[str, Any]) -> None:
    """Whatever the size and the workers; what it is given of the data is its own."""
    array, frame = np.arange(n, 0.0, -1.0), pd.DataFrame({"a": np.ones(n)})
    fixed = array.copy()
    fixed.flags.writeable = False
    for data in array, fixed:
        assert map_reduce(smallest, data, reduce=min, **ways) == 1.0
    assert map_reduce(marked, frame, reduce=min, **ways) == -1.0
    assert np.array_equal(array, np.arange(n, 0.0, -1.0))
    assert frame["a"].min() == 1.0


@pytest.mark.parametrize("ways", WAYS)
@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_mapped_file_may_be_worked_on_in_place(
    mode: Any, ways: dict[str, Any], tmp_path: Path
) -> None:
    np.save(tmp_path / "a.npy", np.arange(300_000.0, 0.0, -1.0))
    before = (tmp_path / "a.npy").read_bytes()
    mapped = np.load(tmp_path / "a.npy", mmap_mode=mode)
    assert map_reduce(smallest, mapped[1000:], reduce=min, **ways) == 1.0
    assert map_reduce(smallest, mapped[::-3], reduce=min, **ways) == 1.0
    assert mapped[0] == 300_000.0
    del mapped
    assert (tmp_path / "a.npy").read_bytes() == before


def test_numpys_own_functions_copy_nothing() -> None:
    data = np.arange(100.0)
    views = map_reduce(np.asarray, data, reduce=lambda a, b: b, workers=2)
    assert np.shares_memory(views, data)


class OddError(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__("odd")


def fails(chunk: Any) -> int:
    raise KeyError("of the function")


def crashes(chunk: Any) -> int:
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def fails_oddly(chunk: Any) -> int:
    raise OddError(1, 2)


@pytest.mark.parametrize("ways", WAYS)
def test_an_error_of_the_function_is_the_users(ways: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="of the function"):
        map_reduce(fails, np.arange(9), reduce=operator.add, **ways)


def test_a_function_that_ends_its_process_is_said() -> None:
    with pytest.raises(PliantError, match="expected crashes to return, but a process that ran it"):
        map_reduce(crashes, np.arange(9), reduce=operator.add, workers=2)
    assert map_reduce(n_rows, np.arange(9), reduce=operator.add, workers=2, processes=True) == 9


@pytest.mark.parametrize("made", [lambda: partial(print, Lock()), lambda: fails_oddly])
def test_what_processes_cannot_send_is_said(made: Any) -> None:
    with pytest.raises(ConfigError, match=r"processes can send to each other, .* processes=False"):
        map_reduce(made(), np.arange(9), reduce=operator.add, workers=2)


def test_a_module_that_processes_cannot_import_is_said(tmp_path: Path) -> None:
    (tmp_path / "hidden.py").write_text("def count(chunk): return len(chunk)")
    spec = importlib.util.spec_from_file_location("hidden", tmp_path / "hidden.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hidden"] = module
    spec.loader.exec_module(module)
    try:
        with pytest.raises(ConfigError, match="expected count, the data and the results to be"):
            map_reduce(module.count, np.arange(9), reduce=operator.add, workers=2)
    finally:
        del sys.modules["hidden"]
