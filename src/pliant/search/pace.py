"""The pace of a search: how a candidate is made to fit into seconds and memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pliant.core.memory import resident_memory
from pliant.models.base import load_library
from pliant.training.engines.base import Engine
from pliant.training.needs import job_bytes, make_room, threads_for
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
    """Makes candidates fit into seconds, by the cost model of the experiment.

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
        self._costs, self._n_rows = experiment.costs, len(experiment.splits[0].train)
        self._held = math.inf
        if engine.in_process and engine.memory is not None:
            self._held = resident_memory() + engine.memory * engine.workers
        self._told = 0

    def knows(self, candidate: Candidate) -> bool:
        """Return whether a fit of the candidate's family was measured here."""
        return self._costs.knows(self._costs.work(candidate, self._n_rows))

    def learn(self, trial: Trial, threads: int) -> None:
        """Learn from what the first fit of a trial took, with so many threads."""
        self._told += 1
        self._costs.learn(self._costs.work(trial.candidate, trial.rows, threads), trial.outcomes[0])

    def threads(self, candidate: Candidate, rows: int, seconds: float = math.inf) -> int:
        """Return how many threads a fit gets: as few as let it end in its seconds, so that many
        fits run side by side, and one where it is small. The fewest are its share when as many
        candidates as there may be are under way, the most its share when there is no other.
        """
        cells = self._costs.shape(candidate.view, rows).cells
        if threads_for(cells, self._most) == 1:
            return 1
        steps = [self._fewest]
        while steps[-1] < self._most:
            steps.append(min(2 * steps[-1], self._most))
        took = [self._seconds(candidate, rows, threads) for threads in steps]
        enough = (step for step, cost in zip(steps, took, strict=True) if cost <= seconds)
        return next(enough, steps[took.index(min(took))])

    def foretold(self, candidate: Candidate) -> float:
        """Return about how many seconds the fits on all splits take, as the candidate is."""
        threads = self.threads(candidate, self._n_rows, 0.0)
        return self._seconds(candidate, self._n_rows, threads) * self.waves

    def within(self, candidate: Candidate, seconds: float, first: bool) -> Fit | None:
        """Return how to fit a candidate so that its splits take about so many seconds at most.

        None when it would have to be made too cheap for that; the `first` never is. One that keeps
        to its seconds by itself has all rows.
        """
        n_rows, allowed = self._n_rows, seconds / self.waves
        threads = self.threads(candidate, n_rows, allowed)
        cost = self._seconds(candidate, n_rows, threads)
        if cost <= allowed:
            return Fit(candidate, n_rows, threads)
        if self._told >= ENOUGH and cost > MAX_HASTENED * allowed:
            return None
        family = self._experiment.family(candidate.family)
        config = family.cheaper(candidate.config, cost / allowed)
        hastened = replace(candidate, config=config)
        if family.anytime:
            return Fit(hastened, n_rows, threads)
        cost = self._seconds(hastened, n_rows, threads)
        fewest = min(n_rows, MIN_ROWS)
        rows = n_rows if cost <= allowed else max(fewest, int(n_rows * allowed / cost))
        too_much = self._seconds(hastened, rows, threads) > 3 * allowed and not first
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

        Where memory is bounded, what earlier jobs leave no room for goes first. The library of a
        family that takes all the seconds it has is loaded, too: it is then known how many are left.
        """
        family = self._experiment.family(candidate.family)
        if family.anytime:
            load_library(family.package)
        if self._held < math.inf:
            make_room(Job(candidate, split, rows), self._experiment, int(self._held))
        self._experiment.prepared(split, candidate.view)

    def _seconds(self, candidate: Candidate, rows: int, threads: int) -> float:
        return self._costs.seconds(self._costs.work(candidate, rows, threads))
