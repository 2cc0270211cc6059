"""What the fitting process does alone, by stage: what more workers leave as it is.

    python -m benchmarks.scaling.alone [--rows 30000] [--trials 24] [--workers 2]

A fit with child processes. Read off is the processor time of this process, so that what else runs
on the machine counts little. "In fits" is what all jobs took together. The last line is what
Amdahl's law (1967) makes of the two: how much faster so many workers can be at most.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from benchmarks.scaling.cores import _frame, made_up
from pliant.automl import finishing, fit
from pliant.core.config import Budget, Resources
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import column_from_values
from pliant.training.fit_spec import FitSpec

WORKERS = (1, 2, 4, 8, 16, 32, 64)

STAGES = {
    "read and code": (FrameRows, "table"),
    "plan": (fit, "planned"),
    "search": (fit, "_searched"),
    "choose": (fit, "choose"),
    "refit": (finishing.OnAllRows, "members"),
    "compile": (fit, "finished"),
}
"""Where each stage is: what it calls of the others is theirs."""


class Stages:
    """The processor time of this process, by stage; "else" is outside of all."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys([*STAGES, "else"], 0.0)
        self._within, self._before = ["else"], time.process_time()

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, what it takes counted as that of a stage."""

        def run(*given: Any, **named: Any) -> Any:
            self.note()
            self._within.append(stage)
            try:
                return function(*given, **named)
            finally:
                self.note()
                self._within.pop()

        return run

    def note(self) -> None:
        """Count what has passed as the stage's that is at work."""
        now = time.process_time()
        self.seconds[self._within[-1]] += now - self._before
        self._before = now


def main() -> None:
    """Fit, and print a line a stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    X, y = made_up(options.rows)
    rows = FrameRows(_frame(X), Question("y", column_from_values(y)))
    resources = Resources(options.workers, "local")
    spec = FitSpec(Budget(None, options.trials), models=["lightgbm"], resources=resources)
    stages, begun = Stages(), time.perf_counter()
    with ExitStack() as patched:
        for stage, (place, name) in STAGES.items():
            timed = stages.timed(stage, getattr(place, name))
            patched.enter_context(patch.object(place, name, timed))
        result = fit.fit(rows, spec)
    stages.note()
    seconds = time.perf_counter() - begun
    in_fits = sum(o.seconds for trial in result.trials for o in trial.outcomes)
    alone = sum(stages.seconds.values())
    for stage, spent in stages.seconds.items():
        print(f"{stage}: {spent:.2f} s, {100 * spent / alone:.0f} % of what is done alone")
    share = alone / (alone + in_fits)
    print(f"{seconds:.1f} s in all, {in_fits:.1f} s in fits, {alone:.2f} s alone: {share:.2%}")
    bounds = ", ".join(f"{p}: {1 / (share + (1 - share) / p):.1f}" for p in WORKERS)
    print(f"faster by no more than, with so many workers: {bounds}")


if __name__ == "__main__":
    main()
