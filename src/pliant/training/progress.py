"""Progress: what is heard of a fit while it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What a search says of itself while it runs.

    `stage` is "read", "search" or "extend"; `running` names what is fitted now; `best` is the
    best score so far in the metric's own sign, None before the first.
    """

    stage: str
    elapsed: float
    budget: float | None
    trials: int
    best: float | None
    running: str
