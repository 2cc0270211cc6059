"""What a user wants a model to respect, beside what it is to predict well."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.core.config import Limits
from pliant.core.errors import ConfigError
from pliant.data.class_weight import ClassWeight
from pliant.data.target import Target
from pliant.runtime.decision import Decision


@dataclass(frozen=True)
class Steering:
    """What classes count, and what it costs to take one for another.

    `class_weight` is as scikit-learn has it. `costs` is a matrix, a row for each true and a column
    for each predicted class, in the order of the classes. With `intervals` the model of a
    regression tells how far off it is.
    """

    class_weight: ClassWeight | None = None
    costs: object = None
    intervals: bool = False

    def refuse_unfit(self, target: Target, limits: Limits) -> None:
        """Raise where a model of the target, within limits, cannot be as asked for.

        Raises
        ------
        ConfigError
            When intervals are asked for of classes, or of a model within limits.
        """
        if self.intervals and target.classes:
            raise ConfigError("expected a regression to have intervals, got a classification")
        if self.intervals and limits.described():
            raise ConfigError(
                "expected intervals or limits, got both: a smaller model errs otherwise than the "
                "ensemble whose errors are known"
            )

    def decision(self, target: Target) -> Decision | None:
        """Return which class is predicted of probabilities: None for the most probable one.

        Raises
        ------
        ConfigError
            When the costs are not for the classes of the target.
        """
        if self.costs is None:
            return None
        if not target.classes:
            raise ConfigError("expected costs for a classification, got them for a regression")
        return Decision.of(self.costs, target.classes)
