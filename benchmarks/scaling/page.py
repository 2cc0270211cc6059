"""Write docs/scaling.md from the lines of `scaling.py`.

python -m benchmarks.scaling.page [--lines benchmarks/results/scaling.jsonl] [--page PAGE]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import RESULTS, ROOT
from benchmarks.board.board import Line, read
from benchmarks.board.sections import table
from benchmarks.scaling.cores_page import draw_all, section

HEAD = """\
# Scaling: one worker, two, and clusters

This page is made by `python -m benchmarks.scaling.page` from the raw lines in
`benchmarks/results/scaling.jsonl`; no number in it is typed by hand. To measure again:

    python -m benchmarks.scaling.measure --data DIR --out scaling.jsonl    # DIR has the table adult
    python -m benchmarks.scaling.page --lines scaling.jsonl --page scaling.md

Trials are independent, so N trials on P workers should take N / P times one trial. What a fit
takes beyond that has names:

- **up**: starting the workers and shipping the table to them, once a fit;
- **dispatch**: sending a job and bringing its predictions back, once a split of a trial;
- **in vain**: fits that were under way when their candidate turned out clearly worse; the first
  split of the next candidate goes between, so that with two workers there are hardly any;
- **waiting**: a worker that is free begins the next candidate, but a proposal of the Bayesian
  search waits for the trials that it must know of, and the last fits end one after another;
- **alone**: planning, proposing, combining, compiling, done in the fitting process; reading and
  coding too, on as many threads as are allowed.

    T = N / P * T1 + up + dispatch * N + in vain + waiting + alone

All but the first term stay as they are however many workers there are, so a fit is at most
(N * T1 + alone) / alone times as fast (Amdahl's law). What is alone, by stage, is read off by

    python -m benchmarks.scaling.alone --rows 30000 --trials 24

How many trials are under way without a clock follows from their number, so that the model is the
same on any number of workers; what a width costs in score is measured by

    python -m benchmarks.common.tables DIR
    python -m benchmarks.scaling.width DIR --out width.jsonl
    python -m benchmarks.scaling.width --table width.jsonl

Measured are the terms below, and the terms up and dispatch of up to 64 workers that sleep instead
of computing. Not measured is a real fit on more than two cores, as no such machine was to be had:
`python -m benchmarks.scaling.cores` does that on any. A store that no node holds has a page of its
own, [clusters](clusters.md).

## What a crash costs

With `--journal`, a trial that is over is on the disk, its name included. Trials are kept in their
order and whole, so a fit that is killed loses the splits of the trials under way (without a clock
four at most, and one more for every four trials beyond thirty that were asked for; with one, one on
one worker and three on two) and the refits of the members. Where a Ray cluster crashes, Ray itself
may print a message at exit.

A journal on a disk that fills up is warned of once, and the fit goes on to its model; trials that
the journal lacks are fitted again when it is called again, as are those whose files were removed.
Where `fit.json` cannot be written at the start, the fit is refused before its budget is spent.
`optuna.log` is a second copy: what is damaged in it is written anew from the trials, and a lock
that a killed process left beside it holds nobody up. Another process on the same journal is
refused; on file systems without locks it is found out as soon as both write the same trial.

## Faults and engines

`serial` and `threads` fit in the process of the caller, and what ends a process ends that one. All
others give each job to a child process: `local` of the fit, `ray` and `dask` of the cluster's
workers, where its node has it. So a learner takes its own process with it, never a worker that
holds the table. A job's reason is the same words on all three. All that learns is a job, so this
holds for the splits of the search, refits, blocks of a store and students alike. One that hangs has
a quarter of its seconds and two more before its process is ended. A student that fails is left out
with a warning; a member that fails on a block stays as the sample has made it, and the card says
why.

| fault | serial, threads | local | ray | dask |
| --- | --- | --- | --- | --- |
| a learner raises | failed trial | failed trial | failed trial | failed trial |
| it prints a gigabyte | failed trial, printed | not heard | not heard | not heard |
| it asks for too much at once | left to the system | failed trial | failed trial | failed trial |
| it crashes, or exits | the fit is over | failed trial | failed trial | failed trial |
| it is killed, each time | the fit is over | failed trial | failed trial | failed trial |
| it hangs beyond its deadline | the fit waits | process ended | process ended | process ended |
| it devours memory | left to the system | process ended | process ended | process ended |
| nobody wants a job | stopped | stopped | its worker is ended | stopped |
| a worker is killed | none there | job run again | job run again | job run again |
| all are killed at once | none there | run again | run again | shipped, run again |
| no worker comes back | none there | none stays away | jobs are given up | model so far or error |
| scheduler or head lost | none there | none there | Ray ends the process | model so far or error |
| Ctrl-C on the terminal | model so far | model so far | model so far | model so far |
| no `__main__` guard | works | works | works | works |

"Model so far" comes with a warning that says what was lost and how many trials there are; before
the first trial, `ClusterError` says it in one sentence. A Dask scheduler that has gone is waited
for 5 s, workers 15 s (120 s where no clock is asked). Memory: a child may take its share of what
the Dask worker or the Ray node has. `tests/training/engines/test_faults.py` has a test for each
cell but those in which the fit is over, waits or leaves it to the system, and Ray's lost head and
nodes.
"""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=Path, default=RESULTS / "scaling.jsonl")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "scaling.md")
    parser.add_argument("--cores", type=Path, default=RESULTS / "cores.jsonl")
    options = parser.parse_args()
    cores = read([options.cores]) if options.cores.exists() else []
    options.page.write_text(text(read([options.lines]), cores))
    draw_all(cores, options.page.parent / "images")


def text(lines: list[Line], cores: Sequence[Line] = ()) -> str:
    """Return the page in markdown; `cores` are the lines of `cores.py`."""
    parts = [HEAD, f"Measured on {lines[0]['machine']}, {max(x['date'] for x in lines)}.\n"]
    for kind, part in PARTS.items():
        if own := [line for line in lines if line["kind"] == kind]:
            parts += part(own)
    parts += section(list(cores)) if cores else []
    return "\n".join(parts).rstrip() + "\n"


def _dispatch(lines: list[Line]) -> Iterator[str]:
    yield "## Two hundred trials of a quarter of a second\n"
    yield (
        "Each trial keeps a core at work for 0.25 s; two workers, so 25 s are ideal. Time counts "
        "once the workers are up and have each done one trial; `up` is what that took.\n"
    )
    head = ["engine", "workers", "up s", "seconds", "ideal", "ratio", "dispatch, ms a trial"]
    rows = []
    for x in lines:
        each = 1e3 * (x["seconds"] - x["ideal"]) * x["workers"] / (x["ideal"] * x["workers"] / 0.25)
        numbers = [f"{x['up']:.2f}", f"{x['seconds']:.2f}", f"{x['ideal']:.1f}"]
        ratio = f"{x['seconds'] / x['ideal']:.3f}"
        rows.append([x["engine"], str(x["workers"]), *numbers, ratio, f"{each:.1f}"])
    yield table(head, rows) + "\n"


def _sleeping(lines: list[Line]) -> Iterator[str]:
    yield "## A thousand trials that sleep\n"
    yield (
        "A search of 1,000 trials of 0.25 s each: the default of a family, then what the Bayesian "
        "search proposes in the space of LightGBM. Workers sleep instead of computing, so two "
        "cores can host more of them than they are. The ideal is 250 s divided by the workers; "
        "`up` is what it took to start them. Then milliseconds of the fitting process's own time "
        "a trial, all of its threads together (with the engine `threads` the trials' own work is "
        "in it), in the third tenth of the trials and in the last: the first two are proposed "
        "before five are known. `load` is how many processes wanted a core before, for other work; "
        "above two, the seconds say little.\n"
    )
    head = [
        "engine",
        "workers",
        "up s",
        "seconds",
        "ideal",
        "ratio",
        "ms a trial",
        "in the end",
        "load",
    ]
    rows = []
    for x in lines:
        numbers = [f"{x['up']:.1f}", f"{x['seconds']:.2f}", f"{x['ideal']:.2f}"]
        each = [f"{1e3 * x['cpu'][part] / (1000 / len(x['cpu'])):.1f}" for part in (2, -1)]
        ratio = f"{x['seconds'] / x['ideal']:.3f}"
        rows.append([x["engine"], str(x["workers"]), *numbers, ratio, *each, f"{x['load']:.0f}"])
    yield table(head, rows) + "\n"


def _tuning(lines: list[Line]) -> Iterator[str]:
    yield "## A real tuning job\n"
    yield (
        "24 trials of LightGBM on the table adult (36,401 rows), 4 splits each, one thread a fit, "
        "whole fits from the frame to the model. The ideal is the time of one worker in this "
        "process, divided by the workers.\n"
    )
    single = next(x["seconds"] for x in lines if x["engine"] == "threads" and x["workers"] == 1)
    head = ["engine", "workers", "seconds", "ideal", "ratio", "throughput of serial x"]
    head += ["in fits, s", "besides, s"]
    rows = []
    for x in sorted(lines, key=lambda x: x["workers"]):
        ideal, gain = single / x["workers"], single / x["seconds"]
        besides = x["seconds"] - x["in_fits"] / x["workers"]
        name = "serial" if x["engine"] == "threads" and x["workers"] == 1 else x["engine"]
        numbers = [x["seconds"], ideal, x["seconds"] / ideal, gain, x["in_fits"], besides]
        cells = [f"{n:.2f}" if abs(n) < 10 else f"{n:.1f}" for n in numbers]
        rows.append([name, str(x["workers"]), *cells])
    yield table(head, rows) + "\n"
    same = {x["score"] for x in lines}
    yield f"The score is {'the same everywhere' if len(same) == 1 else f'not the same: {same}'}.\n"


def _bytes(lines: list[Line]) -> Iterator[str]:
    yield "## Bytes shipped\n"
    yield (
        "The table goes to the workers once a fit, the same bytes whatever the engine: to a file "
        "that all processes of this machine map, into the object store of each Ray node, to each "
        "Dask worker. Counted, not timed, so it is the same on every machine. Besides the codes "
        "these are the class numbers, a byte a row, and what each code of a number is worth to "
        "models that need real values: a kilobyte a column, so little unless a table has few rows. "
        "`wide` has numbers alone, `names` categories alone, with thousands of levels.\n"
    )
    rows = [
        [f"{name} ({n:,} x {columns:,})", f"{shipped:,}", f"{codes:,}", f"{shipped / codes:.3f}"]
        for x in lines
        for name, (n, columns, shipped, codes) in x["tables"].items()
    ]
    yield table(["table", "bytes shipped", "bytes of the codes", "ratio"], rows) + "\n"


def _fixed(lines: list[Line]) -> Iterator[str]:
    yield "## What two processes cost at least\n"
    yield "A fit of one trial on 1,000 rows, in this process and with two worker processes.\n"
    rows = [
        [f"{x['serial']:.2f}", f"{x['local']:.2f}", f"{x['local'] - x['serial']:.2f}"]
        for x in lines
    ]
    yield table(["serial s", "local s", "difference s"], rows) + "\n"


def _import(lines: list[Line]) -> Iterator[str]:
    yield "## Starting\n\nMedians of whole processes.\n"
    rows = [[f"{x[k]:.3f}" for k in ("nothing", "import", "help")] for x in lines]
    yield table(["`python -c pass` s", "`import pliant` s", "`pliant --help` s"], rows) + "\n"


def _sum(lines: list[Line]) -> Iterator[str]:
    yield "## `map_reduce` over a memory-mapped file\n"
    yield (
        "A sum of float64 is bound by how fast memory can be read, so two workers gain what the "
        "second core adds to that: the bound is two bare threads that each sum half. The sum of "
        "their logarithms is bound by computing. Medians; the file is in the page cache.\n"
    )
    head = ["work", "GB", "one core s", "two workers s", "bound s", "gain x", "bound x", "GB/s"]
    rows = []
    for x in lines:
        for name, kind in (("`np.sum`", "sum"), ("sum of `np.log`", "logs")):
            one, two, bound = x[kind]
            size = x["bytes"] / 1e9
            numbers = [one, two, bound, one / two, one / bound, size / two]
            rows.append([name, f"{size:.1f}", *(f"{n:.3f}" for n in numbers)])
    yield table(head, rows) + "\n"


PARTS = {
    "dispatch": _dispatch,
    "sleeping": _sleeping,
    "tuning": _tuning,
    "bytes": _bytes,
    "fixed": _fixed,
    "sum": _sum,
    "import": _import,
}


if __name__ == "__main__":
    main()
