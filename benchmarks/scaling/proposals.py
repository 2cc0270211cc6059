"""What a proposal of the search costs, and what it finds, beside Optuna's estimator.

    python -m benchmarks.scaling.proposals [--trials 1000] [--ahead 245] [--seeds 1]

The space is LightGBM's; what is looked for is the top of a hill in it, measured with noise. Each
proposal is made with `--ahead` others pending. Prints, for each tenth of the trials, milliseconds
of processor time a proposal, and the best value found.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import optuna

from pliant.models.registry import FAMILIES
from pliant.models.space import distributions
from pliant.search.tpe import TPE

SPACE = FAMILIES["lightgbm"].space
NOISE = 0.02


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--ahead", type=int, default=245)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    for name, way in (("pliant", ours), ("optuna", theirs)):
        spent, best = np.zeros(options.trials), list[float]()
        for seed in range(options.seeds):
            times, values = searched(way(seed), seed, options.trials, options.ahead)
            spent += times
            best.append(max(values))
        tenths = np.array_split(1e3 * spent / options.seeds, 10)
        said = " ".join(f"{part.mean():.1f}" for part in tenths)
        error = np.std(best) / len(best) ** 0.5
        print(f"{name}: {said} ms; best {np.mean(best):.3f} +- {error:.3f}", flush=True)


Way = tuple[Callable[[], tuple[Any, dict[str, Any]]], Callable[[Any, float], None]]
"""How to ask for a configuration, with what it is told by, and how to tell its value."""


def ours(seed: int) -> Way:
    """Return how our estimator is asked and told."""
    estimator = TPE(SPACE, seed)
    return estimator.ask, estimator.tell


def theirs(seed: int) -> Way:
    """Return how Optuna's is."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=5, multivariate=True, constant_liar=True
        )
    study = optuna.create_study(direction="maximize", sampler=sampler)
    space = distributions(SPACE)

    def ask() -> tuple[Any, dict[str, Any]]:
        trial = study.ask(space)
        return trial, trial.params

    return ask, lambda trial, value: study.tell(trial, value) and None


def searched(way: Way, seed: int, trials: int, ahead: int) -> tuple[list[float], list[float]]:
    """Return the seconds that each proposal took, and the values of those that were told."""
    (ask, tell), rng = way, np.random.default_rng(seed)
    asked, times, values = list[tuple[Any, dict[str, Any]]](), list[float](), list[float]()
    for _ in range(trials):
        start = time.process_time()
        asked.append(ask())
        times.append(time.process_time() - start)
        if len(asked) > ahead:
            number, config = asked.pop(0)
            values.append(hill(config) + NOISE * rng.normal())
            tell(number, values[-1])
    return times, values


def hill(config: dict[str, Any]) -> float:
    """Return how high a configuration lies; the top is at 0."""
    leaves, rows = np.log(config["num_leaves"] / 40), np.log(config["min_data_in_leaf"] / 20)
    low = np.log(config["learning_rate"] / 0.04) ** 2 + (leaves - rows / 2) ** 2 / 2 + rows**2 / 4
    low += 4 * (config["feature_fraction"] - 0.6) ** 2 + 4 * (config["bagging_fraction"] - 0.9) ** 2
    return -float(low + (np.log(config["lambda_l2"]) / 5) ** 2 + 0.1 * config["extra_trees"])


if __name__ == "__main__":
    main()
