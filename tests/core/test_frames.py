"""Rows of an answer, with and without pandas."""

from __future__ import annotations

import importlib.util

import pandas as pd
import pytest

from pliant.core import frames

ROWS = [{"model": "linear", "score": 0.9}, {"model": "forest", "score": 0.8}]


def test_rows_are_a_frame_where_pandas_is_there() -> None:
    found = frames.as_frame(ROWS)
    assert isinstance(found, pd.DataFrame)
    assert found.to_dict("records") == ROWS


def test_rows_stay_rows_where_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(frames, "find_spec", lambda name: None if name == "pandas" else there(name))
    assert frames.as_frame(ROWS) == ROWS
