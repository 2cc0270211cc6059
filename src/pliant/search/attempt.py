"""A candidate on its way to being a trial."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pliant.training.records import Candidate, Outcome, Trial


@dataclass(eq=False)
class Attempt:
    """What is under way: the candidate as it was proposed and as it is fitted, on `rows` rows.

    `few` rows come first, where they do. Its fits have `threads` each, and may take `seconds`
    together. `sent` of its `splits` have been given away; `closed` says that no more will be, since
    they would begin too late. `outcomes` came back, in the order of the splits. `trial` is there
    when it is over; at once where `recalled`.
    """

    number: int
    proposed: Candidate
    candidate: Candidate
    rows: int
    threads: int = 1
    splits: int = 1
    few: int | None = None
    seconds: float = np.inf
    sent: int = 0
    closed: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    first_step: float | None = None
    trial: Trial | None = None
    recalled: bool = False

    @property
    def on_first_step(self) -> bool:
        """Whether it is tried on few rows now."""
        return self.few is not None and self.first_step is None

    @property
    def rows_now(self) -> int:
        """How many rows its next fit has."""
        return self.few if self.few is not None and self.on_first_step else self.rows

    @property
    def ready(self) -> bool:
        """Whether it has a job to be given away."""
        return self.trial is None and not self.closed and self.sent < self.splits

    @property
    def back(self) -> bool:
        """Whether all that it has to give away was, and has come back."""
        return (self.closed or self.sent == self.splits) and self.sent == len(self.outcomes)

    def go_on(self, first_step: float) -> None:
        """Leave the first step behind, with its score."""
        self.first_step = first_step
        self.sent, self.outcomes = 0, []
