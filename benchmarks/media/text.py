"""Text alone: accuracy, log loss, seconds, bytes and speed on sets of texts with official splits.

python -m benchmarks.media.text --data DIR [--sets banking77,imdb] [--seconds 30] [--models a,b]

DIR has a folder NAME/data.parquet for each set, with the columns text, label and split ("train",
"test"); and, for "languages", multi30k/data.parquet with the columns en, de, fr, cs and split. Of
each set one fit on the training rows, in its budget unless --seconds says another. A line has the
accuracy and log loss on the test rows, from the model as saved and loaded again; the seconds of the
clock and of the processor that `fit` took; the file's kB; texts a second of processor time at
once, the second time, on one thread; and the microseconds that one text takes.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import pliant

BUDGETS = {
    "banking77": 30,
    "clinc150": 30,
    "tweeteval_emotion": 30,
    "tweeteval_irony": 30,
    "tweeteval_offensive": 30,
    "imdb": 60,
    "chnsenticorp_hotel": 60,
    "online_shopping_category": 60,
    "languages": 30,
}
"""Seconds of each set, in the order of the lines."""

LANGUAGES, SENTENCES = ("en", "de", "fr", "cs"), 2_000
"""The columns of a translated set, and how many training sentences of each are learned from."""

ONES = 300
"""Texts that are predicted one by one."""


@dataclass(frozen=True)
class Texts:
    """Training and test rows of a set: the columns text and label."""

    train: pa.Table
    test: pa.Table

    @classmethod
    def read(cls, data: Path, name: str) -> Texts:
        """Return a set; test rows of labels that no training row has are left out."""
        if name == "languages":
            return cls.languages(data)
        table = pq.read_table(data / name / "data.parquet", columns=["text", "label", "split"])
        train, test = (_split(table, split) for split in ("train", "test"))
        return cls(train, test.filter(pc.is_in(test["label"], train["label"].unique())))

    @classmethod
    def languages(cls, data: Path) -> Texts:
        """Return sentences and the languages that they are in."""
        table = pq.read_table(data / "multi30k" / "data.parquet")
        parts = []
        for split, most in (("train", SENTENCES), ("test", len(table))):
            rows = table.filter(pc.starts_with(table["split"], split)).slice(0, most)
            words = {"text": pa.concat_arrays([rows[n].combine_chunks() for n in LANGUAGES])}
            parts.append(pa.table(words | {"label": np.repeat(LANGUAGES, len(rows))}))
        return cls(*parts)


def _split(table: pa.Table, split: str) -> pa.Table:
    return table.filter(pc.equal(table["split"], split)).select(["text", "label"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(BUDGETS))
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--models", default="")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    models = [name for name in options.models.split(",") if name] or None
    for name in options.sets.split(","):
        seconds = options.seconds or BUDGETS[name]
        print(json.dumps(line(name, Texts.read(options.data, name), seconds, models)), flush=True)


def line(name: str, texts: Texts, seconds: float, models: list[str] | None) -> dict[str, Any]:
    """Return what is told of one fit."""
    start, before = time.perf_counter(), processor_seconds()
    fitted = pliant.Classifier(seconds, models=models).fit(texts.train, "label")
    clock, processor = time.perf_counter() - start, processor_seconds() - before
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.pliant"
        fitted.save(path)
        n_bytes, model = path.stat().st_size, pliant.load(path)
    known = {"set": name, "budget": seconds, "seconds": round(clock, 1)}
    known |= {"cpu_seconds": round(processor, 1), "kB": round(n_bytes / 1e3)}
    return known | scores(model, texts.test) | speeds(model, texts.test["text"].to_pylist())


def scores(model: Any, test: pa.Table) -> dict[str, float]:
    """Return accuracy and log loss."""
    chances = model.predict_proba(test.select(["text"]))
    place = {label: i for i, label in enumerate(model.classes_.tolist())}
    truth = np.array([place[label] for label in test["label"].to_pylist()])
    said = chances[np.arange(len(truth)), truth]
    return {
        "accuracy": round(float((chances.argmax(axis=1) == truth).mean()), 4),
        "log_loss": round(float(-np.log(np.maximum(said, 1e-15)).mean()), 4),
    }


def speeds(model: Any, texts: list[str]) -> dict[str, float]:
    """Return texts a second of processor time, and microseconds for one."""
    rows = {"text": texts}
    model.predict_proba(rows, threads=1)
    start = time.process_time()
    model.predict_proba(rows, threads=1)
    together = time.process_time() - start
    start = time.process_time()
    for text in texts[:ONES]:
        model.predict_proba({"text": text})
    alone = (time.process_time() - start) / min(ONES, len(texts))
    return {"texts_per_second": round(len(texts) / together), "one_us": round(alone * 1e6)}


def processor_seconds() -> float:
    """Return the processor time of this process and its children that ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main()
