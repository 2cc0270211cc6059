"""Text alone: accuracy, log loss, seconds, bytes and speed on sets of texts with official splits.

python -m benchmarks.media.text --data DIR [--sets banking77,imdb] [--seconds 30] [--models a,b]

DIR has a folder NAME/data.parquet for each set, with the columns text, label and split ("train",
"test"); and, for "languages", multi30k/data.parquet with the columns en, de, fr, cs and split. Of
each set one fit on the training rows, in its budget unless --seconds says another. A line has the
accuracy and log loss on the test rows, from the model as saved and loaded again; the seconds of the
clock and of the processor that `fit` took; the file's kB; rows a second of processor time at
once, the second time, on one thread; and the microseconds that one text takes.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.media.line import OfficialSplit, line

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


def texts_of(data: Path, name: str) -> OfficialSplit:
    """Return the training and test rows of a set."""
    if name == "languages":
        return languages(data)
    return OfficialSplit.read(data / name / "data.parquet", "text")


def languages(data: Path) -> OfficialSplit:
    """Return sentences and the languages that they are in."""
    table = pq.read_table(data / "multi30k" / "data.parquet")
    parts = []
    for split, most in (("train", SENTENCES), ("test", len(table))):
        rows = table.filter(pc.starts_with(table["split"], split)).slice(0, most)
        words = {"text": pa.concat_arrays([rows[n].combine_chunks() for n in LANGUAGES])}
        parts.append(pa.table(words | {"label": np.repeat(LANGUAGES, len(rows))}))
    return OfficialSplit(parts[0], parts[1], "text")


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
        print(json.dumps(line(name, texts_of(options.data, name), seconds, models)), flush=True)


if __name__ == "__main__":
    main()
