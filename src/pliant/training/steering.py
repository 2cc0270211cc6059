"""What a user wants a model to respect, beside what it is to predict well."""

from __future__ import annotations

from dataclasses import dataclass

from pliant.core.errors import ConfigError
from pliant.data.class_weight import ClassWeight
from pliant.data.target import Target
from pliant.runtime.decision import Decision


@dataclass(frozen=True)
class Steering:
    """What classes count, and what it costs to take one for another.

    `class_weight` is as scikit-learn has it. `costs` is a matrix, a row for each true and a column
    for each predicted class, in the order of the classes.
    """

    class_weight: ClassWeight | None = None
    costs: object = None

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
