"""Drawn labels of every type go every way that labels go, and come back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pliant.artifact.container import dumps
from pliant.data.labels import from_text, labels_of
from pliant.data.read import Reads, read_frame
from pliant.data.target import known_target, learn_target
from pliant.data.write import labels_for, write_predictions
from pliant.runtime.grammar import is_missing_word
from pliant.runtime.labels import label_array, label_from_json, label_text, label_to_json

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)
WORDS = TEXT | st.sampled_from(
    ["01", "1", "1.0", "0.50", "true", "TRUE", "None", "2020-01-01", "-0"]
)


def of_numpy(kind: str, unit: str) -> Callable[[int], Any]:
    return lambda value: np.array(value, dtype=f"{kind}[{unit}]")[()]


KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(2**63, 2**64 - 1),
    "long": st.integers(-(10**30), 10**30),
    "bool": st.booleans(),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bytes": st.binary(max_size=5),
    "date": st.dates(),
    "datetime": st.datetimes(),
    "zoned": st.datetimes(timezones=st.just(UTC)),
    "time": st.times(),
    "timedelta": st.timedeltas(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2),
    "uuid": st.uuids(),
    "datetime64": st.integers(-(2**60), 2**60).map(of_numpy("datetime64", "ns")),
    "days": st.integers(-(10**5), 10**5).map(of_numpy("datetime64", "D")),
    "timedelta64": st.integers(-(2**60), 2**60).map(of_numpy("timedelta64", "ns")),
    "seconds": st.integers(-(10**6), 10**6).map(of_numpy("timedelta64", "s")),
}

columns = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.lists(KINDS[kind], min_size=2, max_size=9).filter(lambda v: len(set(v)) > 1)
)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def check_column(values: Sequence[Any]) -> None:
    """Take a column of labels every way that labels go."""
    column = labels_of(list(values))
    target = learn_target("y", column, "multiclass")
    assert sorted(target.classes) == list(target.classes)
    kept = [label_from_json(v) for v in json.loads(dumps([*map(label_to_json, target.classes)]))]
    predicted = label_array(kept)[target.values]
    assert all(same(a, b) for a, b in zip(predicted.astype(object), values_of(values), strict=True))
    texts = [label_text(v) for v in target.classes]
    if len(set(texts)) == len(texts) and not any(map(is_missing_word, texts)):
        written = from_text(target.values.astype(np.int32), texts)
        assert known_target("y", written, target.task, target.classes).values.tolist() == (
            target.values.tolist()
        )
    for row, number in enumerate(target.values.tolist()):  # alone as in company
        one = known_target("y", labels_of([values[row]]), target.task, target.classes)
        assert one.values.tolist() == [number]


def values_of(values: Sequence[Any]) -> list[Any]:
    """Return labels as an array of objects gives them: NumPy's own times as Python's."""
    made = label_array(list(values))
    return list(made.astype(object))


@given(columns)
@settings(max_examples=60, deadline=None)
@example([0.0, -0.0, 1.0])
@example([True, False])
@example([2**53, 2**53 + 1])
@example([2**63, -1])
@example([b"a", b"a\0"])
@example(["1", "01", "1.0"])
def test_labels_of_every_type_come_back(values: list[Any]) -> None:
    check_column(values)


@pytest.mark.slow
@given(columns)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_ten_thousand_columns_of_labels_come_back(values: list[Any]) -> None:
    check_column(values)


def check_file(folder: Path, values: Sequence[str]) -> None:
    """Write a text target to a file, learn it, and write what it predicts."""
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([["x", "y"], *([i, v] for i, v in enumerate(values))])
    column = read_frame(folder / "t.csv", Reads(target="y"))["y"]
    target = learn_target("y", column, "multiclass")
    known = known_target("y", column, target.task, target.classes)
    assert known.values.tolist() == target.values.tolist()
    for suffix in (".csv", ".tsv"):
        labels = labels_for(suffix, target.classes)[target.values]
        write_predictions(folder / f"p{suffix}", {"y": labels})
        with (folder / f"p{suffix}").open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, delimiter="," if suffix == ".csv" else "\t"))
        assert [row[0] for row in rows[1:]] == list(values)


files = st.lists(WORDS.filter(lambda w: not is_missing_word(w)), min_size=2, max_size=9).filter(
    lambda v: len(set(v)) > 1
)


@given(files)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_text_of_a_file_comes_back_letter_by_letter(tmp_path: Path, values: list[str]) -> None:
    check_file(tmp_path, values)


@pytest.mark.slow
@given(files)
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_two_thousand_files_come_back(tmp_path: Path, values: list[str]) -> None:
    check_file(tmp_path, values)
