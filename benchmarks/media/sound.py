"""Sounds alone: accuracy, log loss, seconds, bytes and speed on a set with an official split.

python -m benchmarks.media.sound --data DIR [--seconds 60] [--models a,b] [--rows N]

DIR has fsdd/data.parquet with the columns wav, the bytes of files, label and split ("train",
"test"). One fit on the training rows, or on N of them drawn at random. A line has the accuracy
and log loss on the test rows, from the model as saved and loaded again; the seconds of the clock
and of the processor that `fit` took; the file's kB; rows a second of processor time at once,
decoding among it; and the microseconds that one row takes.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.media.line import OfficialSplit, line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--models", default="")
    parser.add_argument("--rows", type=int)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    models = [name for name in options.models.split(",") if name] or None
    rows = OfficialSplit.read(options.data / "fsdd" / "data.parquet", "wav")
    if options.rows is not None:
        drawn = np.random.default_rng(0).permutation(len(rows.train))[: options.rows]
        rows = replace(rows, train=rows.train.take(drawn))
    print(json.dumps(line("fsdd", rows, options.seconds, models)), flush=True)


if __name__ == "__main__":
    main()
