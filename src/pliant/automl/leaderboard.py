"""The leaderboard of a fit: every trial, the best first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pliant.core.frames import as_frame
from pliant.runtime.model import Card
from pliant.training.records import Trial


def leaderboard_of(card: Card, trials: Sequence[Trial]) -> Any:
    """Return the leaderboard of a card with what each trial took.

    A DataFrame where pandas is installed, else a list of dicts.
    """
    seconds = {t.number: round(t.seconds, 3) for t in trials}
    return as_frame([{**row, "seconds": seconds[row["trial"]]} for row in card.leaderboard])
