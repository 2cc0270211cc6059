"""How good the chances are that the default metric, AUC, leads to: beside those of log loss.

python -m benchmarks.quality.chances DIR [--tables adult,phoneme] [--trials 8] [--seeds 1]
    [--out LINES]

Of each binary table in DIR, a folder with train.parquet, test.parquet and task.txt, two fits of as
many trials: one with the default metric, one with metric="neg_log_loss". Each line has AUC and log
loss on the test file. "ratio" is the first's log loss over the second's: at most 1.02 is wanted.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from pliant import Classifier


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", default="")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--metrics", default="roc_auc,neg_log_loss")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for line in lines(options):
        print(line, flush=True)
        if options.out is not None:
            with options.out.open("a") as file:
                file.write(json.dumps(line) + "\n")


def lines(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    wanted = set(filter(None, options.tables.split(",")))
    for folder in sorted(options.data.iterdir()):
        if wanted and folder.name not in wanted:
            continue
        target, task = (folder / "task.txt").read_text().split("\t")
        if task.strip() != "binary":
            continue
        for seed in range(options.seeds):
            scores = {
                m: fitted(folder, target, m, options.trials, seed)
                for m in options.metrics.split(",")
            }
            line: dict[str, Any] = {"table": folder.name, "seed": seed}
            for metric, (auc, loss) in scores.items():
                line |= {f"{metric}: auc": round(auc, 5), f"{metric}: log loss": round(loss, 5)}
            if len(scores) == 2:
                ours, best = scores.values()
                line["ratio"] = round(ours[1] / best[1], 4)
            yield line


def fitted(folder: Path, target: str, metric: str, trials: int, seed: int) -> tuple[float, float]:
    """Return AUC and log loss on the test file."""
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    model = Classifier(trials=trials, metric=metric, random_state=seed)
    model.fit(train.drop(columns=target), train[target])
    chances = model.predict_proba(test.drop(columns=target))[:, 1]
    truth = np.asarray(test[target] == model.classes_[1])
    return float(roc_auc_score(truth, chances)), float(log_loss(truth, chances))


if __name__ == "__main__":
    main()
