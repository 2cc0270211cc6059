"""Micro-benchmarks: encode, predict, save, load.

    pytest benchmarks/runtime/micro.py --benchmark-json .bench/micro.json

`test_pace` is a fixed piece of work on one core; the gate compares the others as multiples of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.common import machine
from benchmarks.scaling import cost
from pliant import Classifier, Model, load
from pliant.data.table import learn_schema
from pliant.runtime.intake import to_frame

if TYPE_CHECKING:
    import pandas as pd
    from pytest_benchmark.fixture import BenchmarkFixture

ROWS, COLUMNS, TRIALS = 20_000, 30, 3


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return cost.make_table(ROWS, COLUMNS)[0]


@pytest.fixture(scope="module")
def model() -> Model:
    X, y = cost.make_table(4_000, COLUMNS)
    return Classifier(trials=TRIALS, random_state=0).fit(X, y).model_


def test_pace(benchmark: BenchmarkFixture) -> None:
    benchmark(machine.loop)


def test_learn_schema(benchmark: BenchmarkFixture, frame: pd.DataFrame) -> None:
    benchmark(lambda: learn_schema(to_frame(frame)))


def test_encode(benchmark: BenchmarkFixture, frame: pd.DataFrame) -> None:
    schema = learn_schema(to_frame(frame))
    benchmark(lambda: schema.encode(to_frame(frame)))


def test_predict_rows(benchmark: BenchmarkFixture, model: Model, frame: pd.DataFrame) -> None:
    benchmark(lambda: model.predict_proba(frame))


def test_predict_one_row(benchmark: BenchmarkFixture, model: Model, frame: pd.DataFrame) -> None:
    row = frame.iloc[0].to_dict()
    benchmark(lambda: model.predict_proba(row))


def test_save(benchmark: BenchmarkFixture, model: Model, tmp_path: Path) -> None:
    benchmark(lambda: model.save(tmp_path / "model.pliant"))


def test_load(benchmark: BenchmarkFixture, model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model.pliant")
    benchmark(lambda: load(tmp_path / "model.pliant"))
