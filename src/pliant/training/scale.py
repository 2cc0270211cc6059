"""The scale of a target: numbers are standardised to train on them, and predictions scaled back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pliant.data.target import Target


@dataclass(frozen=True)
class Scale:
    """How a standardised number becomes one in the target's unit: times `scale`, plus `shift`."""

    shift: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, target: Target, weight: NDArray[np.float64] | None) -> Scale:
        """Return the weighted mean and standard deviation of a regression's target."""
        if target.task != "regression":
            return cls()
        values = target.values
        mean = float(np.average(values, weights=weight))
        spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))
        return cls(mean, spread if spread > 0 else 1.0)

    def down(self, target: Target) -> Target:
        """Return the standardised target."""
        if target.task != "regression":
            return target
        return replace(target, values=self.down_numbers(target.values.astype(np.float64)))

    def back(self, target: Target) -> Target:
        """Return the target that `down` has standardised."""
        if target.task != "regression":
            return target
        return replace(target, values=self.up(target.values.astype(np.float64)))

    def down_numbers(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return standardised numbers, or predictions; what `up` undoes."""
        return (numbers - self.shift) / self.scale

    def up(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return predictions in the target's unit."""
        return predictions * self.scale + self.shift
