"""Labels are opaque: each comes back as it came, and is known again however it is written."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pliant.core.errors import DataError
from pliant.data.answered import with_target
from pliant.data.arrow_labels import labels_from_arrow
from pliant.data.labels import Labels, from_text, labels_of
from pliant.data.read import Reads, read_frame
from pliant.data.target import known_target, learn_target
from pliant.runtime.raw import Numbers

DAYS = np.array([1, 2, 1], dtype="timedelta64[D]")


def named(value: Any) -> str:
    """Return a name that is the same in every process."""
    return f"{type(value).__name__} {value}"


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (np.array([2**60 + 1, 2**60 + 2]), (2**60 + 1, 2**60 + 2)),
        (np.array([2**64 - 1, 5], dtype=np.uint64), (5, 2**64 - 1)),
        (np.array([b"u", b"v"]), (b"u", b"v")),
        (DAYS, (DAYS[0], DAYS[1])),
        (pd.Series([True, False], dtype="bool[pyarrow]"), (False, True)),
        (pd.Series([True, False], dtype="boolean"), (False, True)),
        (pd.Series([True, False], dtype="category"), (False, True)),
        (pd.Series([2**62, 1], dtype="Int64"), (1, 2**62)),
        (pd.Series(["b", "a"], dtype="string"), ("a", "b")),
        (pd.Series(["b", "a"], dtype="category"), ("a", "b")),
        (pl.Series([b"v", b"u"]), (b"u", b"v")),
        (pl.Series([date(2020, 1, 2), date(2020, 1, 1)]), (date(2020, 1, 1), date(2020, 1, 2))),
        (pl.Series(["b", "a"], dtype=pl.Categorical), ("a", "b")),
        (pa.array([True, False]), (False, True)),
        (pa.array([2**63 + 1, 0], pa.uint64()), (0, 2**63 + 1)),
        (pa.array(["b", "a"]).dictionary_encode(), ("a", "b")),
        (pa.array([Decimal("1.10"), Decimal("0.50")]), (Decimal("0.50"), Decimal("1.10"))),
        (pa.array([time(1), time(0)]), (time(0), time(1))),
        ([UUID(int=2), UUID(int=1)], (UUID(int=1), UUID(int=2))),
        (
            [datetime(2020, 1, 2), datetime(2020, 1, 1)],
            (datetime(2020, 1, 1), datetime(2020, 1, 2)),
        ),
        ([timedelta(2), timedelta(1)], (timedelta(1), timedelta(2))),
        ([1, "a", 1], (1, "a")),
        (pd.cut(pd.Series([1, 5, 9]), [0, 4, 10]), ("(0, 4]", "(4, 10]")),
    ],
    ids=named,
)
def test_a_target_of_any_kind_keeps_its_labels(values: Any, classes: tuple[Any, ...]) -> None:
    found = learn_target("y", labels_of(values), "multiclass").classes
    assert found == classes
    assert [type(v) for v in found] == [type(v) for v in classes]


@pytest.mark.parametrize(
    "values",
    [
        [True, None],
        ["a", None],
        [b"a", float("nan")],
        np.array(["NaT", "2020-01-01"], dtype="datetime64[D]"),
        pd.Series([1, None], dtype="Int64"),
        pa.array([None, "a"]),
        pl.Series([None, True]),
        np.ma.array([1, 2], mask=[True, False]),
    ],
    ids=named,
)
def test_a_row_without_a_label_is_named(values: Any) -> None:
    with pytest.raises(DataError, match=r"1 of 2 are missing .* the first in row [01]"):
        learn_target("y", labels_of(values), "multiclass")


def test_a_word_for_missing_is_named() -> None:
    column = from_text(np.array([0, 1, 2, 1], dtype=np.int32), ["no", "None", "yes"])
    with pytest.raises(DataError, match="in row 1: the word 'None' is read as missing"):
        learn_target("y", column, None)


@pytest.mark.parametrize(
    ("texts", "classes"),
    [
        (["1", "2"], (1, 2)),
        (["01", "2"], ("01", "2")),
        (["0.5", "1.0"], (0.5, 1.0)),
        (["0.50", "1"], ("0.50", "1")),
        (["1", "1.0"], ("1", "1.0")),
        (["true", "false"], ("false", "true")),
        (["18446744073709551615", "1"], (1, 2**64 - 1)),
        (["1_0", "2"], ("1_0", "2")),
        ([" 1", "2"], (" 1", "2")),
        (["1e5", "2"], ("1e5", "2")),
        (["2020-01-01", "never"], ("2020-01-01", "never")),
    ],
)
def test_text_is_a_number_where_it_is_written_as_one(texts: list[str], classes: Any) -> None:
    target = learn_target("y", from_text(np.array([0, 1] * 9, dtype=np.int32), texts), None)
    assert target.classes == classes
    assert [type(v) for v in target.classes] == [type(v) for v in classes]


@pytest.mark.parametrize(
    ("value", "classes", "number"),
    [
        ("01", ("01", "1"), 0),
        (1, ("01", "1"), 1),
        (1.0, ("01", "x"), 0),
        (1, ("01", "001"), -1),
        ("TRUE", (False, True), 1),
        (True, ("FALSE", "TRUE"), 1),
        (1, (False, True), 1),
        ("true", ("TRUE", "True"), -1),
        ("True", ("TRUE", "True"), 1),
        (True, (0, 1), 1),
        (2**53 + 1, (2**53, 2**53 + 1), 1),
        (str(2**64 - 1), (2**64 - 1, 0), 0),
        ("2020-01-01", (np.datetime64("2020-01-01", "ns"), np.datetime64("2021-01-01", "ns")), 0),
        (date(2020, 1, 1), ("2020-01-01", "never"), 0),
        ("1 days", (np.timedelta64(1, "D"), np.timedelta64(2, "D")), 0),
        (timedelta(2), (np.timedelta64(1, "D"), np.timedelta64(2, "D")), 1),
        ("u", (b"u", b"v"), 0),
        ("x", ("a", "b"), -1),
        (0.1, ("0.10", "0.2"), 0),
    ],
)
def test_a_label_is_known_by_one_rule(value: Any, classes: Any, number: int) -> None:
    alone = labels_of([value])
    among = labels_of([value, *classes])
    for column in (alone, among):
        if number < 0:
            with pytest.raises(DataError, match="expected the labels"):
                known_target("y", column, "binary", classes)
        elif column is alone or isinstance(column, Labels):
            assert known_target("y", column, "binary", classes).values[0] == number


def test_whole_numbers_in_order_are_counts() -> None:
    rings = np.repeat(np.arange(1, 29), 10 * np.r_[1:15, 14:0:-1])
    target = learn_target("y", labels_of(rings), None)
    assert target.task == "regression"
    assert "28 different whole numbers in order, from 1 to 28" in target.why
    letters = np.repeat(np.arange(26), 30)
    assert learn_target("y", labels_of(letters), None).task == "multiclass"
    few = np.repeat(np.arange(10), 30)
    assert learn_target("y", labels_of(few), None).task == "multiclass"
    assert learn_target("y", labels_of(rings), "multiclass").task == "multiclass"


def test_labels_that_are_one_number_are_several_classes() -> None:
    wide = [2**64 - 1, 2**64 - 3, 5] * 9
    assert learn_target("y", labels_of(wide), None).classes == (5, 2**64 - 3, 2**64 - 1)
    texts = from_text(np.arange(27, dtype=np.int32) % 3, ["1", "1.0", "2"])
    assert learn_target("y", texts, None).classes == ("1", "1.0", "2")


def test_a_stray_word_among_numbers_is_named() -> None:
    words = [*(str(v / 7) for v in range(1, 60)), "many"]
    column = from_text(np.arange(60, dtype=np.int32), words)
    with pytest.raises(DataError, match="got text such as 'many' in row 59"):
        learn_target("y", column, None)


def test_durations_are_regressed_in_seconds() -> None:
    hours = pd.Series(pd.to_timedelta([1, 2, 3.5], unit="h"))
    assert learn_target("y", labels_of(hours), "regression").values.tolist() == [3600, 7200, 12600]


@pytest.mark.parametrize(
    "values",
    [
        np.arange(2000) * 10**6 + 2**60,
        np.arange(2000).astype(np.uint64) * np.uint64(10**6) + np.uint64(2**63),
        pa.array(np.arange(2000) * 10**6 + 2**60),
        pa.array([Decimal(v) / 8 for v in range(2000)]),
        pd.Series(pd.to_timedelta(np.arange(2000), unit="h")),
    ],
    ids=lambda v: type(v).__name__,
)
def test_many_different_values_are_numbers(values: Any) -> None:
    target = learn_target("y", labels_of(values), None)
    assert target.task == "regression"
    assert len(target.values) == 2000


def test_a_parquet_target_is_exact(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = pa.table({"x": [1, 2], "b": [True, False], "i": [2**53 + 1, 2**53 + 3]})
    pq.write_table(table, tmp_path / "t.parquet")
    for name, classes in (("b", (False, True)), ("i", (2**53 + 1, 2**53 + 3))):
        frame = read_frame(tmp_path / "t.parquet", Reads(target=name))
        assert list(frame) == ["x", "b", "i"]
        assert learn_target(name, frame[name], None).classes == classes


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_a_table_in_memory_has_an_exact_target(kind: Any) -> None:
    frame = with_target(kind({"x": [1, 2], "y": [True, False]}), "y")
    assert learn_target("y", frame["y"], None).classes == (False, True)


def test_numbers_of_a_text_file_are_read_at_once() -> None:
    texts = pa.chunked_array([[str(v / 3) for v in range(2000)]])
    column = labels_from_arrow(texts, written=True)
    assert isinstance(column, Numbers)
    assert column.values.tolist() == [v / 3 for v in range(2000)]
