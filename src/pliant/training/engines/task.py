"""What a task is: a job that an engine has taken."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pliant.training.records import Job, Outcome


class Task(ABC):
    """A job that an engine has taken: what is waited for, and cancelled, by identity."""

    job: Job

    @abstractmethod
    def done(self) -> bool:
        """Return whether its worker is free again."""

    @abstractmethod
    def outcome(self) -> Outcome:
        """Return what came of it, once it is done."""

    @abstractmethod
    def stop(self) -> None:
        """Let it end soon; nobody will ask for its outcome."""
