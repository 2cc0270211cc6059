"""Draw the Pareto front of a real model: the diabetes table that ships with scikit-learn.

python -m benchmarks.quality.front [--budget 10] [--picture docs/images/front.svg]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from matplotlib.ticker import LogLocator, NullLocator

from benchmarks import ROOT
from benchmarks.board.plots import OURS, THEIRS, plt, save


def main() -> None:
    """Fit, optimise, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--picture", type=Path, default=ROOT / "docs/images/front.svg")
    options = parser.parse_args()
    from sklearn.datasets import load_diabetes

    from pliant import Regressor

    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    model = Regressor(budget=options.budget).fit(X, y).optimize(max_loss=0.02)
    figure, axes = plt.subplots(figsize=(7.5, 4.5))
    names = list[str]()
    for point in sorted(model.pareto_, key=lambda point: point["bytes"]):
        x, y = point["bytes"] / 1e3, point["score"]
        if not point["front"]:
            axes.plot(x, y, "x", color=THEIRS)
            continue
        names.append(f"{len(names) + 1}  {point['model']}")
        axes.plot(x, y, "o", color=OURS, label=names[-1])
        axes.annotate(str(len(names)), (x, y), (5, 5), textcoords="offset points", fontsize=8)
    axes.legend(fontsize=7, frameon=False, handlelength=0, loc="upper right")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.2)
    axes.set(xlabel="kB of the file (log)", ylabel="RMSE on held-out rows, less is better")
    save(figure, options.picture)


if __name__ == "__main__":
    main()
