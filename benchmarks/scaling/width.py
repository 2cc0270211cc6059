"""What it costs to search wider: trials under way that a proposal does not know of.

    python -m benchmarks.scaling.width DIR [--out width.jsonl] [--sets churn_phone,cells,...]
        [--trials 60] [--ahead 1,3,10,20,45] [--seeds 3]
    python -m benchmarks.scaling.width --table width.jsonl

DIR has tables as `python -m benchmarks.common.tables DIR` writes them. LightGBM alone, without a
clock: the same trials whatever the machine. Lines that are there are not made again. The table has
the out-of-fold score of the ensemble and that on test rows, each less that of the least width.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

SETS = "churn_phone,cells,churn_telco,deliveries,jobs,police_stops"
METRICS = {"binary": "roc_auc", "multiclass": "neg_log_loss", "regression": "rmse"}


def main() -> None:
    """Measure what has no line yet, or print the table of the lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--out", type=Path, default=Path("width.jsonl"))
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--ahead", default="1,3,10,20,45")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    if options.table:
        print(table([json.loads(line) for line in options.table.read_text().splitlines()]))
        return
    if options.data is None:
        parser.error("expected the folder of the tables")
    done = set[tuple[Any, ...]]()
    if options.out.exists():
        done = {_key(json.loads(line)) for line in options.out.read_text().splitlines()}
    for name in options.sets.split(","):
        for ahead in map(int, options.ahead.split(",")):
            for seed in range(options.seeds):
                asked = {"set": name, "ahead": ahead, "trials": options.trials, "seed": seed}
                if _key(asked) in done:
                    continue
                line = asked | measured(options.data / name, ahead, options.trials, seed)
                print(line, flush=True)
                with options.out.open("a") as file:
                    file.write(json.dumps(line) + "\n")


def _key(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in ("set", "ahead", "trials", "seed"))


def measured(folder: Path, ahead: int, trials: int, seed: int) -> dict[str, float]:
    """Return the score out of fold and on test rows of a search of that width."""
    from benchmarks.common import data
    from pliant import Classifier, Regressor

    known, test = data.read(folder)
    task = known.task
    make = Regressor if task == "regression" else Classifier
    estimator = make(trials=trials, models=["lightgbm"], random_state=seed, metric=METRICS[task])
    with patch("pliant.search.search.trials_ahead", lambda trials: ahead):
        estimator.fit(known.x, known.y)
    found = estimator.model_.score(test, known.target, METRICS[task])
    return {"folds": float(estimator.model_.card.score or 0.0), "test": float(found)}


def table(lines: list[dict[str, Any]]) -> str:
    """Return the means in markdown, a set a row: the first width's, and how others differ."""
    widths = sorted({line["ahead"] for line in lines})
    rows = ["| set | of | " + " | ".join(f"{w} ahead" for w in widths) + " |"]
    rows.append("|" + " --- |" * (2 + len(widths)))
    for name in sorted({line["set"] for line in lines}):
        for of in ("folds", "test"):
            means = [
                np.mean([x[of] for x in lines if (x["set"], x["ahead"]) == (name, w)])
                for w in widths
            ]
            others = [f"{mean - means[0]:+.4f}" for mean in means[1:]]
            rows.append(f"| {name} | {of} | {means[0]:.4f} | " + " | ".join(others) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
