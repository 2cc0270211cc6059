"""A candidate on its way to being a trial."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pliant.training.records import Candidate, Outcome, Trial


@dataclass
class Attempt:
    """What is under way: the candidate as it was proposed and as it is fitted, on `rows` rows.

    `few` rows come first, where they do. `seconds` is what its fits may take together. `sent` of
    its jobs have been given away, `all_sent` says that no more will be, and `outcomes` came back.
    `trial` is there when it is over; at once where `recalled`.
    """

    number: int
    proposed: Candidate
    candidate: Candidate
    rows: int
    few: int | None = None
    seconds: float = np.inf
    sent: int = 0
    all_sent: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    first_step: float | None = None
    trial: Trial | None = None
    recalled: bool = False

    @property
    def on_first_step(self) -> bool:
        """Whether it is tried on few rows now."""
        return self.few is not None and self.first_step is None

    @property
    def out(self) -> int:
        """How many of its jobs have not come back."""
        return self.sent - len(self.outcomes)

    def go_on(self, first_step: float) -> None:
        """Leave the first step behind, with its score."""
        self.first_step = first_step
        self.sent, self.outcomes = 0, []
