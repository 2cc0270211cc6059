"""The schedule: how far training is, by the clock or by its steps, and the rate it has then."""

from __future__ import annotations

import math

from pliant.core.deadline import Deadline

START, PEAK, END = 0.2, 0.2, 0.02
"""The learning rate at the start and at the end, as shares of the highest, and how far training is
when that is reached."""


class Schedule:
    """How far training is, from 0 to 1: by its seconds or its steps, whichever are used up first.

    The learning rate comes to its end exactly when training does, so that a net is as good as its
    seconds allow, however long a step takes. `kept` seconds before the deadline are for what
    follows. Without a deadline steps alone count, and nothing depends on the machine.

    Examples
    --------
    >>> schedule = Schedule(Deadline(None), n_steps=10)
    >>> rates = []
    >>> while schedule.progress < 1:
    ...     rates.append(round(schedule.rate, 2))
    ...     schedule.advance()
    >>> rates
    [0.2, 0.6, 1.0, 0.88, 0.76, 0.63, 0.51, 0.39, 0.26, 0.14]
    """

    def __init__(self, deadline: Deadline, n_steps: int, kept: float = 0.0) -> None:
        self.steps, self._n_steps, self._deadline = 0, n_steps, deadline
        self._start, self._seconds = deadline.elapsed(), deadline.remaining() - kept

    @property
    def progress(self) -> float:
        """How far training is; 1 where the next step would not end in time."""
        by_steps = self.steps / self._n_steps
        if self._deadline.stopped:
            return 1.0
        if math.isinf(self._seconds):
            return by_steps
        elapsed = self._deadline.elapsed() - self._start
        if self.steps == 0:  # the first step does not depend on the clock
            return 0.0 if elapsed < self._seconds else 1.0
        if elapsed * (1 + 0.5 / self.steps) >= self._seconds:
            return 1.0
        return max(by_steps, elapsed / self._seconds)

    @property
    def finished(self) -> bool:
        """Whether all steps were made, and the clock has cut none."""
        return self.steps >= self._n_steps

    @property
    def rate(self) -> float:
        """The learning rate now, as a share of the highest."""
        done = min(1.0, self.progress)
        if done < PEAK:
            return START + (1 - START) * done / PEAK
        return 1 - (1 - END) * (done - PEAK) / (1 - PEAK)

    def advance(self) -> None:
        """Count a step."""
        self.steps += 1
