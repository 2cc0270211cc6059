"""Write docs/runtime.md from the lines of `runtime.py`, those of each machine apart.

python -m benchmarks.runtime.page [--lines benchmarks/results/runtime*.jsonl] [--page PAGE]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks import RESULTS, ROOT
from benchmarks.board.board import Line, read
from benchmarks.board.sections import table

HEAD = """\
# Running: one row in microseconds, many rows in blocks

This page is made by `python -m benchmarks.runtime.page` from the raw lines in
`benchmarks/results/runtime*.jsonl`, a file for each machine; no number in it is typed by hand. To
measure again:

    python -m benchmarks.runtime.measure make
    python -m benchmarks.runtime.measure measure --out runtime.jsonl
    python -m benchmarks.runtime.page --lines runtime.jsonl --page runtime.md

A model file is a program: a list of ops over codes. The compiled kernel checks and packs it once,
and then runs all of it for a row, or for blocks of 128 rows, without going back to Python.

- **One row** given as a dict is read straight into codes; trees are walked several at once.
- **General trees** of up to 256 leaves are evaluated from their leaves up: a node compares the
  codes of a whole block and chooses, byte by byte, among the leaf numbers of its two children. No
  branch is guessed, and a tree costs its number of nodes a block. Larger trees are walked.
- **Oblivious trees** ask a question a level; its answers are bits of the leaf's number.
- **Leaves that are whole numbers** (`pliant.models.quantise`, as after any fit) are looked up for
  many rows by shuffles of bytes, and their bytes are summed in 16 bits: exactly, in any order. A
  tree whose leaves a byte can tell apart takes half of that.
- **Numbers** are compared with all edges of their column at once where these are few, float32 as
  float32.
- **Levels**: the same source is compiled for AVX-512 with byte permutations (`avx512`: Ice Lake,
  Zen 4 and later), for AVX2, and for what the compiler takes by default (`portable`), and chosen
  when the program runs. `PLIANT_KERNEL=avx2` asks for less, `PLIANT_KERNEL=0` for NumPy alone.

Codes, trees, tables and sums are the same to the last bit in NumPy and at every level. Dense
layers, neighbours, convolutions and links are within about 1e-6 (`tests/runtime/test_native.py`,
`test_convolution.py`).
"""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=Path, nargs="+", default=results())
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "runtime.md")
    options = parser.parse_args()
    options.page.write_text(text(read(options.lines)))


def results() -> list[Path]:
    """Return the files of raw lines, that of the machine which most is measured on first."""
    return sorted((RESULTS).glob("runtime*.jsonl"), key=lambda path: path.stem)


def text(lines: list[Line]) -> str:
    """Return the page in markdown."""
    parts = [HEAD]
    for name in dict.fromkeys(line["machine"] for line in lines):
        own = [line for line in lines if line["machine"] == name]
        loads = [line["load"] for line in own]
        parts += [
            f"## On {name}\n",
            f"Measured on {max(x['date'] for x in own)}, while {min(loads):g} to {max(loads):g} "
            "processes wanted a core.\n",
            *_single(own),
            *_many(own),
        ]
    return "\n".join(parts).rstrip() + "\n"


def _single(lines: list[Line]) -> Iterator[str]:
    yield "### One row\n"
    yield (
        "A call each, by the clock: `dict row` is a dict of 30 mixed columns into the ensemble of "
        "a 60 s fit, and its class probabilities; `numpy row` is a row of 20 float32 into the 100 "
        "trees of 31 leaves, in every system the same. Systems take turns, and figures are "
        "medians of seven. The 99th percentile is that of the machine as it was.\n"
    )
    rows = [
        [x["figure"], x["system"], f"{1e6 * x['p50']:.1f}", f"{1e6 * x['p99']:.1f}"]
        for x in lines
        if "p50" in x
    ]
    yield table(["call", "system", "median us", "99th percentile us"], rows) + "\n"


def _many(lines: list[Line]) -> Iterator[str]:
    yield "### Many rows\n"
    yield (
        "Million rows a second of processor time on one core; 20 columns. `codes`: from codes, "
        "which ONNX Runtime takes as float32; `end to end`: from raw float32 columns, in Fortran "
        "order for us, to probabilities; `C order`: the same from rows that lie together.\n"
    )
    head = ["trees", "system", "codes", "end to end", "C order", "end to end of ONNX Runtime x"]
    rows = []
    for shape in dict.fromkeys(x["shape"] for x in lines if "shape" in x):
        own = [x for x in lines if x.get("shape") == shape]
        rates = {(_name(x), x["figure"]): x["rate"] for x in own}
        base = rates["onnxruntime", "end to end"]
        for name in dict.fromkeys(map(_name, own)):
            found = [rates.get((name, figure)) for figure in ("codes", "end to end", "C order")]
            cells = ["" if rate is None else f"{rate / 1e6:.3g}" for rate in found]
            rows.append([shape, name, *cells, f"{rates[name, 'end to end'] / base:.1f}"])
    yield table(head, rows) + "\n"


def _name(line: Line) -> str:
    if line["system"] != "pliant":
        return str(line["system"])
    return f"pliant, {line['level']}, {line['leaves']} leaves"


if __name__ == "__main__":
    main()
