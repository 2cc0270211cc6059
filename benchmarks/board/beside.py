"""One row and the file, beside AutoGluon's: what `docs/optimise.md` says of peers.

    python -m benchmarks.board.run --data DIR --systems pliant,autogluon_medium --budgets 60 \\
        --out benchmarks/results/beside.jsonl
    python -m benchmarks.board.beside
"""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks import RESULTS, ROOT
from benchmarks.board.board import read
from benchmarks.common import marked

PAGE = ROOT / "docs" / "optimise.md"
LINES = RESULTS / "beside.jsonl"
OURS, THEIRS = "pliant", "autogluon_medium"

Line = dict[str, Any]


def main() -> None:
    """Put the table into the page."""
    PAGE.write_text(page(PAGE.read_text(), read([LINES])))


def page(written: str, lines: list[Line]) -> str:
    """Return the page with the table of these lines in it."""
    return marked.replaced(written, "python -m benchmarks.board.beside", text(lines))


def text(lines: list[Line]) -> str:
    """Return the table: of each set that both systems fitted, files and single rows."""
    found = {(x["system"], x["dataset"]): x for x in lines if not x["error"]}
    sets = sorted(name for system, name in found if system == OURS and (THEIRS, name) in found)
    pairs = [(found[OURS, name], found[THEIRS, name]) for name in sets]
    heads = ("set", "metric", "score", "AutoGluon's", "kB", "AutoGluon's kB", "times smaller")
    heads = (*heads, "one row us", "AutoGluon's us", "times faster")
    rows = [f"| {' | '.join(heads)} |", f"|---|---|{'---:|' * (len(heads) - 2)}"]
    for ours, theirs in pairs:
        cells = [ours["dataset"], ours["metric"], *(f"{x['score']:.5g}" for x in (ours, theirs))]
        cells += [f"{x['model_bytes'] / 1e3:,.0f}" for x in (ours, theirs)]
        cells.append(f"{_ratio(ours, theirs, 'model_bytes'):,.0f}")
        cells += [f"{1e3 * x['p50_ms']:,.0f}" for x in (ours, theirs)]
        cells.append(f"{_ratio(ours, theirs, 'p50_ms'):,.0f}")
        rows.append(f"| {' | '.join(cells)} |")
    smaller, faster = (
        median(_ratio(*pair, name) for pair in pairs) for name in ("model_bytes", "p50_ms")
    )
    said = (
        f"Fits of {pairs[0][0]['budget']:.0f} s, {pairs[0][0]['machine']}; AutoGluon's "
        "`medium_quality`. A row is a dict for us, a frame of one row for AutoGluon. In the median "
        f"the file is {smaller:,.0f} times smaller than AutoGluon's folder, and one row "
        f"{faster:,.0f} times faster."
    )
    return "\n".join([said, "", *rows, ""])


def _ratio(ours: Line, theirs: Line, name: str) -> float:
    return float(theirs[name] / ours[name])


if __name__ == "__main__":
    main()
