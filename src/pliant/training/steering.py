"""What a user wants a model to respect, beside what it is to predict well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pliant.core.callers import warn
from pliant.core.config import Limits
from pliant.core.errors import ConfigError, PliantWarning
from pliant.data.class_weight import ClassWeight
from pliant.data.monotone import monotone_columns
from pliant.data.target import Target
from pliant.models.registry import FAMILIES
from pliant.runtime.decision import Decision
from pliant.runtime.schema import Schema


@dataclass(frozen=True)
class Steering:
    """What classes count, and what it costs to take one for another.

    `class_weight` is as scikit-learn has it. `costs` is a matrix, a row for each true and a column
    for each predicted class, in the order of the classes. With `intervals` the model of a
    regression tells how far off it is. `monotone` has 1 or "+" for each column that predictions
    must not fall with, -1 or "-" where they must not rise.
    """

    class_weight: ClassWeight | None = None
    costs: object = None
    intervals: bool = False
    monotone: Mapping[str, object] = field(default_factory=dict)

    def families(self, names: Sequence[str], named: bool) -> tuple[str, ...]:
        """Return the families that can do what is asked for; of those that a user `named`, it is
        said which ones are left out.

        Raises
        ------
        ConfigError
            When there is none.
        """
        able = tuple(name for name in names if FAMILIES[name].monotone or not self.monotone)
        left = [name for name in names if name not in able]
        if not able:
            known = ", ".join(name for name, family in FAMILIES.items() if family.monotone)
            raise ConfigError(
                f"expected models that keep monotone constraints, {known}, got {', '.join(left)}"
            )
        if left and named:
            warn(
                f"{', '.join(left)} cannot keep monotone constraints and are left out",
                PliantWarning,
            )
        return able

    def directions(self, schema: Schema) -> dict[str, int]:
        """Return which way predictions must go with columns of a table, 1 or -1, by their names.

        Raises
        ------
        ConfigError
            When one is no number, or not there.
        """
        return monotone_columns(self.monotone, schema)

    def refuse_unfit(self, target: Target, limits: Limits) -> None:
        """Raise where a model of the target, within limits, cannot be as asked for.

        Raises
        ------
        ConfigError
            When intervals are asked for of classes, monotone constraints for several, or either of
            a model within limits.
        """
        if self.monotone and target.task == "multiclass":
            raise ConfigError(
                "expected two classes or a regression for monotone constraints, got "
                f"{len(target.classes)} classes"
            )
        if self.monotone and limits.described():
            raise ConfigError(
                "expected monotone constraints or limits, got both: smaller models are taught by "
                "larger ones, and do not keep them"
            )
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
