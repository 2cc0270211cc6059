"""Deadlines: seconds that run down, and a word that ends them at once."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """Counts a budget down; `now` can be replaced by a fake clock in tests."""

    def __init__(
        self,
        seconds: float | None,
        now: Callable[[], float] = time.perf_counter,
        start: float | None = None,
    ) -> None:
        self._now = now
        self._start = now() if start is None else start
        self.seconds = seconds
        self.stopped = False

    def elapsed(self) -> float:
        """Return the seconds since the deadline was made."""
        return self._now() - self._start

    def advance(self, elapsed: float) -> None:
        """Let at least so many seconds have passed: those of an earlier part of the same work."""
        self._start = min(self._start, self._now() - elapsed)

    def restarted(self) -> Deadline:
        """Begin to count anew, and return the deadline itself; one that was stopped stays so."""
        self._start = self._now()
        return self

    def less(self, share: float) -> Deadline:
        """Return a deadline that began when this one did, with a share of the seconds less."""
        seconds = None if self.seconds is None else (1 - share) * self.seconds
        return Deadline(seconds, self._now, self._start)

    def stop(self) -> None:
        """Let the time be up: whoever looks at this deadline ends its work."""
        self.seconds, self.stopped = 0.0, True

    def remaining(self) -> float:
        """Return the seconds left; infinite under a budget in trials."""
        return float("inf") if self.seconds is None else self.seconds - self.elapsed()
