"""What an engine is: something that evaluates jobs, here or elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Protocol

from pliant.evaluate import Candidate, Outcome, Prepared
from pliant.models.base import Limits


@dataclass(frozen=True)
class Job:
    """One candidate to evaluate on one split."""

    candidate: Candidate
    prepared: Prepared
    limits: Limits


class Engine(Protocol):
    """Evaluates jobs, `workers` of them at once; it knows nothing of models."""

    @property
    def workers(self) -> int:
        """How many jobs run at once."""
        ...

    def run(self, jobs: Iterable[Job]) -> Generator[Outcome, None, None]:
        """Yield the outcome of each job, in the order of the jobs."""
        ...
