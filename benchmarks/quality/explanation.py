"""Draw what a model of the diabetes table goes by: the picture of docs/trust.md.

python -m benchmarks.quality.explanation [--trials 8] [--picture docs/images/explain.svg]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from benchmarks import ROOT
from benchmarks.board.plots import OURS, THEIRS, plt, save
from pliant import Regressor


def main() -> None:
    """Fit, explain, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--picture", type=Path, default=ROOT / "docs/images/explain.svg")
    options = parser.parse_args()
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    model = Regressor(trials=options.trials).fit(X_train, y_train)
    figure, axes = plt.subplots(1, 3, figsize=(10.5, 3.6))
    draw_importance(axes[0], model.importance(X_test, y_test, repeats=20))
    draw_row(axes[1], model.explain(X_test.iloc[:1]))
    effect = model.effect(X_test, "bmi")
    axes[2].plot(effect["value"], effect["effect"], color=OURS)
    axes[2].set(xlabel="bmi", ylabel="effect on the prediction")
    axes[2].set_title("how predictions go with bmi", fontsize=9)
    figure.tight_layout()
    save(figure, options.picture)


def draw_importance(axes: Any, found: Any) -> None:
    """Draw bars with their standard errors, the longest on top."""
    found = found[::-1]
    axes.barh(found["column"], found["importance"], xerr=found["std_error"], color=OURS)
    axes.set_title("RMSE lost where a column is shuffled", fontsize=9)


def draw_row(axes: Any, why: Any) -> None:
    """Draw the contributions to one prediction, the largest on top."""
    cells = zip(why.columns, why.data[0], why.values[0, :, 0], strict=True)
    pairs = sorted(cells, key=lambda cell: abs(cell[2]))
    colours = [OURS if value > 0 else THEIRS for _, _, value in pairs]
    names = [f"{name} = {cell:.4g}" for name, cell, _ in pairs]
    axes.barh(names, [value for _, _, value in pairs], color=colours)
    said = f"one patient: {why.base[0]:.0f} in the mean, {why.prediction[0, 0]:.0f} here"
    axes.set_title(said, fontsize=9)


if __name__ == "__main__":
    main()
