"""Draw the Pareto front of a real model: the diabetes table that ships with scikit-learn.

python benchmarks/front.py [--budget 10] [--picture docs/images/front.svg]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from plots import OURS, THEIRS, plt, save

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Fit, optimise, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--picture", type=Path, default=HERE.parent / "docs/images/front.svg")
    options = parser.parse_args()
    from sklearn.datasets import load_diabetes

    from pliant import Regressor

    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    model = Regressor(budget=options.budget).fit(X, y).optimize(max_loss=0.02)
    figure, axes = plt.subplots(figsize=(7.5, 4.5))
    named: set[tuple[float, float]] = set()
    for point in sorted(model.pareto_, key=lambda point: point["bytes"]):
        colour = OURS if point["front"] else THEIRS
        x, y = point["bytes"] / 1e3, point["score"]
        axes.plot(x, y, "o" if point["front"] else "x", color=colour)
        place = round(x), round(y)  # those of one place share the name of the first
        if point["front"] and place not in named:
            offset = 5, -11 if len(named) % 2 else 5
            axes.annotate(point["model"], (x, y), offset, textcoords="offset points", fontsize=7)
            named.add(place)
    axes.set_xscale("log")
    axes.margins(x=0.2)
    axes.set(xlabel="kB of the file (log)", ylabel="RMSE on held-out rows, less is better")
    save(figure, options.picture)


if __name__ == "__main__":
    main()
