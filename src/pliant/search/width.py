"""Width: how many candidates may be under way at once."""

from __future__ import annotations

AHEAD = 3
"""Without a clock: trials that a proposal does not know of, at the least."""

FEW_TRIALS, TRIALS_PER_PLACE = 30, 4
"""Trials up to which there are no more, and how many of those beyond make one more."""


def trials_ahead(trials: int | None) -> int:
    """Return how many trials a proposal does not know of yet, where no clock is asked.

    That depends on how many trials there will be and on nothing else, so that the proposals, and
    the model, are the same on every engine and for any number of workers. Two hundred trials keep
    fifty workers busy.

    What is not known yet cannot be learned from. On abalone (2,400 rows, LightGBM alone, 60 trials,
    one seed) that cost nothing that can be seen: the ensemble's out-of-fold error was 2.160 with 3
    trials ahead, 2.157 with 10 and 2.164 with 20; on test rows 2.123, 2.112 and 2.119.

    Examples
    --------
    >>> [trials_ahead(n) for n in (6, 30, 60, 200)]
    [3, 3, 10, 45]
    """
    return AHEAD + max(0, (trials or 0) - FEW_TRIALS) // TRIALS_PER_PLACE


def trials_ahead_of_clock(workers: int, splits: int) -> int:
    """Return how many trials a proposal does not know of yet, where a clock is asked: as many as
    keep nearly all workers busy while one of the jobs takes long, and none with one worker.

    Fits that take 1 to 4 s, of which a third is dropped after a split, two splits: 16 workers are
    busy 80 % of the time with half as many, and 99 % with these (`FakeEngine`, 200 s).
    """
    return 0 if workers == 1 else 2 + (2 * workers - 3) // splits
