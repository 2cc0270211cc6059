"""Write the figures of `docs/data.md` from the raw lines of `packing.py` and `large.py`.

python -m benchmarks.stores.page
"""

from __future__ import annotations

from statistics import mean, median
from typing import Any

from benchmarks import RESULTS, ROOT
from benchmarks.board.board import read
from benchmarks.common import marked

PAGE = ROOT / "docs" / "data.md"
DIVERGED = 0.1

Line = dict[str, Any]


def main() -> None:
    """Put the figures into the page."""
    PAGE.write_text(text(PAGE.read_text(), kept()))


def kept() -> list[Line]:
    """Return the lines that are kept."""
    large = read([RESULTS / "large.jsonl"])
    packing = read([RESULTS / "packing.jsonl"])
    return [*packing, *({"part": "large", **x} for x in large)]


def text(page: str, lines: list[Line]) -> str:
    """Return the page with the figures of these lines in it."""
    found = {part: [x for x in lines if x["part"] == part] for part in SECTIONS}
    sections = [SECTIONS[part](found[part]) for part in SECTIONS if found[part]]
    return marked.replaced(page, "python -m benchmarks.stores.page", "\n".join(sections))


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _made(lines: list[Line], command: str) -> str:
    line = lines[0]
    where = f"{line['machine']}, Pliant {line['version']}, {line['date']}"
    return f"`python -m benchmarks.stores.packing {command}`, {where}.\n\n"


def ratios(lines: list[Line]) -> str:
    """Return the section of bytes."""
    rows = [
        [
            x["table"],
            f"{x['rows']:,}",
            f"{x['raw'] / x['codes']:.1f}",
            f"{x['arrow'] / x['codes']:.1f}",
            f"{x['raw'] / x['folder']:.1f}",
            f"{x['folder'] / x['parquet']:.2f}",
        ]
        for x in lines
    ]
    summary = [
        "median",
        "",
        f"{median(x['raw'] / x['codes'] for x in lines):.1f}",
        f"{median(x['arrow'] / x['codes'] for x in lines):.1f}",
        f"{median(x['raw'] / x['folder'] for x in lines):.1f}",
        f"{median(x['folder'] / x['parquet'] for x in lines):.2f}",
    ]
    heads = ["table", "rows", "k", "Arrow / codes", "float64 / folder", "folder / zstd Parquet"]
    return (
        "### Bytes of sixteen tables\n\n"
        + _made(lines, "ratios --data DIR")
        + "The folder is all of it: blocks, codebooks, manifest. The Parquet file is the same "
        "table as PyArrow writes it with zstd.\n\n" + _table(heads, [*rows, summary])
    )


def scores(lines: list[Line]) -> str:
    """Return the section of scores on codes."""
    names = list(dict.fromkeys(x["table"] for x in lines))
    rows, losses = [], []
    for name in names:
        own = [x for x in lines if x["table"] == name]
        raw, codes = mean(x["raw"] for x in own), mean(x["codes"] for x in own)
        loss = (raw - codes if own[0]["metric"] == "auc" else codes - raw) / raw
        losses.append(loss)
        rows.append([name, own[0]["metric"], f"{raw:.5g}", f"{codes:.5g}", f"{100 * loss:+.2f} %"])
    steady = [loss for loss in losses if abs(loss) <= DIVERGED]
    rows.append(["mean of all", "", "", "", f"{100 * mean(losses):+.2f} %"])
    rows.append([f"mean of {len(steady)}", "", "", "", f"{100 * mean(steady):+.2f} %"])
    rows.append(["median", "", "", "", f"{100 * median(losses):+.2f} %"])
    heads = ["table", "metric", "raw floats", "codes", "loss"]
    return (
        "### The score that codes cost\n\n"
        + _made(lines, "scores --data DIR")
        + "scikit-learn's histogram gradient boosting, 100 trees, the same parameters on both; "
        "mean of three samples of 90 % of the training rows, 30,000 at most, scored on the "
        "held-out file. A loss above 0 means that codes do worse. Where the two differ by more "
        "than 10 %, the trees diverged on rare classes on both; the second mean leaves "
        "such tables out.\n\n" + _table(heads, rows)
    )


def speed(lines: list[Line]) -> str:
    """Return the section of speed."""
    rows = [
        [
            x["format"],
            f"{x['values']:,}",
            f"{x['cpu_seconds']:.2f}",
            f"{1e9 * x['cpu_seconds'] / x['values']:.0f}",
            f"{x['arrow'] / 1e6 / x['cpu_seconds']:.0f}",
            f"{x['bytes'] / 1e6 / x['cpu_seconds']:.0f}",
            f"{x['peak'] / 1e6:.0f}",
        ]
        for x in lines
    ]
    heads = ["source", "values", "seconds", "ns a value", "MB/s of Arrow", "MB/s of the file"]
    return (
        "### Speed on one core\n\n"
        + _made(lines, "speed --table DIR/california_housing")
        + "A real table resampled with noise (`benchmarks/common/resample.py`), packed by a "
        "process that is held to one core. Seconds are those of the processor, for both passes and "
        "compression; importing is not among them.\n\n" + _table([*heads, "peak MB"], rows)
    )


def memory(lines: list[Line]) -> str:
    """Return the section of memory."""
    x = lines[0]
    return (
        "### Memory\n\n"
        + _made(lines, "memory --table DIR/covtype_20k")
        + f"Packing {x['arrow'] / 1e9:.2f} GB (as Arrow in memory; {x['rows']:,} rows) took "
        f"{x['peak'] / 1e6:.0f} MB of resident memory at most, Python and its libraries included, "
        f"and {x['cpu_seconds']:.0f} s of one core. The store has "
        f"{x['codes'] / 1e6:.0f} MB of codes, {x['rest'] / 1e6:.0f} MB at rest.\n"
    )


def quantiles(lines: list[Line]) -> str:
    """Return the section of quantiles."""
    rows = [
        [x["method"], f"{100 * x['largest_rank_error']:.2f} %", f"{x['ns_a_value']:.0f}"]
        for x in lines
    ]
    heads = ["method", "largest error of a rank", "ns a value"]
    return (
        "### Why a sample of rows\n\n"
        + _made(lines, "quantiles")
        + "254 quantiles of five million log-normal numbers; a bin should hold 0.39 % of them. The "
        "sketch is that of Apache DataSketches (Karnin, Lang and Liberti, 2016). The sample needs "
        "no library, and keeps whole rows: the kinds of columns, texts and times are recognised "
        "from it as well, and one key a row serves all columns.\n\n" + _table(heads, rows)
    )


def levels(lines: list[Line]) -> str:
    """Return the section of zstd's levels."""
    rows = [[str(x["level"]), f"{x['ratio']:.2f}", f"{x['mb_per_second']:.0f}"] for x in lines]
    return (
        "### Why level 1 of zstd\n\n"
        + _made(lines, "levels --table DIR/covtype_20k")
        + _table(["level", "codes / at rest", "MB/s of codes"], rows)
    )


WAYS = {
    "capped": "store, under the cap",
    "free": "store, no cap",
    "sample": "a tenth of the rows, in memory",
}


def large(lines: list[Line]) -> str:
    """Return the section of a table larger than memory."""
    made = {x["stage"]: x for x in lines}
    cap, whole, packed = lines[0]["cap"], made["make"], made["pack"]
    rows = [
        [
            "first trials" if x["budget"].isdigit() else "budget",
            x["budget"],
            WAYS[x["stage"]],
            f"{x['seconds']:.0f}",
            f"{x['peak'] / 1e9:.2f}",
            str(x["trials"]),
            f"{x['held_out']:.5f}",
            f"{x['test']['roc_auc']:.5f}",
        ]
        for x in lines
        if x["stage"] in WAYS
    ]
    heads = [
        "what ends it",
        "",
        "fit",
        "seconds",
        "GB held",
        "trials",
        "AUC held out",
        "test AUC",
    ]
    size = f"--bytes {whole['bytes'] / 1e9:.0f}GB --cap {cap / 1e9:.0f}GB"
    return (
        "### A table larger than memory\n\n"
        f"`python -m benchmarks.stores.large DIR/{whole['table']} {size} "
        f"--budget B --folder F`, {whole['machine']}, "
        f"{whole['date']}.\n\n"
        f"A real table resampled with noise: {whole['rows']:,} rows, {whole['bytes'] / 1e9:.0f} GB "
        f"as float64. Under the cap, packing took {packed['seconds']:.0f} s and held "
        f"{packed['peak'] / 1e6:.0f} MB. The cap is a control group's, and kills what holds more. "
        "The test set is drawn like the table, with another seed.\n\n" + _table(heads, rows)
    )


SECTIONS = {
    "ratios": ratios,
    "scores": scores,
    "speed": speed,
    "memory": memory,
    "large": large,
    "quantiles": quantiles,
    "levels": levels,
}

if __name__ == "__main__":
    main()
