"""The same row gives the same codes by every way in, alone and beside any other rows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from pliant.core.errors import DataError
from pliant.data.read import Reads, read_frame
from pliant.data.table import learn_schema
from pliant.runtime.coded import Coded
from pliant.runtime.intake import to_frame
from pliant.runtime.quick import QuickIntake
from pliant.runtime.raw import Frame
from pliant.runtime.schema import Schema

DAY = dt.datetime(2024, 1, 31, 10, 30)
POOLS: dict[str, list[Any]] = {
    "floats": [0.5, -1.25, 3.0, 1e300, 2.0**60, None],
    "whole": [0, 1, -7, 12, 2**53, None],
    "wide": [2**60 + 1, 2**60 + 3, 5],
    "very wide": [10**25, 10**25 + 1, 3],
    "booleans": [True, False],
    "booleans or none": [True, False, None],
    "truth and words": [True, False, "unknown"],
    "truth as text": ["true", "FALSE", "maybe"],
    "words": ["red", "green", "blue, or so", 'an "inch"', None],
    "numbers and words": [1, 2.5, "many", None],
    "numbers as text": ["1.0", "2.50", "A"],
    "codes": ["01234", "02134", "99999"],
    "codes and words": ["00501", "02139", "other"],
    "missing words": ["NA", "a", "b", "?", "", " ", "None"],
    "days as text": ["2024-01-01", "2024-02-01", "never"],
    "thousands": ["1,234", "12,500", "900"],
    "decimal commas": ["0,5", "1,25", "-3,75"],
    "percents": ["12%", "7.5%", "100%"],
    "wide digits": ["１２", "３．５", "７"],  # noqa: RUF001 (full width, as East Asia types)
    "hexadecimals": ["0x1A", "0xFF", "0x03"],
    "deadline": ["08:30:00", "17:00:00", "n.a."],
    "times": [DAY + dt.timedelta(hours=7 * i) for i in range(9)] + [None],
    "days": [dt.date(2024, 1, 1) + dt.timedelta(days=9 * i) for i in range(9)],
    "durations": [dt.timedelta(hours=i) for i in range(5)] + [dt.timedelta(days=-1, seconds=5)],
    "times of day": [dt.time(8, 30), dt.time(17), dt.time(0, 0, 1)],
    "decimals": [Decimal("1.50"), Decimal("2"), Decimal("-0.25")],
    "us times": [f"{m:02d}/{d:02d}/2023 0{m}:30 PM" for m in range(1, 10) for d in (3, 17, 29)],
    "day.month": [f"{d:02d}.{m:02d}.2023" for m in range(1, 13) for d in (3, 17, 28)],
    "ids": [UUID(int=i) for i in range(3)],
}
"""Values of a column of each kind that users have."""

CATEGORIES = ("booleans or none", "truth and words", "whole", "floats", "words", "wide")
"""Columns that are also tried as categories of pandas."""


def cell(value: Any) -> Any:
    """Return a value as JSON holds it."""
    return value if value is None or isinstance(value, str | int | float) else str(value)


def as_csv(frame: pd.DataFrame) -> str:
    return str(frame.to_csv(index=False))


def of_file(name: str, write: Callable[[pd.DataFrame, Path], object]) -> Any:
    def read(frame: pd.DataFrame, schema: Schema, folder: Path) -> Any:
        path = folder / name
        write(frame, path)
        return read_frame(path, Reads.of(schema))

    return read


def write_json(frame: pd.DataFrame, path: Path) -> None:
    rows = [
        {k: cell(v) for k, v in plain(row).items()} for _, row in frame.astype(object).iterrows()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def plain(row: pd.Series) -> dict[str, Any]:
    return {
        name: None if value is pd.NA or value != value else value for name, value in row.items()
    }


def in_polars(frame: pd.DataFrame) -> Any:
    return pl.DataFrame({name: polars_series(frame[name].tolist()) for name in frame})


def polars_series(values: list[Any]) -> pl.Series:
    kept = [None if v is None or v is pd.NA or v != v else v for v in values]
    try:
        return pl.Series(kept)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        return pl.Series([None if v is None else str(v) for v in kept])


WAYS: dict[str, Callable[[pd.DataFrame, Schema, Path], Any]] = {
    "frame": lambda f, s, t: to_frame(f, [c.name for c in s.used]),
    "objects": lambda f, s, t: to_frame(f.astype(object)),
    "rows": lambda f, s, t: to_frame([row.to_dict() for _, row in f.astype(object).iterrows()]),
    "plain rows": lambda f, s, t: to_frame([plain(row) for _, row in f.astype(object).iterrows()]),
    "columns": lambda f, s, t: to_frame({name: f[name].tolist() for name in f}),
    "polars": lambda f, s, t: to_frame(in_polars(f)),
    "csv": of_file("t.csv", lambda f, p: p.write_text(as_csv(f))),
    "csv of semicolons": of_file("t.csv", lambda f, p: f.to_csv(p, index=False, sep=";")),
    "csv that pandas reads": lambda f, s, t: to_frame(pd.read_csv(io.StringIO(as_csv(f)))),
    "csv that python reads": lambda f, s, t: to_frame(list(csv.DictReader(io.StringIO(as_csv(f))))),
    "json lines": of_file("t.jsonl", write_json),
}


def codes_of(schema: Schema, frame: Frame) -> list[list[Any]]:
    return rows_of(schema.encode(frame))


def rows_of(coded: Coded) -> list[list[Any]]:
    texts = [[t.levels[i] if i >= 0 else None for i in t.indices] for t in coded.texts]
    codes, ids = coded.codes.tolist(), coded.ids.tolist()
    return [[*c, *i, *t] for c, i, *t in zip(codes, ids, *texts, strict=True)]


def learned_from(frame: pd.DataFrame, source: str, folder: Path) -> Schema | None:
    path = folder / "learn.csv"
    try:
        if source == "csv":
            path.write_text(as_csv(frame))
            return learn_schema(read_frame(path))
        return learn_schema(to_frame(frame))
    except DataError:  # nothing to learn from
        return None


@dataclass(frozen=True)
class Tried:
    """Where a schema is learned from, which rows are read again, and by which ways."""

    source: str
    rows: list[int]
    ways: list[str]


def compare(frame: pd.DataFrame, tried: Tried, folder: Path) -> None:
    schema = learned_from(frame, tried.source, folder)
    if schema is None:
        return
    expected = codes_of(schema, WAYS["objects"](frame, schema, folder))
    for way in tried.ways:
        for rows in (list(range(len(frame))), tried.rows):
            part = frame.iloc[rows].reset_index(drop=True)
            wanted = [expected[i] for i in rows]
            found = codes_of(schema, WAYS[way](part, schema, folder))
            assert found == wanted, (way, tried, part.to_dict("list"), schema.columns)
    quick = QuickIntake(schema)
    for i in tried.rows:
        for row in (frame.astype(object).iloc[i].to_dict(), frame.iloc[[i]], in_polars(frame)[[i]]):
            coded = quick.encode(row)
            assert coded is None or rows_of(coded) == [expected[i]]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n = draw(st.integers(3, 30))
    names = draw(st.lists(st.sampled_from(list(POOLS)), min_size=1, max_size=3, unique=True))
    columns: dict[str, Any] = {"z": np.arange(n) % 7 * 0.5}
    for name in names:
        pool = POOLS[name]
        picked = [pool[i] for i in rng.integers(0, len(pool), n)]
        columns[name] = pd.Series(picked, dtype=object)
        typed = draw(st.sampled_from(["object", "inferred", "category"]))
        if typed == "inferred":
            columns[name] = columns[name].infer_objects()
        elif typed == "category" and name in CATEGORIES:
            columns[name] = columns[name].astype("category")
    return pd.DataFrame(columns)


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, Tried]:
    frame = draw(tables())
    rows = draw(st.lists(st.integers(0, len(frame) - 1), min_size=1, max_size=4))
    ways = draw(st.lists(st.sampled_from(list(WAYS)), min_size=3, max_size=3, unique=True))
    return frame, Tried(draw(st.sampled_from(["frame", "csv"])), rows, ways)


@given(case=cases())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_some_tables(case: tuple[pd.DataFrame, Tried], tmp_path: Path) -> None:
    compare(*case, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_tables(part: int, tmp_path: Path) -> None:
    """In parts that processors share; each always draws the same tables."""

    @seed(part)
    @settings(
        max_examples=2_500,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(case=cases())
    def check(case: tuple[pd.DataFrame, Tried]) -> None:
        compare(*case, tmp_path)

    check()
