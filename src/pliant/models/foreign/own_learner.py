"""What tuning asks of a learner of rows as their owner has them."""

from __future__ import annotations

from typing import Any, Protocol

from pliant.models.foreign.growth import Growth
from pliant.models.foreign.parameters import Parameters
from pliant.models.learner import Learner


class OwnLearner(Learner, Protocol):
    """A learner whose fitted models are what its user gets: an estimator, a network of arrays."""

    growth: Growth

    @property
    def punctual(self) -> bool:
        """Whether a fit ends by itself when its seconds are over, with a model."""
        ...

    def params(self, config: Parameters) -> dict[str, Any]:
        """Return the parameters of a configuration by name, each as the user has it."""
        ...

    def described(self) -> dict[str, str]:
        """Return what tells one search from another, in words."""
        ...
