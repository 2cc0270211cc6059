"""One fit to a set with an official split: how good, how long, how large, and how fast it is."""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import pliant

ONES = 300
"""Rows that are predicted one by one."""


@dataclass(frozen=True)
class OfficialSplit:
    """Training and test rows of a set: the column that is read, and label."""

    train: pa.Table
    test: pa.Table
    column: str

    @classmethod
    def read(cls, path: Path, column: str) -> OfficialSplit:
        """Return a set; test rows of labels that no training row has are left out."""
        table = pq.read_table(path, columns=[column, "label", "split"])
        train, test = (
            table.filter(pc.equal(table["split"], split)).select([column, "label"])
            for split in ("train", "test")
        )
        return cls(train, test.filter(pc.is_in(test["label"], train["label"].unique())), column)


def run(name: str, column: str, doc: str | None) -> None:
    """Print the line of a set whose cells are in `column`, by the options of the command line."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--models", default="")
    parser.add_argument("--rows", type=int)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    models = [family for family in options.models.split(",") if family] or None
    rows = OfficialSplit.read(options.data / name / "data.parquet", column)
    if options.rows is not None:
        drawn = np.random.default_rng(0).permutation(len(rows.train))[: options.rows]
        rows = replace(rows, train=rows.train.take(drawn))
    print(json.dumps(line(name, rows, options.seconds, models)), flush=True)


def line(
    name: str, rows: OfficialSplit, seconds: float, models: list[str] | None
) -> dict[str, Any]:
    """Return what is told of one fit."""
    start, before = time.perf_counter(), processor_seconds()
    fitted = pliant.Classifier(seconds, models=models).fit(rows.train, "label")
    clock, processor = time.perf_counter() - start, processor_seconds() - before
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.pliant"
        fitted.save(path)
        n_bytes, model = path.stat().st_size, pliant.load(path)
    known = {"set": name, "budget": seconds, "seconds": round(clock, 1)}
    known |= {"cpu_seconds": round(processor, 1), "kB": round(n_bytes / 1e3)}
    return known | scores(model, rows) | speeds(model, rows)


def scores(model: Any, rows: OfficialSplit) -> dict[str, float]:
    """Return accuracy and log loss."""
    chances = model.predict_proba(rows.test.select([rows.column]))
    place = {label: i for i, label in enumerate(model.classes_.tolist())}
    truth = np.array([place[label] for label in rows.test["label"].to_pylist()])
    said = chances[np.arange(len(truth)), truth]
    return {
        "accuracy": round(float((chances.argmax(axis=1) == truth).mean()), 4),
        "log_loss": round(float(-np.log(np.maximum(said, 1e-15)).mean()), 4),
    }


def speeds(model: Any, rows: OfficialSplit) -> dict[str, float]:
    """Return rows a second of processor time, and microseconds for one."""
    values = rows.test[rows.column].to_pylist()
    model.predict_proba({rows.column: values}, threads=1)
    start = time.process_time()
    model.predict_proba({rows.column: values}, threads=1)
    together = time.process_time() - start
    start = time.process_time()
    for value in values[:ONES]:
        model.predict_proba({rows.column: value})
    alone = (time.process_time() - start) / min(ONES, len(values))
    return {"rows_per_second": round(len(values) / together), "one_us": round(alone * 1e6)}


def processor_seconds() -> float:
    """Return the processor time of this process and its children that ended."""
    return sum(os.times()[:4])
