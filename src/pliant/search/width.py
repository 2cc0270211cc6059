"""Width: how many candidates may be under way at once."""

from __future__ import annotations

AHEAD = 3
"""Without a clock: trials that a proposal does not know of, at the least."""

TRIALS_A_PLACE = 6
"""Trials for each further one that a proposal does not know of."""


def trials_ahead(trials: int | None) -> int:
    """Return how many trials a proposal does not know of yet, where no clock is asked.

    That depends on how many trials there will be and on nothing else, so that the proposals, and
    the model, are the same on every engine and for any number of workers.

    Examples
    --------
    >>> [trials_ahead(n) for n in (6, 30, 60, 200)]
    [3, 5, 10, 33]
    """
    return max(AHEAD, (trials or 0) // TRIALS_A_PLACE)


def trials_ahead_of_clock(workers: int, splits: int) -> int:
    """Return how many trials a proposal does not know of yet, where a clock is asked: as many as
    keep all workers busy while the first of them is waited for, none with one worker.
    """
    return 0 if workers == 1 else 2 + (workers - 1) // splits
