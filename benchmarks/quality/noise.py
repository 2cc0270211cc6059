"""What a fit says where columns tell nothing of the target: beside the best constant.

python -m benchmarks.quality.noise [--rows 400] [--share 0.15] [--seeds 10] [--trials 8]

Of each seed a table of ten columns of noise and a target that is "yes" by chance. Each line has the
log loss on 20,000 fresh rows of a fit with the default metric, and that of the share of "yes" among
the rows of the fit.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from pliant import Classifier

FRESH, COLUMNS = 20_000, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--share", type=float, default=0.15)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=8)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    losses = []
    for seed in range(options.seeds):
        losses.append(measured(options.rows, options.share, options.trials, seed))
        print(
            f"seed {seed}: log loss {losses[-1][0]:.4f}, constant {losses[-1][1]:.4f}", flush=True
        )
    ours, constant = np.mean(losses, axis=0)
    print(f"mean: log loss {ours:.4f}, constant {constant:.4f}")


def measured(n_rows: int, share: float, trials: int, seed: int) -> tuple[float, float]:
    """Return the log loss of a fit on fresh rows, and that of the constant."""
    rng = np.random.default_rng(seed)
    X, yes = drawn(rng, n_rows, share)
    fresh, truth = drawn(rng, FRESH, share)
    model = Classifier(trials=trials, random_state=seed).fit(X, yes)
    chances = model.predict_proba(fresh)[:, 1]
    return float(log_loss(truth, chances)), float(log_loss(truth, np.full(FRESH, yes.mean())))


def drawn(
    rng: np.random.Generator, n_rows: int, share: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return rows of noise, and labels by chance."""
    return rng.normal(size=(n_rows, COLUMNS)), rng.random(n_rows) < share


if __name__ == "__main__":
    main()
