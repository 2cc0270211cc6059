"""Sounds alone: accuracy, log loss, seconds, bytes and speed on a set with an official split.

python -m benchmarks.media.sound --data DIR [--seconds 60] [--models a,b] [--rows N]

DIR has fsdd/data.parquet with the columns wav, the bytes of files, label and split ("train",
"test"). One fit on the training rows, or on N of them drawn at random. A line has the accuracy
and log loss on the test rows, from the model as saved and loaded again; the seconds of the clock
and of the processor that `fit` took; the file's kB; rows a second of processor time at once,
decoding among it; and the microseconds that one row takes.
"""

from __future__ import annotations

from benchmarks.media.line import run

if __name__ == "__main__":
    run("fsdd", "wav", __doc__)
