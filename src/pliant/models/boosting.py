"""What the boosting libraries have in common here: rounds, early stopping, how to be quicker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

MAX_ROUNDS = 1000
MAX_RATE = 0.3


@dataclass(frozen=True)
class BoostingConfig:
    """A configuration with a step size."""

    learning_rate: float = 0.1


Config = TypeVar("Config", bound=BoostingConfig)


def patience(learning_rate: float, n_rows: int) -> int:
    """Return the rounds without a gain after which boosting stops: more for small steps, few rows.

    On many rows `3 / learning_rate`, so that 92,000 rows of a noisy AUC do not end 8 leaves at
    0.08 after 13 rounds; on up to 10,000 rows at least 100.
    """
    return int(max(20.0, 3.0 / learning_rate, 100 * min(1.0, 1e4 / n_rows)))


def with_larger_steps(config: Config, factor: float) -> Config:
    """Return the configuration with a higher learning rate, which needs fewer rounds."""
    return replace(config, learning_rate=min(MAX_RATE, config.learning_rate * factor))
