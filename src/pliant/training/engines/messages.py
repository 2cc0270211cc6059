"""What a local engine and its workers say to each other, besides outcomes."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.training.records import Job


@dataclass(frozen=True)
class Order:
    """A job, numbered."""

    number: int
    job: Job


@dataclass(frozen=True)
class Stop:
    """Nobody waits any more for the order of that number."""

    number: int


@dataclass(frozen=True)
class Begun:
    """All is prepared, the job's seconds begin to count."""
