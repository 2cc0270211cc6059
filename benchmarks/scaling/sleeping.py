"""A family whose fits sleep instead of compute, so that two cores can host a cluster of workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np

from pliant.core.deadline import Deadline
from pliant.models.base import Allowance, Data, Fitted, Shape, link_of, tables_op
from pliant.models.family import Default, Family, default_config
from pliant.models.registry import FAMILIES, carried, families_of
from pliant.models.space import Space
from pliant.search.bayes import Bayes
from pliant.search.plan import Plan
from pliant.search.portfolio import Portfolio
from pliant.search.search import Search
from pliant.testing import small_table
from pliant.training.context import FitContext
from pliant.training.engines.base import Engine
from pliant.training.experiment import Experiment, Splitting
from pliant.training.progress import Progress
from pliant.training.records import Candidate, Job, Trial

SECONDS = 0.25
"""What a fit takes."""

LIGHTGBM = FAMILIES["lightgbm"]
DEFAULT = Candidate("sleeper", "default", default_config(LIGHTGBM))


class Sleeper(Family):
    """Has the search space of LightGBM; the score is better near the middle of each parameter."""

    name = "sleeper"
    defaults: ClassVar[Mapping[str, Default]] = {"default": Default(default_config(LIGHTGBM))}
    space: ClassVar[Space] = LIGHTGBM.space

    def seconds(self, config: Any, shape: Shape) -> float:
        """Return what a fit takes."""
        return SECONDS

    def fit(self, data: Data, config: Any, allowance: Allowance) -> Fitted:
        """Sleep; return the codes as scores, with as much noise as the configuration is odd."""
        time.sleep(SECONDS)
        values = [
            float(value) for value in asdict(config).values() if isinstance(value, int | float)
        ]
        rng = np.random.default_rng(round(1e6 * sum(values)))
        odd = float(np.log1p(np.abs(values)).std())
        tables = [
            (np.arange(f.n_codes) / f.n_codes + odd * rng.normal(size=f.n_codes))[:, None]
            for f in data.features
        ]
        return Fitted((tables_op(tables, np.zeros(1)),), link_of(data.target.task), rounds=1)


def experiment() -> Experiment:
    """Return a small table with one split."""
    return Experiment(
        small_table(400), Splitting(0.25, 1), None, 0, carried(families_of([Sleeper()]))
    )


def jobs(count: int) -> list[Job]:
    """Return so many jobs of the default."""
    return [Job(DEFAULT, 0) for _ in range(count)]


def search(
    engine: Engine, trials: int, hear: Callable[[Progress], None] | None = None
) -> list[Trial]:
    """Return the trials of a search as a fit does it: the default, then what TPE proposes."""
    plan = Plan((DEFAULT,), trials, 1, 1, 0.25, None, trials)
    context = FitContext(Deadline(None), tell=hear) if hear else FitContext(Deadline(None))
    strategies = [Portfolio([DEFAULT]), Bayes([Sleeper()], trials, 0)]
    return Search(plan, engine, context).run(strategies)
