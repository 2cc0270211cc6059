"""What fits take, in time and memory: the families' hints, put right by what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from pliant.core.memory import resident_memory
from pliant.training.engines.base import Engine
from pliant.training.needs import fit_shape, job_bytes, make_room, threads_for
from pliant.training.objective import Objective
from pliant.training.records import Candidate, Job, Trial

ENOUGH, MAX_HASTENED = 4, 3.0
"""Once there are so many trials, a candidate is not made cheaper than that many times."""

MIN_ROWS = 1_000
"""Training rows below which a candidate is not thinned to save time."""


@dataclass(frozen=True)
class Fit:
    """How a candidate is fitted: as it is or made cheaper, on `rows` rows, with `threads` each."""

    candidate: Candidate
    rows: int
    threads: int


class Pace:
    """Foretells seconds, and makes candidates fit into them.

    The splits of a candidate are fitted side by side, as many as the engine has workers, and up to
    `at_once` candidates are under way.
    """

    def __init__(self, experiment: Objective, engine: Engine, at_once: int) -> None:
        n_splits = len(experiment.splits)
        self.waves = -(-n_splits // engine.workers)
        """How many times as long as one fit the fits on all splits take."""
        self._fewest = engine.threads(min(engine.workers, at_once * n_splits))
        self._most = engine.threads(min(engine.workers, n_splits))
        self._experiment, self._memory = experiment, engine.memory
        self._held = math.inf
        if engine.in_process and engine.memory is not None:
            self._held = resident_memory() + engine.memory * engine.workers
        self._speed: dict[str, float] = {}
        self._told = 0

    def knows(self, family: str) -> bool:
        """Return whether a fit of the family was measured here."""
        return family in self._speed

    def learn(self, trial: Trial, threads: int) -> None:
        """Learn from what the first fit of a trial took, with so many threads."""
        self._told += 1
        first, candidate = trial.outcomes[0], trial.candidate
        if np.isfinite(first.score):
            hint = self._hint(candidate, trial.rows, threads)
            self._speed[candidate.family] = max(first.seconds, 1e-3) / max(hint, 1e-4)

    def threads(self, candidate: Candidate, rows: int, seconds: float = math.inf) -> int:
        """Return how many threads a fit gets: as few as let it end in its seconds, so that many
        fits run side by side, and one where it is small. The fewest are its share when as many
        candidates as there may be are under way, the most its share when there is no other.
        """
        shape = fit_shape(self._experiment, candidate.view, rows, 1)
        if threads_for(shape.rows * shape.features, self._most) == 1:
            return 1
        steps = [self._fewest]
        while steps[-1] < self._most:
            steps.append(min(2 * steps[-1], self._most))
        hints = [self._hint(candidate, rows, threads) for threads in steps]
        enough = (step for step, hint in zip(steps, hints, strict=True) if hint <= seconds)
        return next(enough, steps[hints.index(min(hints))])

    def foretold(self, candidate: Candidate) -> float:
        """Return about how many seconds the fits on all splits take, as the candidate is."""
        n_rows = len(self._experiment.splits[0].train)
        hint = self._hint(candidate, n_rows, self.threads(candidate, n_rows, 0.0))
        return hint * self._speed_of(candidate.family) * self.waves

    def within(self, candidate: Candidate, seconds: float, first: bool) -> Fit | None:
        """Return how to fit a candidate so that its splits take about so many seconds at most.

        None when it would have to be made too cheap for that; the `first` never is.
        """
        family = self._experiment.family(candidate.family)
        n_rows = len(self._experiment.splits[0].train)
        allowed = seconds / self.waves / self._speed_of(candidate.family)
        threads = self.threads(candidate, n_rows, allowed)
        hint = self._hint(candidate, n_rows, threads)
        if hint <= allowed:
            return Fit(candidate, n_rows, threads)
        if self._told >= ENOUGH and hint > MAX_HASTENED * allowed:
            return None
        hastened = replace(candidate, config=family.cheaper(candidate.config, hint / allowed))
        cost = self._hint(hastened, n_rows, threads)
        fewest = min(n_rows, MIN_ROWS)
        rows = n_rows if cost <= allowed else max(fewest, int(n_rows * allowed / cost))
        too_much = self._hint(hastened, rows, threads) > 3 * allowed and not first
        return None if too_much else Fit(hastened, rows, threads)

    def too_large(self, candidate: Candidate, rows: int) -> str:
        """Return why a fit would not go into its memory; nothing when it would."""
        allowed = self._memory
        if allowed is None:
            return ""
        needed = job_bytes(self._experiment, candidate, rows)
        if needed <= allowed:
            return ""
        return (
            f"left out: a fit needs about {needed / 1e9:.2f} GB and {allowed / 1e9:.2f} GB are "
            "free for each; allow more memory, or fewer at once"
        )

    def prepare(self, candidate: Candidate, split: int, rows: int) -> None:
        """Prepare a split in this process, before the seconds of a job on it begin to count.

        Where memory is bounded, what earlier jobs leave no room for goes first.
        """
        if self._held < math.inf:
            make_room(Job(candidate, split, rows), self._experiment, int(self._held))
        self._experiment.prepared(split, candidate.view)

    def _speed_of(self, family: str) -> float:
        """Return how many times its hint a family takes. One that was not measured yet takes as
        much more as the others in the mean: they share the processor, and how many rounds a table
        is worth (CatBoost beside the mean of two before it, on 11 tables in 25 s: 0.8 to 1.6 times,
        but for three small ones); it is not taken to be faster than it says.
        """
        if family in self._speed:
            return self._speed[family]
        known = list(self._speed.values())
        return max(1.0, float(np.exp(np.mean(np.log(known))))) if known else 1.0

    def _hint(self, candidate: Candidate, rows: int, threads: int) -> float:
        shape = fit_shape(self._experiment, candidate.view, rows, threads)
        return self._experiment.family(candidate.family).seconds(candidate.config, shape)
