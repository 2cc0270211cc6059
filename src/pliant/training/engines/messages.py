"""What a local engine and its workers say to each other, besides outcomes."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.training.records import Job


@dataclass(frozen=True)
class Order:
    """A job, numbered. Where it has a `dataset`, that is left out of the job, and the descriptor of
    a file that holds it follows; this is its key.
    """

    number: int
    job: Job
    dataset: str = ""


@dataclass(frozen=True)
class Stop:
    """Nobody waits any more for the order of that number."""

    number: int


@dataclass(frozen=True)
class Begun:
    """All is prepared, the job's seconds begin to count."""
