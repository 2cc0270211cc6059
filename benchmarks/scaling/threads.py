"""How two cores are used best: one fit of two threads, or two fits of one thread each.

    python -m benchmarks.scaling.threads            # on idle cores
    python -m benchmarks.scaling.threads --busy     # beside a process that keeps one core busy

Prints, for LightGBM and CatBoost, seconds of one thread over seconds of two threads, and over two
fits side by side: above 1 is faster. GOMP_SPINCOUNT and OMP_WAIT_POLICY are taken from outside.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

ROUNDS, FITS = 100, 8
SIZES = ((1_000, 10), (10_000, 20), (30_000, 10))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--busy", action="store_true", help="keep one core busy meanwhile")
    neighbour = None
    if parser.parse_args().busy:
        neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        for fit in (fit_lightgbm, fit_catboost):
            for rows, columns in SIZES:
                print(_line(fit, rows, columns), flush=True)
    finally:
        if neighbour is not None:
            neighbour.kill()


def _line(fit: Callable[..., None], rows: int, columns: int) -> str:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 255, (rows, columns)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] * rng.random(rows) > 200).astype(int)
    fit(X, y, 1)
    one, two = (_seconds(lambda t=t: [fit(X, y, t) for _ in range(FITS)]) for t in (1, 2))
    with ThreadPoolExecutor(2) as pool:
        beside = _seconds(lambda: list(pool.map(lambda _: fit(X, y, 1), range(FITS))))
    name = fit.__name__.removeprefix("fit_")
    return (
        f"{name} {rows} x {columns}: {one / FITS:.3f} s on one thread; "
        f"two threads {one / two:.2f}, two fits side by side {one / beside:.2f}"
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fit_lightgbm(X: np.ndarray, y: np.ndarray, threads: int) -> None:
    """Fit 100 rounds of 31 leaves."""
    import lightgbm

    params = {"objective": "binary", "verbose": -1, "num_threads": threads}
    lightgbm.train(params, lightgbm.Dataset(X, y, params=params), ROUNDS)


def fit_catboost(X: np.ndarray, y: np.ndarray, threads: int) -> None:
    """Fit 100 rounds of depth 6."""
    from catboost import CatBoostClassifier

    CatBoostClassifier(
        iterations=ROUNDS, thread_count=threads, verbose=False, allow_writing_files=False
    ).fit(X, y)


if __name__ == "__main__":
    main()
